import type { Durations } from '../../gate.ts';
import type { Name } from './names.ts';

/** A rule of the protocol that a world can go without, always in the environment around the machines: the machines themselves have no such switch. */
export type Rule =
  | 'handshake'
  | 'journal'
  | 'freshness'
  | 'cacheAgesAndDrops'
  | 'cachedUnderPermit'
  | 'fence'
  | 'fenceWaits'
  | 'fencesFinishedFirst'
  | 'stage'
  | 'door'
  | 'acksOfThisEpoch'
  | 'registersFirst'
  | 'phaseRelearned'
  | 'lapse'
  | 'leavingKeepsRecord'
  | 'tidyByEpoch'
  | 'requestsInWindows'
  | 'drainBeforeAck'
  | 'tagsListedAgain'
  | 'referrersListedAgain'
  | 'spareClosure'
  | 'sparesCarried'
  | 'tombstonesSpare'
  | 'tombstonesAreRoots'
  | 'staysKeepsItsReferences';

export interface Manifest {
  readonly references: readonly Name[];
  readonly subject?: Name;
}

/** What does not change while a world runs. Times are ticks of the storage's clock. */
export interface Setting {
  readonly durations: Durations;
  readonly attemptMs: number;
  readonly budgetMs: number;
  readonly undoMs: number;
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

/** The digest and all it refers to, at any depth. */
export function reachedFrom(setting: Setting, digest: Name): ReadonlySet<Name> {
  const reached = new Set<Name>([digest]);
  for (const each of reached) for (const reference of referencesOf(setting, each)) reached.add(reference);
  return reached;
}

/** Until when the mark takes a link for fresh: a promise may have been given when it was already a quarter old. */
export function freshMs({ durations }: Setting): number {
  return (durations.promiseTTLMs * 5) / 4;
}
