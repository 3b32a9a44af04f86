import type { Gate } from '../../gate.ts';
import type { LifeId, RunId, WindowId } from '../../identity.ts';
import type { Acknowledgement, GateReading, OperationKind, Serving } from '../../life.ts';
import type { TokenHash } from '../../token.ts';
import type { Name } from './names.ts';
import type { Attempt, Path, Storage, Stored, Version } from './records.ts';
import type { Executor, Housekeeper } from './running.ts';
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
  readonly housekeeper: Housekeeper;
  /** Sent, given up, not yet arrived (object storage only). */
  readonly network: readonly Attempt[];
  /** How many listings will still omit an entry. */
  readonly lies: number;
}

/** One step of an operation; `land` is the storage call of a `write` that was allowed. */
export type OperationStep =
  | { readonly do: 'verify' | 'write'; readonly path: Path; readonly digest: Name }
  | LandingStep
  | { readonly do: 'lookAgain' }
  | { readonly do: 'tagIsFree'; readonly tag: Name; readonly digest: Name }
  | { readonly do: 'tombstoneStands' | 'dropTombstone'; readonly id: number }
  | { readonly do: 'writeRequest'; readonly digest: Name }
  | { readonly do: 'awaitRequest' | 'withdraw'; readonly id: number; readonly code?: number }
  | { readonly do: 'awaitExpiry'; readonly until: number }
  | { readonly do: 'strikeAll'; readonly digest: Name }
  | { readonly do: 'strike'; readonly path: Path }
  | { readonly do: 'fail'; readonly code: number };

/** A call on its way to the storage. `renew`: in place, never creating. */
export interface LandingStep {
  readonly do: 'land' | 'renew';
  readonly path: Path;
  readonly digest: Name;
  /** Of a signed request. */
  readonly expires?: number;
  readonly expects?: Version;
}

export interface Operation {
  readonly id: number;
  readonly client: number;
  readonly call: Call;
  readonly kind: OperationKind | 'request';
  readonly tokens: readonly TokenHash[];
  readonly steps: readonly OperationStep[];
  readonly admitted: boolean;
  readonly since: number;
  /** The client has its answer, but a write of it may still arrive. */
  readonly answered?: boolean;
  /** What it wrote (only where a failed operation undoes that). */
  readonly wrote?: readonly Path[];
}

/** A write whose life has ended while the call was under way: it may still arrive. */
export interface LateWrite {
  readonly life: LifeId;
  readonly operation: number;
  readonly step: LandingStep;
}

export interface Answering {
  readonly ack: Acknowledgement | undefined;
  readonly leaving: boolean;
  readonly segmentWritten: boolean;
}

/** What one reading found, and the storage's time in its answer. */
export interface Look extends Omit<GateReading, 'askedAt' | 'answeredAt'> {
  readonly date: number;
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
  readonly asking: { readonly at: number; readonly read?: Look } | undefined;
  readonly answering: Answering | undefined;
  readonly ending: Gate | undefined;
  readonly operations: readonly Operation[];
  readonly late: readonly LateWrite[];
  /** What was seen of a link: its own time, not the time of looking. */
  readonly cache: ReadonlyMap<Path, number>;
  /** Until when its writes are signed, by the storage's clock as the last answer gave it. */
  readonly signedUntil: number;
}

export type Call =
  | { readonly call: 'head' | 'blob' | 'mount' | 'get' | 'delete' | 'undelete' | 'protect'; readonly digest: Name }
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
  | {
      readonly on: 'landed';
      readonly path: Path;
      readonly digest: Name;
      readonly operation: number;
      readonly over: Stored | undefined;
    }
  | { readonly on: 'protected'; readonly digest: Name }
  | { readonly on: 'refused'; readonly path: Path; readonly operation: number }
  | {
      readonly on: 'removed';
      readonly path: Path;
      readonly stored: Stored;
      readonly request?: number;
      readonly undoneBy?: number;
      readonly window?: WindowId;
    }
  | { readonly on: 'removalRefused'; readonly path: Path }
  | { readonly on: 'protectionsRead'; readonly window: WindowId }
  | { readonly on: 'spared' | 'misread' | 'givenUp' }
  | { readonly on: 'buried' | 'fenced' | 'lapsedWindowEnded' | 'lifeEnded' | 'left' }
  | { readonly on: 'gate'; readonly gate: Gate }
  | { readonly on: 'runEnded'; readonly result: string; readonly run: RunId };

export type Tell = (note: Note) => void;
