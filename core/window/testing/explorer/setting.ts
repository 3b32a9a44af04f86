import type { Durations } from '../../gate.ts';
import type { Name } from './names.ts';
import type { Rule } from './rules.ts';

export interface Manifest {
  readonly references: readonly Name[];
  readonly subject?: Name;
  /** It lies in another repository, which has its blobs by mounting them: each needs a layer link there. */
  readonly mounts?: boolean;
}

/** What does not change while a world runs. Times are ticks of the storage's clock. */
export interface Setting {
  /**
   * What makes a late call fail. `filesystem`: a stage and a door that can be taken away. `objects`: signed requests that expire; one whose answer was
   * given up may arrive as long as it has not.
   */
  readonly storage: 'filesystem' | 'objects';
  readonly durations: Durations;
  readonly attemptMs: number;
  readonly budgetMs: number;
  readonly undoMs: number;
  /** A second mark, begun so much later, must say the same before manifests and bytes go; 0: one mark is enough. */
  readonly confirmMs: number;
  /** After so long without a word a life's record is housekeeping's. */
  readonly silentMs: number;
  readonly manifests: Readonly<Record<Name, Manifest>>;
  /** `tagOnly`: manifest and revision are taken as part of their tag, so that a small world stays small. */
  readonly frame: 'whole' | 'tagOnly';
  readonly batchSize: number;
  /** How often a client tries for one wish. */
  readonly tries: number;
  /** Tags that a policy wants gone once they are no longer fresh. */
  readonly policy: readonly Name[];
  /** A reading of the gate is asked, read and taken in three steps instead of two. */
  readonly slowAsking: boolean;
  readonly without: readonly Rule[];
}

export function isManifest(setting: Setting, digest: Name): boolean {
  return setting.manifests[digest] !== undefined;
}

export function referencesOf(setting: Setting, digest: Name): readonly Name[] {
  return setting.manifests[digest]?.references ?? [];
}

/** Where a manifest's repository has its link to something it refers to. In a world without repositories a blob's bytes are their own link. */
export function linkPath(setting: Setting, parent: Name | undefined, digest: Name): string {
  if (isManifest(setting, digest)) return `revision:${digest}`;
  const isMounted = parent !== undefined && setting.manifests[parent]?.mounts === true;
  return isMounted ? `layer:${digest}` : `data:${digest}`;
}

/** Until when the mark takes a link for fresh: a promise may have been given when it was already a quarter old. */
export function freshMs({ durations, without }: Setting): number {
  return without.includes('quarterOfAPromise') ? durations.promiseTTLMs : (durations.promiseTTLMs * 5) / 4;
}
