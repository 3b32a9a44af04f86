import Type from 'typebox';
import type { Protections } from '../../core/reach/protections.ts';
import { type RecordStore, StorageError } from '../storage/driver.ts';
import { layout } from '../storage/layout.ts';
import { closed, decode, digest, encode, moment, parseName, repository, tag } from './codec.ts';
import type { StorageIdStore } from './storageId.ts';

/** What one source said must not go, and when it looked. */
export interface SourceProtections extends Protections {
  /** Storage time, ms. */
  readonly observedAt: number;
  readonly maxAgeMs: number;
  /** The source could list everything it looks at. */
  readonly complete: boolean;
}

export interface UnsureSource {
  readonly source: string;
  /** `ahead`: observed in the storage's future, so that its age cannot be told. */
  readonly why: 'absent' | 'incomplete' | 'stale' | 'ahead';
}

/** Whatever is known protects, also when it is old; with a source unsure no tag and no manifest is removed (ProtectionsStale). */
export interface ProtectionsState {
  readonly protections: Protections;
  readonly unsure: readonly UnsureSource[];
}

const schema = closed({
  observedAt: moment,
  maxAgeMs: Type.Number({ exclusiveMinimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  complete: Type.Boolean(),
  digests: Type.Array(digest),
  tags: Type.Array(closed({ repository, tag })),
});

const grammar = /^[a-z0-9][a-z0-9-]{0,62}$/;
const limitBytes = 256 * 1024 * 1024;
const aheadMs = 60_000;

/**
 * A source is named by a file of its own (`named.<source>.json`) beside its record: that somebody must be heard is known although what he said is gone, and
 * naming two at once needs no compare-and-set.
 */
export class ProtectionStore {
  readonly #store: RecordStore;
  readonly #identity: Pick<StorageIdStore, 'read'>;

  constructor(store: RecordStore, identity: Pick<StorageIdStore, 'read'>) {
    this.#store = store;
    this.#identity = identity;
  }

  /** Named first: a crash in between leaves a source that has not been heard, and nothing is removed until it is. */
  async put(source: string, said: SourceProtections, signal: AbortSignal): Promise<void> {
    const path = recordPath(source);
    await this.#store.create(namePath(source), encode({}), signal);
    await this.#store.write(path, encode(said), signal);
  }

  /** Ends a source for good. Its name goes last, for the same reason. */
  async forget(source: string, signal: AbortSignal): Promise<void> {
    await this.#store.discard(recordPath(source), signal);
    await this.#store.discard(namePath(source), signal);
  }

  async read(source: string, signal: AbortSignal): Promise<SourceProtections | undefined> {
    const path = recordPath(source);
    const file = await this.#store.readSmall(path, limitBytes, signal);
    return file && decode(schema, path, file.bytes);
  }

  /** Every source that has a name, a record, or a place in `storage.json`, sorted. */
  async sources(signal: AbortSignal): Promise<readonly string[]> {
    const entries = (await this.#store.list(layout.protections, signal)) ?? [];
    const found = entries.map(({ name }) => parseName(layout.protections, name, sourceOf));
    const named = (await this.#identity.read(signal))?.sources ?? [];
    return [...new Set([...found.filter((source) => source !== undefined), ...named])].toSorted();
  }

  /** All sources together, as they are at `storageNow` (ms on the storage's clock). A record that is not understood rejects. */
  async state(storageNow: number, signal: AbortSignal): Promise<ProtectionsState> {
    const heard: SourceProtections[] = [];
    const unsure: UnsureSource[] = [];
    for (const source of await this.sources(signal)) {
      const said = await this.read(source, signal);
      if (said !== undefined) heard.push(said);
      const why = doubtAbout(said, storageNow);
      if (why !== undefined) unsure.push({ source, why });
    }
    const protections = { digests: heard.flatMap(({ digests }) => digests), tags: heard.flatMap(({ tags }) => tags) };
    return { protections, unsure };
  }
}

function doubtAbout(said: SourceProtections | undefined, storageNow: number): UnsureSource['why'] | undefined {
  if (said === undefined) return 'absent';
  if (!said.complete) return 'incomplete';
  if (said.observedAt > storageNow + aheadMs) return 'ahead';
  return storageNow - said.observedAt > said.maxAgeMs ? 'stale' : undefined;
}

function recordPath(source: string): string {
  return layout.protectionsOf(checked(source));
}

function namePath(source: string): string {
  return layout.protectionsOf(`named.${checked(source)}`);
}

/** The names of sources come from outside, at the latest here. */
function checked(source: string): string {
  if (!isSource(source))
    throw new StorageError(layout.protections, `not a name for a source: ${JSON.stringify(source)}`);
  return source;
}

function isSource(text: string): boolean {
  return grammar.test(text);
}

function sourceOf(name: string): string | undefined {
  const source = /^(?:named\.)?([^.]+)\.json$/.exec(name)?.[1];
  return source !== undefined && isSource(source) ? source : undefined;
}
