import { Worker } from 'node:worker_threads';

/** What a walk comes to. */
export type Coming =
  /** The names in this directory; `withBlobs`: and the content of the blobs that are called so. */
  | { readonly is: 'names'; readonly directory: string; readonly withBlobs: boolean }
  /** Of each name in this directory the content of this file. */
  | { readonly is: 'files'; readonly directory: string; readonly file: string }
  /** Size and time of these files, or their content. */
  | { readonly is: 'looks' | 'reads'; readonly files: readonly string[] };

/** What a thread is started with; it takes every `threads`-th name, from its own number on. */
export interface ReaderOrder {
  readonly root: string;
  readonly number: number;
  readonly threads: number;
}

export interface ReadAheadSettings {
  readonly root: string;
  readonly threads: number;
  readonly mono: () => number;
  /** How often this thread has waited for a disk, a network or a lock since it began. */
  readonly waits: () => number;
}

/** Before so many entries an average says nothing. */
const leastEntries = 1000;
/** An entry that the system has in its caches takes some 10 µs, on a machine with nothing else to do. */
const slowMs = 0.05;
/** A slow walk that waits less often than for every other entry has too little of the processor, and threads would take the rest. */
const waitsOfEntry = 0.5;

/**
 * Looks ahead of a walk that waits for its storage: threads look at what comes next, many at once, and forget what they saw, so that the walk finds it in
 * the caches of the system. Nothing is decided on what they see: an error is met again by the walk, which knows what to do with it.
 */
export class ReadAhead {
  readonly #settings: ReadAheadSettings;
  readonly #beganAt: number;
  readonly #waitsBefore: number;
  #readers: readonly Worker[] | undefined;
  #entries = 0;
  #coming: readonly Coming[] = [];

  constructor(settings: ReadAheadSettings) {
    this.#settings = settings;
    this.#beganAt = settings.mono();
    this.#waitsBefore = settings.waits();
  }

  get isReading(): boolean {
    return this.#readers !== undefined;
  }

  /** The walk now comes to this, in this order. */
  expect(coming: readonly Coming[]): void {
    this.#coming = coming;
    this.expectNow(coming);
  }

  /** The same of what it is through with before it goes on. */
  expectNow(coming: readonly Coming[]): void {
    for (const reader of this.#readers ?? []) reader.postMessage(coming);
  }

  /** The walk has passed so many more entries. */
  passed(entries: number): void {
    const { mono, waits } = this.#settings;
    this.#entries += entries;
    if (this.#readers !== undefined || this.#entries < leastEntries) return;
    if (mono() - this.#beganAt < slowMs * this.#entries || waits() - this.#waitsBefore < waitsOfEntry * this.#entries)
      return;
    this.#readers = this.#begin();
    this.expect(this.#coming);
  }

  async end(): Promise<void> {
    await Promise.all((this.#readers ?? []).map(async (reader) => reader.terminate()));
  }

  #begin(): readonly Worker[] {
    const { root, threads } = this.#settings;
    return Array.from({ length: threads }, (_, number) => {
      const order: ReaderOrder = { root, number, threads };
      const reader = new Worker(readerFile, { workerData: order });
      reader.unref();
      reader.on('error', () => undefined); // the walk goes on without it
      return reader;
    });
  }
}

/** Beside this file, with the ending that this file has: `.ts` from a checkout, `.js` once built. */
const readerFile = new URL(import.meta.url.endsWith('.ts') ? './aheadReader.ts' : './aheadReader.js', import.meta.url);
