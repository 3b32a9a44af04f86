import type { InventoryEntry } from '../../../core/reach/inventory.ts';
import type { Directory } from './directory.ts';
import { unpacked } from './packedEntries.ts';
import { type HandedOver, SharedCounters, type SharedRound } from './sharedRound.ts';

/** Another thread that reads directories of a walk. */
export interface Helper {
  /** From now on it reads these, and nothing of what came before. */
  begin(round: SharedRound): void;
  /** The next that it has read and that was not taken yet. Never waits. */
  received(): HandedOver | undefined;
  end(): Promise<void>;
}

export interface SharedReadingSettings {
  readonly startHelper: () => Helper;
  /** The walk is known to be long. Otherwise that shows. */
  readonly isLong: boolean;
  /** Processor time that this thread has taken, ms. */
  readonly spentMs: () => number;
}

/** Starting a helper takes half as long; a walk of 10,000 names is through before. */
const shortMs = 200;

/**
 * Lets a second thread read about half of the directories of a walk that takes long, within one step of its order: nothing is read before `read` was called
 * with it, and everything is when it ends. Nobody waits for the other: what a helper has begun and not handed over when nothing else is left is read again, and so
 * is what it could not read, so that whoever walks meets every error himself.
 */
export class SharedReading {
  readonly #settings: SharedReadingSettings;
  readonly #spentBefore: number;
  #helper: Helper | undefined;
  #rounds = 0;
  /** Directories that were taken from a helper. */
  taken = 0;

  constructor(settings: SharedReadingSettings) {
    this.#settings = settings;
    this.#spentBefore = settings.spentMs();
    if (settings.isLong) this.#helper = settings.startHelper();
  }

  /** The entries of all these, a directory at a time, in no order. */
  async *read(
    directories: readonly Directory[],
    readOne: (directory: Directory) => Promise<readonly InventoryEntry[]>,
  ): AsyncGenerator<readonly InventoryEntry[]> {
    const round: SharedRound = { number: (this.#rounds += 1), directories, counters: SharedCounters.ofRound() };
    try {
      yield* this.#read(round, readOne);
    } finally {
      round.counters.end();
    }
  }

  async end(): Promise<void> {
    await this.#helper?.end();
  }

  async *#read(
    round: SharedRound,
    readOne: (directory: Directory) => Promise<readonly InventoryEntry[]>,
  ): AsyncGenerator<readonly InventoryEntry[]> {
    const done = new Set<number>();
    let isShared = false;
    for (const at of turns(round)) {
      if (!isShared && this.#isLong()) {
        this.#helper ??= this.#settings.startHelper();
        this.#helper.begin(round);
        isShared = true;
      }
      yield* this.#taken(round, done);
      const directory = round.directories[at];
      if (directory === undefined || done.has(at)) continue;
      done.add(at);
      yield await readOne(directory);
    }
  }

  *#taken({ number, directories, counters }: SharedRound, done: Set<number>): Generator<readonly InventoryEntry[]> {
    for (let said = this.#helper?.received(); said !== undefined; said = this.#helper?.received()) {
      const directory = directories[said.at];
      if (said.round !== number || directory === undefined) continue; // of a step that is over
      counters.take(said.entries.digests.length);
      if (done.has(said.at)) continue;
      done.add(said.at);
      this.taken += 1;
      yield unpacked(directory, said.entries);
    }
  }

  #isLong(): boolean {
    return this.#helper !== undefined || this.#settings.spentMs() - this.#spentBefore >= shortMs;
  }
}

/** Those that nobody has begun, and when there are none left all of them: some that the other began it may never say. */
function* turns({ directories, counters }: SharedRound): Generator<number> {
  for (let at = counters.claim(); at < directories.length; at = counters.claim()) yield at;
  yield* directories.keys();
}
