import { type AnyResource, type Change, Gone, type Kind, type Resource } from '../resources/home.ts';

interface Entry {
  readonly version: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: AnyResource;
}

/** As many changes can a watch lag behind before it must list again. */
const longest = 5_000;

/** The latest changes of all kinds, in order, and those who watch them. */
export class History {
  #entries: Entry[] = [];
  /** Changes after this version are all here. */
  #floor: number;
  #current: number;
  #round = Promise.withResolvers<undefined>();
  #endings = 0;

  constructor(version: number) {
    this.#floor = version;
    this.#current = version;
  }

  /** The version of the latest change. */
  get version(): string {
    return String(this.#current);
  }

  /** What changed in one moment: whoever watches meets all of it or nothing. */
  add(entries: readonly Entry[]): void {
    const last = entries.at(-1);
    if (last === undefined) return;
    this.#entries.push(...entries);
    this.#current = last.version;
    if (this.#entries.length > 2 * longest) this.#dropFirst(this.#entries.length - longest);
    this.#wake();
  }

  /** Forgets what was: a watch from before has to list again. */
  forget(): void {
    this.#dropFirst(this.#entries.length);
    this.#wake();
  }

  /** Ends every watch that goes on, as a server does now and then. */
  endWatches(): void {
    this.#endings += 1;
    this.#wake();
  }

  async *watch<K extends Kind>(kind: K, resourceVersion: string, signal: AbortSignal): AsyncGenerator<Change<K>> {
    const endings = this.#endings;
    let seen = this.#versionOf(resourceVersion);
    for (;;) {
      signal.throwIfAborted();
      if (seen < this.#floor) throw new Gone(`too old resource version: ${seen} (${this.#floor})`);
      const round = this.#round.promise;
      const news = this.#entries.slice(firstAfter(this.#entries, seen));
      seen = this.#current;
      for (const { type, object } of news) {
        if (isOf(kind, object)) yield { type, object };
        signal.throwIfAborted();
      }
      if (endings !== this.#endings) {
        yield { type: 'BOOKMARK', resourceVersion: String(seen) };
        return;
      }
      if (seen === this.#current) await either(round, signal);
    }
  }

  #versionOf(text: string): number {
    const version = /^[0-9]{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (version <= this.#current) return version;
    throw new Gone(`no resource version of this home: ${JSON.stringify(text)} (${this.#current})`);
  }

  #dropFirst(count: number): void {
    this.#floor = this.#entries[count - 1]?.version ?? this.#floor;
    this.#entries = this.#entries.slice(count);
  }

  #wake(): void {
    this.#round.resolve(undefined);
    this.#round = Promise.withResolvers<undefined>();
  }
}

function isOf<K extends Kind>(kind: K, object: AnyResource | Resource<K>): object is Resource<K> {
  return object.kind === kind;
}

function firstAfter(entries: readonly Entry[], version: number): number {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle]?.version ?? 0) <= version) low = middle + 1;
    else high = middle;
  }
  return low;
}

async function either(waited: Promise<undefined>, signal: AbortSignal): Promise<void> {
  const { promise: aborted, resolve } = Promise.withResolvers<undefined>();
  const stop = (): void => {
    resolve(undefined);
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    await Promise.race([waited, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
