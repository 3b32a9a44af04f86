import { type Directory, entriesIn } from './directory.ts';
import { packed, type PackedEntries } from './packedEntries.ts';
import type { TreeReader } from './treeReader.ts';

/** Two threads that read the same directories, each the next one that nobody has begun. */
export interface SharedRound {
  readonly number: number;
  readonly directories: readonly Directory[];
  readonly counters: SharedCounters;
}

/** What a helper has read: `at` in the directories of this round. */
export interface HandedOver {
  readonly round: number;
  readonly at: number;
  readonly entries: PackedEntries;
}

const [next, waiting, most] = [0, 1, 2];
/** So many entries may wait to be taken, some 100 bytes each; then whoever helps waits. */
const mostWaiting = 100_000;
const largest = 2 ** 31 - 1;
/** What is said between a look at the cells and the rest that follows wakes nobody. */
const longestRestMs = 100;

/** Of one round, in memory that both threads see. */
export class SharedCounters {
  readonly memory: SharedArrayBuffer;
  readonly #cells: Int32Array;

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.#cells = new Int32Array(memory);
  }

  static ofRound(mayWait = mostWaiting): SharedCounters {
    const counters = new SharedCounters(new SharedArrayBuffer(12));
    counters.#cells[most] = mayWait;
    return counters;
  }

  /** Directories that somebody has begun. */
  get claimed(): number {
    return Atomics.load(this.#cells, next);
  }

  /** The number of the next directory that nobody has begun; past the last one, all are. */
  claim(): number {
    return Atomics.add(this.#cells, next, 1);
  }

  handOver(entries: number): void {
    Atomics.add(this.#cells, waiting, entries);
  }

  take(entries: number): void {
    Atomics.sub(this.#cells, waiting, entries);
    Atomics.notify(this.#cells, waiting);
  }

  /** Nothing will be taken any more: nobody rests for that. */
  end(): void {
    Atomics.store(this.#cells, most, largest);
    Atomics.notify(this.#cells, waiting);
  }

  /** Blocks the thread that asks while too much waits to be taken. */
  rest(): void {
    for (;;) {
      const now = Atomics.load(this.#cells, waiting);
      if (now <= Atomics.load(this.#cells, most)) return;
      Atomics.wait(this.#cells, waiting, now, longestRestMs);
    }
  }
}

/** Reads the next directory that nobody has begun. `false`: there was none. What cannot be read is not handed over, and whoever walks reads it himself. */
export async function helpWithOne(
  { number, directories, counters }: SharedRound,
  tree: TreeReader,
  handOver: (read: HandedOver) => void,
): Promise<boolean> {
  const at = counters.claim();
  const directory = directories[at];
  if (directory === undefined) return false;
  const entries = await entriesIn(tree, directory).then(packed, () => undefined);
  if (entries === undefined) return true;
  counters.handOver(entries.digests.length);
  handOver({ round: number, at, entries });
  return true;
}
