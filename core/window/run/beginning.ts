import { begin, fence, finish, forget, type Gate, isWindow, type OpenGate, type MarkingGate, openUp } from '../gate.ts';
import type { LifeId } from '../identity.ts';
import { TokenLog } from '../journal.ts';
import { hear } from './hearing.ts';
import {
  ended,
  type Going,
  type RunEvent,
  type RunResult,
  type RunSettings,
  type RunState,
  type RunStep,
  unasked,
} from './state.ts';

/** From the first look at the gate to the plan: the run has the gate in MARKING, and nobody waits for it. */

type At<S extends RunState['at']> = Extract<RunState, { readonly at: S }>;

export function startRun(): RunStep {
  return { state: { at: 'looking' }, effect: { do: 'readGate' } };
}

export function look(state: At<'looking'>, event: RunEvent, settings: RunSettings): RunStep {
  if (event.on !== 'gate') return unasked(state, event);
  if (isWindow(event.gate))
    return { state: { at: 'waitingOut', gate: event.gate, since: event.now }, effect: { do: 'wait' } };
  return beginOver(event.gate, settings);
}

/** Another's window is ended only once it has stood, seen by us, for as long as a window may: as any replica would (W5). */
export function waitOut(state: At<'waitingOut'>, event: RunEvent, settings: RunSettings): RunStep {
  if (event.on === 'waited') return { state, effect: { do: 'readGate' } };
  if (event.on !== 'gate') return unasked(state, event);
  const { gate } = event;
  if (!isWindow(gate)) return beginOver(gate, settings);
  if (gate.epoch !== state.gate.epoch) return { state: { ...state, gate, since: event.now }, effect: { do: 'wait' } };
  if (event.now - state.since <= gate.durations.windowMs) return { state, effect: { do: 'wait' } };
  return { state: { at: 'clearing', gate }, effect: { do: 'closeDoor', window: gate.window } };
}

export function clear(state: At<'clearing'>, event: RunEvent): RunStep {
  if (event.on === 'doorClosed') return { state, effect: { do: 'casGate', to: openUp(state.gate) } };
  if (event.on !== 'cas') return unasked(state, event);
  return startRun(); // won or lost, the window is over: look again
}

function beginOver(gate: OpenGate | MarkingGate, settings: RunSettings): RunStep {
  if (gate.readOnly !== undefined) return ended({ is: 'readOnly', reason: gate.readOnly.reason });
  if (gate.phase === 'MARKING' && !settings.overMarking) return ended({ is: 'busy', gate });
  const to = begin(gate, settings.run, settings.executor);
  return { state: { at: 'beginning', to }, effect: { do: 'casGate', to } };
}

export function begun(state: At<'beginning'>, event: RunEvent): RunStep {
  if (event.on !== 'cas') return unasked(state, event);
  if (!event.won) return ended({ is: 'superseded' });
  const going: Going = { gate: state.to, seeds: TokenLog.empty, read: new Map() };
  // A fencing whose executor died before the stage was emptied is finished first, or its life would commit unheard.
  const lives = state.to.fenced.map(({ life }) => life);
  const waitMs = lives.length > 0 ? state.to.durations.permitTTLMs : 0;
  return { state: { at: 'mending', ...going }, effect: { do: 'fence', lives, waitMs } };
}

export function mend(state: At<'mending'>, event: RunEvent, settings: RunSettings): RunStep {
  const { gate } = state;
  if (event.on === 'fenced') {
    const mended = forget(gate, new Set(gate.fenced.map(({ life }) => life)));
    return { state: { ...state, gate: mended }, effect: { do: 'tidy', epoch: gate.epoch } };
  }
  if (event.on !== 'tidied') return unasked(state, event);
  if (!settings.marks) return choose(state, false);
  return { state: { ...state, at: 'hearingMark', askedAt: event.now }, effect: readMembers(state) };
}

export function hearMark(state: At<'hearingMark'>, event: RunEvent): RunStep {
  if (event.on === 'waited') return { state, effect: readMembers(state) };
  if (event.on !== 'members') return unasked(state, event);
  const { heard, missing, outlived, overflowed } = hear(state, event.members, state.gate);
  const next = { ...state, ...heard };
  if (overflowed !== undefined) return finishWith(state.gate, { is: 'overflow', life: overflowed });
  if (missing.length === 0) return { state: { ...next, at: 'marking' }, effect: { do: 'mark' } };
  const late = isLate(event.now - state.askedAt, state.gate) ? missing : outlived;
  if (late.length === 0) return { state: next, effect: { do: 'wait' } };
  return fenceLate(fence(state.gate, late, event.storageNow), late);
}

/** Half a window is the time to answer; the other half is for the removals. */
export function isLate(waitedMs: number, gate: Gate): boolean {
  return waitedMs >= gate.durations.windowMs / 2;
}

function fenceLate(to: MarkingGate, late: readonly LifeId[]): RunStep {
  return { state: { at: 'fencing', to, late }, effect: { do: 'casGate', to } };
}

export function fencing(state: At<'fencing'>, event: RunEvent): RunStep {
  switch (event.on) {
    case 'doorClosed': // a window's door is closed before its gate is moved
      return { state, effect: { do: 'casGate', to: state.to } };
    case 'cas': // and the gate is moved before a stage is taken away: under a lost compare-and-set that would end a healthy life
      if (!event.won) return ended({ is: 'superseded' });
      return { state, effect: { do: 'fence', lives: state.late, waitMs: 0 } }; // the run that follows waits: it fences again, before it hears anybody
    case 'fenced':
      return ended({ is: 'fenced', lives: state.late });
    default:
      return unasked(state, event);
  }
}

export function marking(state: At<'marking'>, event: RunEvent): RunStep {
  if (event.on === 'requestsWait') return choose(state, true);
  if (event.on !== 'marked') return unasked(state, event);
  return { state: { ...state, at: 'planning' }, effect: { do: 'plan', heard: state.seeds } };
}

export function planned(state: At<'planning'>, event: RunEvent): RunStep {
  if (event.on !== 'planned') return unasked(state, event);
  return event.proceed ? choose(state, false) : finishWith(state.gate, { is: 'completed' });
}

export function choose(going: Going, duringMark: boolean): RunStep {
  const { gate, seeds, read } = going;
  return {
    state: { at: 'choosing', gate, seeds, read, duringMark },
    effect: { do: 'chooseBatch', requestsOnly: duringMark },
  };
}

export function finishWith(gate: MarkingGate, result: RunResult): RunStep {
  const to = finish(gate);
  return { state: { at: 'finishing', to, result }, effect: { do: 'casGate', to } };
}

function readMembers({ gate, read }: Going): { do: 'readMembers'; run: Going['gate']['run']; read: Going['read'] } {
  return { do: 'readMembers', run: gate.run, read };
}
