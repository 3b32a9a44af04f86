import type { Gate } from '../../gate.ts';
import type { LifeId, RunId, WindowId } from '../../identity.ts';
import type { Acknowledgement, GateReading, OperationKind, Serving } from '../../life.ts';
import type { MemberRecord, MemberView } from '../../member.ts';
import type { Batch, RunEffect, RunSettings, RunState } from '../../run/state.ts';
import type { TokenHash } from '../../token.ts';
import type { Name } from './names.ts';
import type { Setting } from './setting.ts';

/**
 * A storage and all that acts on it, as one immutable value. A move (`move.ts`) does one atomic step on the storage, or lets time pass; between two
 * moves anything may happen. All clocks go at the storage's pace, but a process whose machine stood still is behind by its `lag`.
 */
export interface World {
  readonly setting: Setting;
  readonly now: number;
  /** The last number given to a life, window, run, operation, tombstone or request. */
  readonly serial: number;
  readonly storage: Storage;
  readonly replicas: readonly Replica[];
  readonly executors: readonly Executor[];
  readonly clients: readonly Client[];
}

/** `data:<digest>`, `revision:<digest>` or `tag:<tag>`. */
export type Path = string;

export interface Stored {
  /** Storage time of its last writing. */
  readonly at: number;
  /** What it is of: a tag's digest, or its own. */
  readonly digest: Name;
  readonly writer: number;
}

interface StoredMember {
  readonly record: MemberRecord;
  readonly modifiedAt: number;
}

interface Tombstone {
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
}

/** One step of an operation; `land` is the storage call of a `write` that was allowed. */
export type OperationStep =
  | { readonly do: 'verify'; readonly digest: Name }
  | { readonly do: 'write' | 'land'; readonly path: Path; readonly digest: Name }
  | { readonly do: 'lookAgain' }
  | { readonly do: 'tagIsFree'; readonly tag: Name; readonly digest: Name }
  | { readonly do: 'tombstoneStands' | 'dropTombstone'; readonly id: number }
  | { readonly do: 'writeRequest'; readonly digest: Name }
  | { readonly do: 'awaitRequest'; readonly id: number }
  | { readonly do: 'strikeAll'; readonly digest: Name }
  | { readonly do: 'strike'; readonly path: Path };

export interface Operation {
  readonly id: number;
  readonly client: number;
  readonly call: Call;
  readonly kind: OperationKind | 'request';
  readonly tokens: readonly TokenHash[];
  readonly steps: readonly OperationStep[];
  readonly admitted: boolean;
  readonly since: number;
}

/** A write whose life has ended while the call was under way: it may still arrive. */
export interface LateWrite {
  readonly life: LifeId;
  readonly operation: number;
  readonly path: Path;
  readonly digest: Name;
}

export interface Answering {
  readonly ack: Acknowledgement | undefined;
  readonly leaving: boolean;
  readonly segmentWritten: boolean;
}

export interface Replica {
  readonly phase: 'down' | 'staging' | 'registering' | 'up';
  /** Of this process. */
  readonly instance: string;
  readonly generation: number;
  readonly lag: number;
  readonly life: Serving | undefined;
  /** Names the life that is being registered. */
  readonly coming: LifeId | undefined;
  readonly asking: { readonly at: number; readonly read?: Omit<GateReading, 'askedAt' | 'answeredAt'> } | undefined;
  readonly answering: Answering | undefined;
  readonly ending: Gate | undefined;
  readonly operations: readonly Operation[];
  readonly late: readonly LateWrite[];
  /** What was seen of a link, by digest: its own time, not the time of looking. */
  readonly cache: ReadonlyMap<Name, number>;
}

export interface Marked {
  readonly at: number;
  readonly tags: ReadonlyMap<Name, Stored>;
  readonly tombstones: readonly Tombstone[];
  readonly revisions: ReadonlyMap<Name, Stored>;
  readonly data: ReadonlyMap<Name, Stored>;
  readonly next: 'tags' | 'tombstones' | 'revisions' | 'data' | 'complete';
}

export type Item =
  | { readonly of: 'request'; readonly id: number; readonly digest: Name; readonly tags: readonly Name[] }
  | { readonly of: 'tag'; readonly tag: Name; readonly digest: Name }
  | { readonly of: 'revision' | 'data'; readonly digest: Name };

export type RemovalStep =
  | { readonly do: 'checkReferrers'; readonly id: number; readonly digest: Name }
  | { readonly do: 'bury'; readonly tombstone: Omit<Tombstone, 'until'> }
  | { readonly do: 'look' | 'land'; readonly path: Path; readonly digest: Name; readonly request?: number }
  | { readonly do: 'carriedOut'; readonly id: number; readonly code: number };

/** What the executor's process knows besides the machine's state. */
export interface Notebook {
  readonly mark: Marked | undefined;
  readonly plan: readonly Item[];
  readonly batch: readonly Item[];
  readonly removing: readonly RemovalStep[];
  /** Revisions that went in this run. */
  readonly gone: readonly Name[];
  readonly carriedOut: readonly { readonly id: number; readonly code: number }[];
  /** How much of what was heard earlier windows have used up (only where spares are not carried). */
  readonly usedUp: number;
  /** Fenced lives that nobody listens to (only where fences are not finished first). */
  readonly leftOut: readonly LifeId[];
}

/** How far the effect under way has come. */
export type Progress =
  | { readonly on: 'nothing' }
  | { readonly on: 'door' }
  | { readonly on: 'waiting'; readonly since: number }
  | { readonly on: 'lives'; readonly left: readonly { readonly life: LifeId; readonly what: 'stage' | 'record' }[] }
  | {
      readonly on: 'members';
      readonly listedAt: number;
      readonly left: readonly LifeId[];
      readonly record: StoredMember | undefined;
      readonly views: readonly MemberView[];
    }
  | {
      readonly on: 'batch';
      readonly window: WindowId;
      readonly items: readonly Item[];
      readonly at: 'claim' | 'list' | 'open';
    }
  | { readonly on: 'narrowed'; readonly held: readonly TokenHash[] };

export interface Running {
  readonly settings: RunSettings;
  readonly state: RunState;
  readonly effect: RunEffect;
  readonly progress: Progress;
  readonly notebook: Notebook;
  readonly window?: Batch;
}

export interface Executor {
  readonly lag: number;
  readonly running: Running | undefined;
  readonly runsLeft: number;
}

export type Call =
  | { readonly call: 'head' | 'blob' | 'get' | 'delete' | 'undelete'; readonly digest: Name }
  | { readonly call: 'put'; readonly digest: Name; readonly tag?: Name };

/** `push` is a whole push: each blob asked for and sent if it is not there, children first. */
export type Wish = Call | { readonly call: 'push'; readonly digest: Name; readonly tag?: Name };

export interface Client {
  readonly wishes: readonly Wish[];
  /** What is left of the first wish. */
  readonly calls: readonly Call[];
  readonly waiting: boolean;
  readonly tries: number;
}

/** What a step tells whoever judges. */
export type Note =
  | { readonly on: 'admitted'; readonly operation: Operation; readonly replica: number }
  | { readonly on: 'answered'; readonly operation: Operation; readonly code: number }
  | { readonly on: 'landed'; readonly path: Path; readonly digest: Name; readonly operation: number }
  | { readonly on: 'refused'; readonly path: Path; readonly operation: number }
  | { readonly on: 'removed'; readonly path: Path; readonly stored: Stored; readonly request?: number }
  | { readonly on: 'removalRefused'; readonly path: Path }
  | { readonly on: 'spared' }
  | { readonly on: 'buried' | 'fenced' | 'lapsedWindowEnded' | 'lifeEnded' | 'left' }
  | { readonly on: 'gate'; readonly gate: Gate }
  | { readonly on: 'runEnded'; readonly result: string; readonly run: RunId };

export type Tell = (note: Note) => void;
