import type { RunOrder } from '../../core/admin/schema.ts';
import type { RetentionPolicyStatus } from '../api/types.ts';
import { conditionsAfter, type Wanted } from '../resources/conditions.ts';
import type { ObjectEvent } from '../resources/home.ts';
import type { Outcome } from '../runtime/reconcile.ts';
import { type Facts, requestedAtAnnotation, runFinalizer } from './facts.ts';
import { isEdited, underWay } from './underWay.ts';
import { scheduleOf, slotOf } from './want.ts';
import { readyEvents } from './words.ts';

export type Effect =
  /** Sees that it goes on, ordering it where nobody knows it; the finalizer comes first. */
  | { readonly do: 'order'; readonly order: RunOrder }
  | { readonly do: 'cancel'; readonly run: string }
  | { readonly do: 'liftFinalizer' }
  /** The plan is written down. */
  | { readonly do: 'forgetPlan' };

export interface Decision {
  readonly status: RetentionPolicyStatus;
  readonly effects: readonly Effect[];
  readonly events: readonly ObjectEvent[];
  readonly outcome: Outcome;
}

/** What a decision says beyond what always holds. */
export interface Verdict {
  /** Over the status as it is; a field that is `undefined` goes. */
  readonly changes?: { readonly [F in keyof RetentionPolicyStatus]?: RetentionPolicyStatus[F] | undefined };
  readonly conditions: readonly Wanted[];
  readonly effects?: readonly Effect[];
  readonly events?: readonly ObjectEvent[];
  /** What was asked for by annotation was looked at. */
  readonly isAnswered?: boolean;
  /** When to look again at the latest, ms. Absent: at the next slot, if there is one. */
  readonly againMs?: number;
  readonly why: string;
}

/** Timers may not sleep as long as a schedule does, and clocks are set. */
const longestSleepMs = 600_000;

export function decisionOf(facts: Facts, verdict: Verdict): Decision {
  const { policy, now } = facts;
  const { metadata, status: before } = policy;
  const slot = slotOf(facts);
  const requested = metadata.annotations?.[requestedAtAnnotation];
  const next = policy.spec.suspend === true ? undefined : scheduleOf(policy.spec)?.next(now);
  const status = withoutAbsent({
    ...before,
    observedGeneration: metadata.generation,
    ...(verdict.isAnswered === true && requested !== undefined ? { lastHandledReconcileAt: requested } : {}),
    ...(slot.is === 'missed' ? { lastScheduleTime: instantText(slot.slot) } : {}),
    nextRunTime: next === undefined ? undefined : instantText(next),
    ...(isRunOver(facts) ? { runRef: undefined } : {}),
    ...verdict.changes,
    conditions: conditionsAfter(before.conditions, verdict.conditions, {
      generation: metadata.generation,
      now: instantText(now),
    }),
  });
  const effects = verdict.effects ?? [];
  return {
    status,
    effects: isFinalizerDone(facts, effects) ? [...effects, { do: 'liftFinalizer' }] : effects,
    events: [
      ...(slot.is === 'missed' ? [missedEvent(slot.slot)] : []),
      ...readyEvents(before, status),
      ...(verdict.events ?? []),
    ],
    outcome: outcomeOf(verdict, status, next === undefined ? undefined : next - now),
  };
}

/** What was under way ended with an edit; otherwise it stays written down until it was carried out, or given up. */
function isRunOver(facts: Facts): boolean {
  return underWay(facts).is !== 'going' && isEdited(facts);
}

function isFinalizerDone(facts: Facts, effects: readonly Effect[]): boolean {
  if (facts.policy.metadata.finalizers?.includes(runFinalizer) !== true) return false;
  return underWay(facts).is !== 'going' && !effects.some(({ do: what }) => what === 'order');
}

function missedEvent(slot: number): ObjectEvent {
  const message = `${instantText(slot)} was passed over: it could not begin within spec.startingDeadlineSeconds`;
  return { type: 'Warning', reason: 'MissedSchedule', message };
}

function outcomeOf({ againMs, why }: Verdict, { conditions }: RetentionPolicyStatus, untilSlotMs = Infinity): Outcome {
  const afterMs = Math.min(againMs ?? Infinity, untilSlotMs);
  if (afterMs !== Infinity) return { kind: 'again', afterMs: Math.min(Math.max(afterMs, 1), longestSleepMs), why };
  const stalled = conditions?.find(({ type }) => type === 'Stalled');
  if (stalled === undefined) return { kind: 'settled' };
  return { kind: 'stalled', reason: stalled.reason, message: stalled.message };
}

/** As everything of ours writes moments: RFC 3339 in UTC, to the second where it is one. */
export function instantText(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}

type Loose = { readonly [F in keyof RetentionPolicyStatus]: RetentionPolicyStatus[F] | undefined };

function withoutAbsent(status: Loose): RetentionPolicyStatus {
  return Object.fromEntries(
    Object.entries(status).filter(([, value]) => value !== undefined),
  ) as unknown as RetentionPolicyStatus;
}
