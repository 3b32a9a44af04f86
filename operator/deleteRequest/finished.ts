import { conditionsAfter, isTrue } from '../resources/conditions.ts';
import { trackerOf } from '../resources/tracking.ts';
import { again, type Decision, settled } from './decision.ts';
import { hasFinalizer, type Observed } from './observed.ts';
import { answered, clockOf, modeIgnored } from './record.ts';
import { resultAfter } from './result.ts';
import { ttlIgnored } from './words.ts';

/** What it came to stays as it is told; a run that a deadline cut off is seen to its end, and its time to live passes. */
export function whenFinished(observed: Observed, now: number): Decision {
  const { object } = observed;
  const { status } = object;
  const kept = (status.conditions ?? []).filter(({ type }) => type !== 'TTLIgnored');
  const conditions = conditionsAfter(status.conditions, [...kept, ...ttlIgnored(object)], clockOf(observed, now));
  const seen = { ...status, ...answered(observed, true), observedGeneration: object.metadata.generation, conditions };
  const decision: Decision = {
    ...{ at: 'finished', status: seen, finalizer: 'leave', effects: [], outcome: settled },
    events: modeIgnored(observed),
  };
  return (hasFinalizer(object) ? afterRun(observed, decision) : undefined) ?? timeToLive(observed, decision, now);
}

/** `undefined`: there is nothing to wait for, nor to count. */
function afterRun({ object, run, standing }: Observed, decision: Decision): Decision | undefined {
  const { runRef } = object.status;
  if (runRef === undefined || standing.is === 'absent' || (run.is !== 'unanswered' && run.is !== 'seen')) {
    return { ...decision, finalizer: 'lift' };
  }
  if (run.is === 'unanswered') return { ...decision, outcome: again(run.retryMs, run.why) };
  const { view, ended, pauseMs } = { ...run.followed, ended: run.followed.view.ended };
  if (ended === undefined) {
    const why = 'its run is being stopped';
    return { ...decision, effects: [{ do: 'cancel', run: runRef.name }], outcome: again(pauseMs, why) };
  }
  if (isTrue(object.status.conditions, 'Succeeded')) return { ...decision, finalizer: 'lift' };
  const { runRef: _counted, ...rest } = decision.status; // What is counted once is not counted again.
  return { ...decision, status: { ...rest, result: resultAfter(rest.result, view) }, finalizer: 'lift' };
}

/** Rule 6: what somebody else would apply again does not delete itself. */
function timeToLive({ object }: Observed, decision: Decision, now: number): Decision {
  const { metadata, spec, status } = object;
  const { ttlSecondsAfterFinished: seconds } = spec;
  if (seconds === undefined || status.completionTime === undefined || trackerOf(metadata) !== undefined)
    return decision;
  const left = Date.parse(status.completionTime) + seconds * 1000 - now;
  if (left > 0) return { ...decision, outcome: again(left, 'its time to live passes') };
  return { ...decision, effects: [{ do: 'delete' }] };
}
