import type { Executor, Gate, HeldReference, MarkingGate, OpenGate, WindowGate } from '../gate.ts';
import type { LifeId, RunId, WindowId } from '../identity.ts';
import type { TokenLog } from '../journal.ts';
import type { MemberView } from '../member.ts';
import type { TokenHash } from '../token.ts';

/**
 * One run, from the executor's side: states, effects and events. A step takes what came of the last effect and says the next, so the shell performs
 * exactly one effect at a time, and a crash between any two leaves what the next run can take up. `now` is the executor's monotonic clock, ms.
 *
 *   looking ──▶ beginning ──▶ mending ──▶ hearingMark ──▶ marking ──▶ planning ──▶ choosing ──▶ finishing ──▶ ended
 *    │   ▲      (gate:         (fences         │           │  ▲                   ▲   │
 *    ▼   │       MARKING)       left undone)   │ late      │  │ requests wait     │   ▼ a batch
 *   waitingOut ─▶ clearing                     ▼           └──┴──────┐            │  opening ─▶ hearingWindow ─▶ sparing ─▶ narrowing ─▶ sweeping
 *   (another's window, until it lapsed)     fencing ◀────────────────┼────────────┼────────────── late │                                  │
 *                                              ▼                     └────────────┴───────── settling ◀┴──────────────────────────────────┘
 *                                            ended
 */
export interface RunSettings {
  readonly run: RunId;
  readonly executor: Executor;
  /** A run of requests does not mark: straight to its first window. */
  readonly marks: boolean;
  /** Begin over another's MARKING, whose mark is thrown away by that. */
  readonly overMarking: boolean;
  /** The longest that one attempt at a removal may take before its answer is given up, ms (X in the protocol). */
  readonly attemptMs: number;
}

export interface Heard {
  /** All that was touched since the run's first compare-and-set, by whatever life, and all that gets a tombstone; never emptied between batches. */
  readonly seeds: TokenLog;
  /** How many segments of each life were read. */
  readonly read: ReadonlyMap<LifeId, number>;
}

export interface Going extends Heard {
  readonly gate: MarkingGate;
}

export interface InWindow extends Heard {
  readonly gate: WindowGate;
  /** Before the compare-and-set that opened it. */
  readonly openedAt: number;
  /** The mark is still reading behind this window, which serves requests only. */
  readonly duringMark: boolean;
}

export type RunState =
  | { readonly at: 'looking' }
  | { readonly at: 'waitingOut'; readonly gate: WindowGate; readonly since: number }
  | { readonly at: 'clearing'; readonly gate: WindowGate }
  | { readonly at: 'beginning'; readonly to: MarkingGate }
  | ({ readonly at: 'mending' } & Going)
  | ({ readonly at: 'hearingMark'; readonly askedAt: number } & Going)
  | ({ readonly at: 'marking' } & Going)
  | ({ readonly at: 'planning' } & Going)
  | ({ readonly at: 'choosing'; readonly duringMark: boolean } & Going)
  | ({ readonly at: 'opening' } & InWindow)
  | ({ readonly at: 'hearingWindow' } & InWindow)
  | ({ readonly at: 'sparing' } & InWindow)
  | ({ readonly at: 'narrowing' } & InWindow)
  | ({ readonly at: 'sweeping' } & InWindow)
  | ({ readonly at: 'settling'; readonly result?: RunResult } & InWindow)
  | { readonly at: 'fencing'; readonly late: readonly LifeId[]; readonly to: MarkingGate }
  | { readonly at: 'finishing'; readonly to: OpenGate; readonly result: RunResult }
  | { readonly at: 'ended'; readonly result: RunResult };

export type RunResult =
  /** All batches are through, or the plan asked for none. */
  | { readonly is: 'completed' }
  /** Lives that did not answer were fenced: the same work is to be started as a new run. */
  | { readonly is: 'fenced'; readonly lives: readonly LifeId[] }
  /** Somebody else moved the gate on: nothing to clean. */
  | { readonly is: 'superseded' }
  | { readonly is: 'busy'; readonly gate: Gate }
  | { readonly is: 'readOnly'; readonly reason: string }
  /** A journal was full: what was touched can no longer be told from what was not. */
  | { readonly is: 'overflow'; readonly life: LifeId }
  /** The shell's own reason: doubt, a brake, a cancellation. */
  | { readonly is: 'stopped'; readonly why: string };

export type RunEffect =
  | { readonly do: 'readGate' }
  /** Until something may have changed: a nudge, or a short while. */
  | { readonly do: 'wait' }
  | { readonly do: 'casGate'; readonly to: Gate }
  /** Afterwards the storage refuses this window's removals. Idempotent. */
  | { readonly do: 'closeDoor'; readonly window: WindowId }
  /**
   * Empties and removes the stages, then the records, of these lives; then waits for `waitMs` on the executor's monotonic clock. Idempotent. The storage
   * refuses what a fenced life writes, but what it answers without writing (a HEAD, a cached GET) only the end of its permit stops; and nobody hears it.
   */
  | { readonly do: 'fence'; readonly lives: readonly LifeId[]; readonly waitMs: number }
  /**
   * Removes what earlier runs left: records of lives that left having seen no gate as new as `epoch` (this run's first), stages without a record, old
   * doors that the gate does not name. Epochs and not names of runs: an executor that slept must not take a later run's journals along (F4).
   */
  | { readonly do: 'tidy'; readonly epoch: number }
  /** Lists the members *now*, reads their records, and then of each the segments of this run after those already read. */
  | { readonly do: 'readMembers'; readonly run: RunId; readonly read: ReadonlyMap<LifeId, number> }
  /** Goes on with the mark until it is complete or requests wait. */
  | { readonly do: 'mark' }
  | { readonly do: 'plan'; readonly heard: TokenLog }
  /** Chooses a batch, claims its requests for a new window, writes its held set, opens its door. */
  | { readonly do: 'chooseBatch'; readonly requestsOnly: boolean }
  /** Takes out of the batch all that the closure over `heard` reaches (requests stay); what is left is a new held set. */
  | { readonly do: 'spare'; readonly heard: TokenLog; readonly window: WindowId }
  /** Removes the batch's next item through the door, after one more look at the gate. */
  | { readonly do: 'removeNext'; readonly window: WindowId }
  /** Makes the removals durable, and the window's requests done. */
  | { readonly do: 'settle'; readonly window: WindowId };

export interface Batch {
  readonly window: WindowId;
  readonly held: HeldReference;
  /** Storage time at which signed removals of this window expire, ms. */
  readonly expires: number;
  /** What gets a tombstone in this window: it spares what it reaches for the rest of the run (F6). */
  readonly tombstones: readonly TokenHash[];
}

export type RunEvent = { readonly now: number } & (
  | { readonly on: 'gate'; readonly gate: Gate }
  | { readonly on: 'waited' }
  | { readonly on: 'cas'; readonly won: boolean }
  | { readonly on: 'doorClosed' }
  | { readonly on: 'fenced' }
  | { readonly on: 'tidied' }
  /** `storageNow`, ms on the storage's clock, dates a fencing that follows. */
  | { readonly on: 'members'; readonly members: readonly MemberView[]; readonly storageNow: number }
  | { readonly on: 'marked' }
  | { readonly on: 'requestsWait' }
  | { readonly on: 'planned'; readonly proceed: boolean }
  | { readonly on: 'batch'; readonly batch: Batch }
  | { readonly on: 'noBatch' }
  | { readonly on: 'spared'; readonly left: HeldReference }
  | { readonly on: 'removed'; readonly more: boolean }
  /** The storage refused a removal: the window was ended by somebody else. */
  | { readonly on: 'windowOver' }
  | { readonly on: 'settled' }
  /** In place of an effect's outcome: doubt, a brake, a cancellation. What was going on ends in order. */
  | { readonly on: 'stop'; readonly why: string }
);

export interface RunStep {
  readonly state: RunState;
  /** `undefined` once the run has ended. */
  readonly effect: RunEffect | undefined;
}

export function ended(result: RunResult): RunStep {
  return { state: { at: 'ended', result }, effect: undefined };
}

/** An outcome that no effect asked for is a fault of the shell. */
export function unasked(state: RunState, event: RunEvent): never {
  throw new Error(`a run that is ${state.at} cannot take "${event.on}"`);
}
