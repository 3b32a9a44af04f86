import { parseOrdinal, layout } from '../storage/layout.ts';
import { type RecordStore, StorageError } from '../storage/driver.ts';
import { parseName } from './codec.ts';
import {
  type Coverage,
  decodeCoverage,
  decodeJournal,
  decodeShard,
  decodeWord,
  encodeCoverage,
  encodeShard,
  encodeWord,
  type JournalContent,
  parsePullName,
  type WordFile,
} from './pullFiles.ts';

/** `file` is `undefined` where it is not understood. `at`: when it was written, storage time, ms. */
export interface PullWord {
  readonly recorder: string;
  readonly k: number;
  readonly at: number;
  readonly file: WordFile | undefined;
}

/** `content` is `undefined` where it is not understood. `at`: when it was last appended to, storage time, ms. */
export interface StandingJournal {
  readonly at: number;
  readonly content: JournalContent | undefined;
}

/** The coverage that counts. `coverage` is `undefined` where there is none that is understood. */
export interface StandingCoverage {
  /** 0: there is none at all. */
  readonly n: number;
  readonly coverage: Coverage | undefined;
}

const limitBytes = 256 * 1024 * 1024;
const attempts = 5;

/**
 * The files of the evidence of pulls. Words and shards are written once and never changed; which of them count is what the highest coverage says, and to
 * change that is to create the next: of any number of mergers one wins (as in `gateStore.ts`).
 */
export class PullStore {
  readonly #store: RecordStore;

  constructor(store: RecordStore) {
    this.#store = store;
  }

  /** Durable when it returns. */
  async say(recorder: string, k: number, word: WordFile, signal: AbortSignal): Promise<'created' | 'exists'> {
    return this.#store.create(layout.pullWord(recorder, k), encodeWord(word), signal);
  }

  /** Names of words that stand, of each recorder from the first on. */
  async list(signal: AbortSignal): Promise<ReadonlyMap<string, readonly number[]>> {
    const found = new Map<string, readonly number[]>();
    for (const recorder of await this.#names(layout.pullWords, parsePullName, signal)) {
      const words = await this.#names(layout.pullWordsOf(recorder), parseOrdinal, signal);
      found.set(
        recorder,
        words.toSorted((left, right) => left - right),
      );
    }
    return found;
  }

  /** `undefined`: it is gone. */
  async read(recorder: string, k: number, signal: AbortSignal): Promise<PullWord | undefined> {
    const file = await this.#store.readSmall(layout.pullWord(recorder, k), limitBytes, signal);
    return file && { recorder, k, at: file.modifiedAt, file: decodeWord(file.bytes) };
  }

  async discardWord(recorder: string, k: number, signal: AbortSignal): Promise<void> {
    await this.#store.discard(layout.pullWord(recorder, k), signal);
  }

  /** When a word of this recorder was last added or taken away; `undefined`: it has no folder. */
  async changedAt(recorder: string, signal: AbortSignal): Promise<number | undefined> {
    return (await this.#store.stat(layout.pullWordsOf(recorder), signal))?.modifiedAt;
  }

  /** Of one that will say no more, all of whose words are gone. */
  async discardRecorder(recorder: string, signal: AbortSignal): Promise<void> {
    await this.#store.discard(layout.pullWordsOf(recorder), signal);
  }

  /** Those that stand, by their recorders. */
  async journals(signal: AbortSignal): Promise<ReadonlyMap<string, StandingJournal>> {
    const found = new Map<string, StandingJournal>();
    for (const recorder of await this.#names(layout.pullJournals, parsePullName, signal)) {
      const file = await this.#store.readSmall(layout.pullJournal(recorder), limitBytes, signal);
      if (file !== undefined) found.set(recorder, { at: file.modifiedAt, content: decodeJournal(file.bytes) });
    }
    return found;
  }

  async discardJournal(recorder: string, signal: AbortSignal): Promise<void> {
    await this.#store.discard(layout.pullJournal(recorder), signal);
  }

  async coverage(signal: AbortSignal): Promise<StandingCoverage> {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const n = (await this.#coverages(signal)).at(-1);
      if (n === undefined) return { n: 0, coverage: undefined };
      const file = await this.#store.readSmall(layout.pullCoverage(n), limitBytes, signal);
      if (file !== undefined) return { n, coverage: decodeCoverage(file.bytes) };
      // Pruned since it was listed: a higher one stands.
    }
    throw new StorageError(layout.pullCoverages, 'changed while it was read, again and again');
  }

  /** `n`: of the coverage that it follows, plus one. `lost` also where it stood for a moment and another's follows it already. */
  async cas(n: number, coverage: Coverage, signal: AbortSignal): Promise<'won' | 'lost'> {
    const made = await this.#store.create(layout.pullCoverage(n), encodeCoverage(coverage), signal);
    if (made === 'exists') return 'lost';
    const standing = await this.#coverages(signal);
    // A merger that slept may create a number that stood long ago: it is none of the highest, and counts for nothing.
    if (standing.at(-1) !== n) return 'lost';
    for (const old of standing.slice(0, -1)) await this.#store.discard(layout.pullCoverage(old), signal);
    return 'won';
  }

  async shards(signal: AbortSignal): Promise<readonly string[]> {
    return this.#names(layout.pullShards, parsePullName, signal);
  }

  /** `undefined`: it is gone, or not understood. */
  async readShard(name: string, signal: AbortSignal): Promise<Buffer | undefined> {
    const file = await this.#store.readSmall(layout.pullShard(name), limitBytes, signal);
    return file && decodeShard(file.bytes);
  }

  async writeShard(name: string, table: Buffer, signal: AbortSignal): Promise<void> {
    await this.#store.write(layout.pullShard(name), encodeShard(table), signal);
  }

  async shardWrittenAt(name: string, signal: AbortSignal): Promise<number | undefined> {
    return (await this.#store.stat(layout.pullShard(name), signal))?.modifiedAt;
  }

  async discardShard(name: string, signal: AbortSignal): Promise<void> {
    await this.#store.discard(layout.pullShard(name), signal);
  }

  async #coverages(signal: AbortSignal): Promise<readonly number[]> {
    const numbers = await this.#names(layout.pullCoverages, parseOrdinal, signal);
    return numbers.toSorted((left, right) => left - right);
  }

  async #names<T>(folder: string, parse: (name: string) => T | undefined, signal: AbortSignal): Promise<readonly T[]> {
    const entries = (await this.#store.list(folder, signal)) ?? [];
    return entries.map(({ name }) => parseName(folder, name, parse)).filter((name) => name !== undefined);
  }
}
