import { parseRunId, type RunId } from '../../core/window/identity.ts';
import type { RecordStore } from '../storage/driver.ts';
import { layout } from '../storage/layout.ts';
import { parseName } from './codec.ts';

/** What complete marks found unreachable (G4): one set of bytes for each, whose form is the collector's. */
export class SuspectStore {
  readonly #store: RecordStore;

  constructor(store: RecordStore) {
    this.#store = store;
  }

  /** Runs that left suspects, the earliest first. */
  async list(signal: AbortSignal): Promise<readonly RunId[]> {
    const entries = (await this.#store.list(layout.suspectSets, signal)) ?? [];
    const runs = entries.map(({ name }) => parseName(layout.suspectSets, name, parseRunId));
    return runs.filter((run) => run !== undefined).toSorted();
  }

  /** Durable when it returns, and only for a mark that is complete. */
  async write(run: RunId, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    await this.#store.write(layout.suspects(run), bytes, signal);
  }

  async read(run: RunId, limitBytes: number, signal: AbortSignal): Promise<Uint8Array | undefined> {
    return (await this.#store.readSmall(layout.suspects(run), limitBytes, signal))?.bytes;
  }

  async remove(run: RunId, signal: AbortSignal): Promise<void> {
    await this.#store.discard(layout.suspects(run), signal);
  }
}
