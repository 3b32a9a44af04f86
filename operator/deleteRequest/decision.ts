import type { RunOrder } from '../../core/admin/schema.ts';
import type { DeleteRequestStatus } from '../api/types.ts';
import type { ObjectEvent } from '../resources/home.ts';
import type { Outcome } from '../runtime/reconcile.ts';
import type { State } from './state.ts';

/** What is done once the decision is on record. Each may be done again. */
export type Effect =
  | { readonly do: 'order'; readonly order: RunOrder }
  | { readonly do: 'cancel'; readonly run: string }
  /** The plan is on record, or not wanted any more. */
  | { readonly do: 'forgetPlan' }
  /** The request deletes itself: its time to live is over. */
  | { readonly do: 'delete' };

export interface Decision {
  readonly at: State['at'];
  readonly status: DeleteRequestStatus;
  /** `set` comes before the status is written, `lift` after. */
  readonly finalizer: 'set' | 'lift' | 'leave';
  readonly effects: readonly Effect[];
  readonly events: readonly ObjectEvent[];
  readonly outcome: Outcome;
}

export const settled: Outcome = { kind: 'settled' };

/** Timers take no longer ones. */
const longestMs = 86_400_000;

export function again(afterMs: number, why: string): Outcome {
  return { kind: 'again', afterMs: Math.min(Math.max(afterMs, 0), longestMs), why };
}
