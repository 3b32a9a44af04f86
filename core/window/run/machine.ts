import { begun, clear, fencing, finishWith, hearMark, look, marking, mend, planned, waitOut } from './beginning.ts';
import { ended, type RunEvent, type RunSettings, type RunState, type RunStep, unasked } from './state.ts';
import { chosen, hearWindow, narrowed, opened, settle, settled, spared, swept } from './window.ts';

export { startRun } from './beginning.ts';

/** The next state and effect; see `state.ts` for the drawing. */
export function stepRun(state: RunState, event: RunEvent, settings: RunSettings): RunStep {
  if (event.on === 'stop') return stop(state, event.why);
  switch (state.at) {
    case 'looking':
      return look(state, event, settings);
    case 'waitingOut':
      return waitOut(state, event, settings);
    case 'clearing':
      return clear(state, event);
    case 'beginning':
      return begun(state, event);
    case 'mending':
      return mend(state, event, settings);
    case 'hearingMark':
      return hearMark(state, event);
    case 'marking':
      return marking(state, event);
    case 'planning':
      return planned(state, event);
    case 'choosing':
      return chosen(state, event);
    case 'opening':
      return opened(state, event);
    case 'hearingWindow':
      return hearWindow(state, event);
    case 'sparing':
      return spared(state, event);
    case 'narrowing':
      return narrowed(state, event);
    case 'sweeping':
      return swept(state, event, settings);
    case 'settling':
      return settled(state, event);
    case 'fencing':
      return fencing(state, event);
    case 'finishing':
      return finished(state, event);
    case 'ended':
      return unasked(state, event);
  }
}

function finished(state: Extract<RunState, { readonly at: 'finishing' }>, event: RunEvent): RunStep {
  if (event.on !== 'cas') return unasked(state, event);
  return ended(event.won ? state.result : { is: 'superseded' });
}

/**
 * Where the gate is ours, it is given back in order. Where a compare-and-set or a fencing was going on, its outcome is not known: the run just ends, a
 * window lapses, and the next run mends the rest.
 */
function stop(state: RunState, why: string): RunStep {
  const result = { is: 'stopped', why } as const;
  switch (state.at) {
    case 'mending':
    case 'hearingMark':
    case 'marking':
    case 'planning':
    case 'choosing':
      return finishWith(state.gate, result);
    case 'hearingWindow':
    case 'sparing':
    case 'sweeping':
      return settle(state, result);
    case 'looking':
    case 'waitingOut':
    case 'clearing':
    case 'beginning':
    case 'opening':
    case 'narrowing':
    case 'settling':
    case 'fencing':
    case 'finishing':
    case 'ended':
      return ended(result);
  }
}
