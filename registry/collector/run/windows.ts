import type { Gate, HeldReference } from '../../../core/window/gate.ts';
import { parseWindowId, type WindowId } from '../../../core/window/identity.ts';
import { TokenLog } from '../../../core/window/journal.ts';
import type { Batch } from '../../../core/window/run/state.ts';
import type { Token, TokenHash } from '../../../core/window/token.ts';
import { ClientRequests } from '../requests/clientRequests.ts';
import type { Removal, UndoSpan } from '../sweep/deletion.ts';
import type { ChosenTokens, PlannedRemovals } from '../sweep/plannedRemovals.ts';
import { BatchSize } from './batchSize.ts';
import type { CollectionSettings, RunPorts } from './ports.ts';
import type { RunProgress } from './progress.ts';

/** Requests that one window serves at most: each may bring a hundred tags, and deletes that come together share a window all the same. */
const mostRequests = 256;

interface Current {
  readonly window: WindowId;
  readonly work: 'requests' | 'plan';
  readonly held: ReadonlySet<Token>;
  /** As it lies on the storage. */
  readonly reference: HeldReference;
  /** How many were chosen for it. */
  readonly candidates: number;
  /** Monotonic, ms. */
  readonly openedAt: number;
}

/** What happens in the windows of one run, one after the other: clients' requests before anything of the plan. */
export class Windows {
  readonly #ports: RunPorts;
  readonly #settings: CollectionSettings;
  readonly #progress: RunProgress;
  readonly #requests: ClientRequests;
  readonly #sizes: Readonly<Record<Current['work'], BatchSize>>;
  readonly #signal: AbortSignal;
  /** Known once there is a plan that may be carried out. */
  #planned: PlannedRemovals | undefined;
  #current: Current | undefined;
  /** Of this window. */
  #hasRemoved = false;
  #tombstones = TokenLog.empty;

  constructor(ports: RunPorts, settings: CollectionSettings, progress: RunProgress, signal: AbortSignal) {
    this.#ports = ports;
    this.#settings = settings;
    this.#progress = progress;
    this.#requests = new ClientRequests(ports, signal);
    this.#sizes = {
      requests: new BatchSize(mostRequests, settings.holdTargetMs),
      plan: new BatchSize(settings.maxHeld, settings.holdTargetMs),
    };
    this.#signal = signal;
  }

  carryOut(planned: PlannedRemovals): void {
    this.#planned = planned;
  }

  /** Whether a client waits for a window. */
  requestsWait(): Promise<boolean> {
    return this.#requests.wait();
  }

  async choose(gate: Gate, requestsOnly: boolean): Promise<Batch | undefined> {
    const claimable = (await this.#requests.claimable(gate)).slice(0, this.#sizes.requests.current);
    if (claimable.length > 0) {
      const window = await this.#openWindow();
      // A door that stands while the claim is made tells everybody that the window is not over (nobody withdraws under it).
      const claimed = await this.#requests.claim(claimable, window);
      return this.#batch(gate, window, 'requests', { candidates: claimable.length, ...claimed });
    }
    if (requestsOnly || this.#planned === undefined) return undefined;
    const chosen = await this.#planned.choose(this.#sizes.plan.current);
    if (chosen === undefined) return undefined;
    return this.#batch(gate, await this.#openWindow(), 'plan', chosen);
  }

  /** After the acknowledgements. `touched` is all that anybody touched in this run so far. */
  async spare(touched: TokenLog, storageNow: number): Promise<HeldReference> {
    const { work, held, reference } = this.#inWindow();
    const left =
      work === 'requests'
        ? await this.#requests.lookAgain(held, touched)
        : ((await this.#planned?.spare({ touched, tombstones: this.#tombstones }, storageNow)) ?? []);
    // Everybody waits for this: where nothing is spared, the set that stands says it already.
    if (held.symmetricDifference(new Set(left)).size === 0) return reference;
    return this.#ports.records.held.write(this.#freshWindow(), this.#hashes(left), this.#signal);
  }

  /** One item; `storageNow` was read after the acknowledgements. */
  async removeNext(storageNow: number): Promise<{ readonly removal: Removal; readonly more: boolean }> {
    this.#hasRemoved = true;
    const { window, work } = this.#inWindow();
    const span: UndoSpan = { at: storageNow, until: storageNow + this.#settings.undoPeriodMs };
    if (work === 'requests') {
      const removal = await this.#requests.removeNext(window, span);
      return { removal, more: !this.#requests.isDone };
    }
    return (await this.#planned?.removeNext(window, span)) ?? { removal: 'removed', more: false };
  }

  /** Before the door is closed: what was removed is durable, and requests are done while the window's gate stands. */
  async settle(): Promise<void> {
    const { window, work } = this.#inWindow();
    await this.#ports.driver.settleRemovals(window, this.#signal);
    if (work === 'requests') await this.#requests.finish(window);
    else await this.#planned?.settle();
  }

  /** The gate holds nothing any more. */
  ended(): void {
    if (this.#current === undefined) return;
    const { work, candidates, openedAt } = this.#current;
    const heldMs = this.#ports.mono() - openedAt;
    if (this.#hasRemoved) this.#sizes[work].took({ candidates, heldMs }); // one that removed nothing says little of the next
    this.#hasRemoved = false;
    this.#progress.windowEnded(heldMs);
    this.#current = undefined;
  }

  async #openWindow(): Promise<WindowId> {
    const window = this.#freshWindow();
    await this.#ports.driver.openWindow(window, this.#signal);
    return window;
  }

  async #batch(gate: Gate, window: WindowId, work: Current['work'], chosen: ChosenTokens): Promise<Batch> {
    const { candidates, held, tombstones } = chosen;
    const reference = await this.#ports.records.held.write(window, this.#hashes(held), this.#signal);
    const expires = (await this.#ports.driver.now(this.#signal)) + gate.durations.windowMs;
    this.#current = { window, work, held: new Set(held), reference, candidates, openedAt: this.#ports.mono() };
    const hashes = this.#hashes(tombstones);
    this.#tombstones = this.#tombstones.with(hashes);
    return { window, held: reference, expires, tombstones: hashes };
  }

  #inWindow(): Current {
    if (this.#current === undefined) throw new Error('no window stands');
    return this.#current;
  }

  #hashes(tokens: readonly Token[]): TokenHash[] {
    return tokens.map(this.#ports.hashToken);
  }

  #freshWindow(): WindowId {
    const window = parseWindowId(this.#ports.fresh());
    if (window === undefined) throw new Error('`fresh` gives names that are no window’s');
    return window;
  }
}
