import type { TombstoneStore } from '../records/tombstones.ts';
import type { Commits, ReadableStore, RecordStore, StorageClock, UploadFiles } from '../storage/driver.ts';
import type { Admission } from '../window/admission.ts';
import type { Log } from '../window/ports.ts';
import type { ManifestRules } from './manifestRules.ts';

/** What the operations of a repository may do to a storage: everything but remove. */
export type RepositoryStore = ReadableStore & Commits & UploadFiles & StorageClock & Pick<RecordStore, 'discard'>;

export interface RepositoryPorts {
  readonly store: RepositoryStore;
  readonly admission: Admission;
  /** Before bytes of an upload are taken: rejects with `StorageFull` while what is left is needed for making room. */
  readonly mustHaveRoom: (signal: AbortSignal) => Promise<void>;
  readonly tombstones: Pick<TombstoneStore, 'read' | 'list'>;
  /** A clock that never goes back, ms. Only this process compares its times. */
  readonly mono: () => number;
  /** A random UUID. */
  readonly freshUpload: () => string;
  readonly log: Log;
  /** For what is cleaned up although its client has gone. */
  readonly stopping: AbortSignal;
}

export interface RepositorySettings extends ManifestRules {
  /** How long a promise protects; a promise renews a link that is older than a quarter of it. */
  readonly promiseTTLMs: number;
}
