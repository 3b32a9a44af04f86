import type { EachPlan, RunView } from '../../core/admin/schema.ts';
import { parseInstant } from '../../core/resources/instant.ts';
import { fateOf } from '../runs/fate.ts';
import type { Planned } from './ports.ts';
import { type Unit, unitName, unitText } from './unit.ts';

export type Answer = Exclude<Planned, { is: 'pending' }>;

/** What a run that planned says of each unit; what it does not say, or says twice, is a failure of that unit and of no other. */
export function answersIn(view: RunView, units: readonly Unit[]): ReadonlyMap<Unit, Answer> {
  const fate = fateOf(view);
  if (fate.is !== 'succeeded') {
    const { reason, message } = fate.is === 'going' ? unfinished : fate;
    return new Map(units.map((unit) => [unit, { is: 'failed', reason, message }]));
  }
  const at = view.ended?.at ?? view.startedAt;
  if (parseInstant(at) === undefined) {
    return new Map(units.map((unit) => [unit, notUnderstood(view.id, 'ended at no moment')]));
  }
  const absent = new Set(view.alreadyAbsent);
  const plans = Map.groupBy(view.plans ?? [], planText);
  return new Map(
    units.map((unit) => {
      const isAbsent = unit.kind === 'DeleteRequest' && absent.has(unitName(unit));
      return [unit, answerFrom(view.id, at, plans.get(unitText(unit)) ?? [], isAbsent)];
    }),
  );
}

const unfinished = { reason: 'InternalError', message: 'the run has not ended' } as const;

function answerFrom(run: string, at: string, plans: readonly EachPlan[], isAbsent: boolean): Answer {
  const [plan, another] = plans;
  if (isAbsent && plan === undefined) return { is: 'alreadyAbsent', at };
  if (plan === undefined) return notUnderstood(run, 'says nothing of it');
  if (isAbsent || another !== undefined) return notUnderstood(run, 'says two things of it');
  return { is: 'planned', run, at, plan };
}

function notUnderstood(run: string, what: string): Answer {
  return {
    is: 'failed',
    reason: 'InternalError',
    message: `the answer of the registry is not understood: ${run} ${what}`,
  };
}

function planText({ kind, name }: EachPlan): string {
  return `${kind}/${name}`;
}
