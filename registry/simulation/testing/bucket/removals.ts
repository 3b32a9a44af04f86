import type { WindowId } from '../../../../core/window/identity.ts';
import { StorageError } from '../../../storage/driver.ts';
import { layout } from '../../../storage/layout.ts';
import { trashName } from '../../../storage/trash.ts';
import type { Objects } from './objects.ts';
import type { Signing } from './signing.ts';

export type Request = <T>(path: string, effect: () => T) => Promise<T>;

/** Removals of a bucket that keeps versions: what went can be brought back from the window's trash, and there is no door to go through. */
export class Removals {
  readonly #objects: Objects;
  readonly #signing: Signing;
  readonly #request: Request;
  /** Windows of this executor's own, and how many of its removals have no definite answer. */
  readonly #own = new Map<WindowId, number>();

  constructor(objects: Objects, signing: Signing, request: Request) {
    this.#objects = objects;
    this.#signing = signing;
    this.#request = request;
  }

  async open(window: WindowId, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await this.#request(layout.door(window), () => {
      this.#objects.makeOnce(layout.door(window));
    });
    this.#own.set(window, 0);
  }

  async remove(window: WindowId, path: string, signal: AbortSignal): Promise<'removed' | 'absent' | 'windowOver'> {
    signal.throwIfAborted();
    const to = `${layout.trash(window)}/${trashName(path)}`;
    this.#add(window, 1);
    const outcome = await this.#signing.send('DELETE', path, layout.door(window), () => this.#objects.move(path, to));
    this.#add(window, -1); // not after an error: whether it is over is left to the wait of whoever ends the window
    if (outcome === 'markGone') return 'windowOver';
    if (outcome.is === 'exists') throw new StorageError(path, 'was removed in this window already');
    return outcome.is === 'absent' ? 'absent' : 'removed';
  }

  /** Whoever knows what became of each of its removals need not wait until they have run out. */
  async end(window: WindowId, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await this.#request(layout.door(window), () => this.#objects.take(layout.door(window)));
    if (this.#own.get(window) === 0) this.#own.delete(window);
    else await this.#signing.runOut(signal);
  }

  #add(window: WindowId, count: number): void {
    const own = this.#own.get(window);
    if (own !== undefined) this.#own.set(window, own + count);
  }
}
