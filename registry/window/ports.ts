import type { Durations } from '../../core/window/gate.ts';
import type { LifeId } from '../../core/window/identity.ts';
import type { LifeEnd } from '../../core/window/life.ts';
import type { HashToken } from '../../core/window/token.ts';
import type { GateStore } from '../records/gateStore.ts';
import type { HeldStore } from '../records/heldStore.ts';
import type { MemberStore } from '../records/members.ts';
import type { StorageIdStore } from '../records/storageId.ts';
import type { Fence, StorageClock, Watcher } from '../storage/driver.ts';
import type { RefusalReason } from './admission.ts';

/** Events with fields; a pino logger is one. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface Timers {
  /** Calls `run` once, no sooner than after `ms`, unless cancelled. */
  after(ms: number, run: () => void): { cancel(): void };
}

/** What the metrics of a replica are made of. */
export interface WindowMetrics {
  /** An operation met held tokens and waited so long before it went on or was refused. One that never met them is not told (W6). */
  onHeld(waitedMs: number): void;
  onRefused(reason: RefusalReason): void;
  onLifeBegan(life: LifeId): void;
  onLifeEnded(why: LifeEnd): void;
  /** So long after this life saw the gate that asked for it. */
  onAcknowledged(afterMs: number): void;
  /** The gate, its held set, or this life's own record could not be read. */
  onPollFailed(): void;
}

export interface ReplicaSettings {
  /** Unique per process; a process that was restarted may have its predecessor's, as a container in a pod has. */
  readonly instance: string;
  readonly version: string;
  /** As in the gate: a replica that is configured otherwise does not start. */
  readonly durations: Durations;
  readonly holdBudgetMs: number;
  /** Where a word reaches this replica sooner than the storage would. */
  readonly nudge?: string;
}

export interface ReplicaPorts {
  readonly driver: Fence & Watcher & StorageClock;
  readonly records: {
    readonly storage: StorageIdStore;
    readonly gates: GateStore;
    readonly held: HeldStore;
    readonly members: MemberStore;
  };
  readonly hashToken: HashToken;
  /** A clock that never goes back, ms. Only this process compares its times. */
  readonly mono: () => number;
  /** This machine's clock as people read it (ISO 8601); nothing is decided by it. */
  readonly wallClock: () => string;
  readonly freshLife: () => LifeId;
  readonly timers: Timers;
  readonly log: Log;
  readonly metrics: WindowMetrics;
}
