import { closeWindow, fence, hold, openUp, sweep } from '../gate.ts';
import { choose, finishWith, isLate } from './beginning.ts';
import { hear } from './hearing.ts';
import {
  ended,
  type InWindow,
  type RunEvent,
  type RunResult,
  type RunSettings,
  type RunState,
  type RunStep,
  unasked,
} from './state.ts';

/** One window after the other, until there is no batch left. */

type At<S extends RunState['at']> = Extract<RunState, { readonly at: S }>;

export function chosen(state: At<'choosing'>, event: RunEvent): RunStep {
  if (event.on === 'noBatch') {
    if (!state.duringMark) return finishWith(state.gate, { is: 'completed' });
    return { state: { ...state, at: 'marking' }, effect: { do: 'mark' } };
  }
  if (event.on !== 'batch') return unasked(state, event);
  const { window, held, expires, tombstones } = event.batch;
  const gate = hold(state.gate, window, held, expires);
  const { read, duringMark } = state;
  const seeds = state.seeds.with(tombstones);
  return {
    state: { at: 'opening', gate, openedAt: event.now, duringMark, seeds, read },
    effect: { do: 'casGate', to: gate },
  };
}

export function opened(state: At<'opening'>, event: RunEvent): RunStep {
  if (event.on !== 'cas') return unasked(state, event);
  return event.won ? listen({ ...state, at: 'hearingWindow' }) : ended({ is: 'superseded' });
}

function listen(state: At<'hearingWindow'>): RunStep {
  return { state, effect: { do: 'readMembers', run: state.gate.run, read: state.read } };
}

export function hearWindow(state: At<'hearingWindow'>, event: RunEvent): RunStep {
  if (event.on === 'waited') return listen(state);
  if (event.on !== 'members') return unasked(state, event);
  const { heard, missing, outlived, overflowed } = hear(state, event.members, state.gate);
  const next = { ...state, ...heard };
  if (overflowed !== undefined) return settle(next, { is: 'overflow', life: overflowed });
  if (missing.length === 0) {
    return {
      state: { ...next, at: 'sparing' },
      effect: { do: 'spare', heard: heard.seeds, window: state.gate.window },
    };
  }
  const late = isLate(event.now - state.openedAt, state.gate) ? missing : outlived;
  if (late.length === 0) return { state: next, effect: { do: 'wait' } };
  const to = fenceAfter(state, late, event.storageNow);
  return { state: { at: 'fencing', to, late }, effect: { do: 'closeDoor', window: state.gate.window } };
}

/** One compare-and-set ends the window and fences: between two, the late life could pass as a member of neither. */
function fenceAfter({ gate }: InWindow, late: At<'fencing'>['late'], storageNow: number): At<'fencing'>['to'] {
  const marking = closeWindow(gate);
  return { ...fence(marking, late, storageNow), epoch: marking.epoch };
}

export function spared(state: At<'sparing'>, event: RunEvent): RunStep {
  if (event.on !== 'spared') return unasked(state, event);
  if (event.left.count === 0) return settle(state);
  const gate = sweep(state.gate, event.left);
  return { state: { ...state, at: 'narrowing', gate }, effect: { do: 'casGate', to: gate } };
}

export function narrowed(state: At<'narrowing'>, event: RunEvent): RunStep {
  if (event.on !== 'cas') return unasked(state, event);
  return event.won ? removeNext(state) : ended({ is: 'superseded' });
}

function removeNext(state: InWindow): RunStep {
  return { state: { ...state, at: 'sweeping' }, effect: { do: 'removeNext', window: state.gate.window } };
}

export function swept(state: At<'sweeping'>, event: RunEvent, { attemptMs }: RunSettings): RunStep {
  if (event.on === 'windowOver') return ended({ is: 'superseded' });
  if (event.on !== 'removed') return unasked(state, event);
  // An attempt that began now could outlast the window; the storage would refuse it, so this saves work, not data.
  const isTime = event.now < state.openedAt + state.gate.durations.windowMs - attemptMs;
  return event.more && isTime ? removeNext(state) : settle(state);
}

/** Leaves the window in order, whether or not anything was removed in it; with a `result` the run ends there. */
export function settle(state: InWindow, result?: RunResult): RunStep {
  const { gate, openedAt, duringMark, seeds, read } = state;
  const settling = { at: 'settling', gate, openedAt, duringMark, seeds, read } as const;
  return {
    state: result === undefined ? settling : { ...settling, result },
    effect: { do: 'settle', window: gate.window },
  };
}

export function settled(state: At<'settling'>, event: RunEvent): RunStep {
  const { gate, result, seeds, read, duringMark } = state;
  if (event.on === 'settled') return { state, effect: { do: 'closeDoor', window: gate.window } };
  if (event.on === 'doorClosed') {
    return { state, effect: { do: 'casGate', to: result === undefined ? closeWindow(gate) : openUp(gate) } };
  }
  if (event.on !== 'cas') return unasked(state, event);
  if (!event.won) return ended({ is: 'superseded' });
  if (result !== undefined) return ended(result);
  const marking = closeWindow(gate);
  const going = { gate: marking, seeds, read };
  return duringMark ? { state: { at: 'marking', ...going }, effect: { do: 'mark' } } : choose(going, false);
}
