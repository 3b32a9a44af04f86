import type { Gate } from '../../gate.ts';
import type { LifeId, WindowId } from '../../identity.ts';
import type { MemberRecord } from '../../member.ts';
import type { TokenHash } from '../../token.ts';
import type { Name } from './names.ts';

/** What lies on the storage. */

/** `data:<digest>`, `layer:<digest>` (a mounted blob's link), `revision:<digest>` or `tag:<tag>`. */
export type Path = string;

export interface Stored {
  /** Storage time of its last writing. */
  readonly at: number;
  /** What it is of: a tag's digest, or its own. */
  readonly digest: Name;
  readonly writer: number;
}

export interface StoredMember {
  readonly record: MemberRecord;
  readonly modifiedAt: number;
}

export interface Tombstone {
  readonly digest: Name;
  readonly tags: readonly Name[];
  /** Of a policy's tag: the revision stays. */
  readonly of: 'manifest' | 'tag';
  readonly until: number;
  /** The request it was written for. */
  readonly request?: number;
}

type RequestState =
  | { readonly is: 'open' }
  | { readonly is: 'claimed'; readonly window: WindowId }
  | { readonly is: 'done'; readonly code: number }
  | { readonly is: 'withdrawn' };

export interface Request {
  readonly life: LifeId;
  readonly digest: Name;
  readonly state: RequestState;
}

export interface Storage {
  readonly gate: Gate;
  readonly held: ReadonlyMap<string, readonly TokenHash[]>;
  readonly members: ReadonlyMap<LifeId, StoredMember>;
  /** By `life/run`. */
  readonly segments: ReadonlyMap<string, readonly (readonly TokenHash[])[]>;
  readonly stages: ReadonlySet<LifeId>;
  readonly doors: ReadonlyMap<WindowId, readonly Path[]>;
  readonly objects: ReadonlyMap<Path, Stored>;
  readonly tombstones: ReadonlyMap<number, Tombstone>;
  readonly requests: ReadonlyMap<number, Request>;
  /** Digests that somebody has a named reason to keep. */
  readonly protections: ReadonlySet<Name>;
  /** What each complete mark found unreachable, oldest first. */
  readonly suspects: readonly Suspects[];
}

export interface Suspects {
  readonly at: number;
  readonly names: readonly Name[];
}

/** Of what an object was when it was looked at: a compare-and-set asks for it. */
export type Version = string;

export function versionOf(stored: Stored | undefined): Version {
  return stored === undefined ? 'none' : `${stored.writer}@${stored.at}`;
}

/** Signed, sent, its answer given up: it may arrive until it expires. */
export interface Attempt {
  readonly of: 'write' | 'renewal' | 'removal';
  readonly path: Path;
  readonly digest: Name;
  /** Whose it is: an operation, or the request that a removal serves. */
  readonly operation: number | undefined;
  readonly expires: number;
  readonly expects?: Version;
  readonly window?: WindowId;
}
