import { describe, expect, it } from 'vitest';
import { begin, closeWindow, declareReadOnly, fence, finish, isFenced, openUp, sweep } from '../gate.ts';
import { TokenLog } from '../journal.ts';
import {
  answered,
  executor,
  held,
  holdingGate,
  laterRun,
  life,
  markingGate,
  member,
  openGate,
  run,
  token,
  window,
} from '../testing/samples.ts';
import { startRun, stepRun } from './machine.ts';
import type { InWindow, RunEvent, RunSettings, RunState, RunStep } from './state.ts';

type At = RunState['at'];
type On = RunEvent['on'];

const settings: RunSettings = { run, executor, marks: true, overMarking: true, attemptMs: 5 };
const heard = { seeds: TokenLog.empty, read: new Map<never, never>() };
const going = { gate: markingGate(), ...heard };
const inWindow: InWindow = { gate: holdingGate(), ...heard, openedAt: 100, duringMark: false };
const everybody = [member(life('a'), { acknowledged: answered(2) }), member(life('b'), { left: true })];
const completed = { is: 'completed' } as const;

const states: { readonly [S in At]: Extract<RunState, { readonly at: S }> } = {
  looking: { at: 'looking' },
  waitingOut: { at: 'waitingOut', gate: holdingGate(), since: 100 },
  clearing: { at: 'clearing', gate: holdingGate() },
  beginning: { at: 'beginning', to: markingGate() },
  mending: { at: 'mending', ...going },
  hearingMark: { at: 'hearingMark', askedAt: 100, ...going },
  marking: { at: 'marking', ...going },
  planning: { at: 'planning', ...going },
  choosing: { at: 'choosing', duringMark: false, ...going },
  opening: { at: 'opening', ...inWindow },
  hearingWindow: { at: 'hearingWindow', ...inWindow },
  sparing: { at: 'sparing', ...inWindow },
  narrowing: { at: 'narrowing', ...inWindow },
  sweeping: { at: 'sweeping', ...inWindow },
  settling: { at: 'settling', ...inWindow },
  fencing: { at: 'fencing', late: [life('late')], to: markingGate() },
  finishing: { at: 'finishing', to: finish(markingGate()), result: completed },
  ended: { at: 'ended', result: completed },
};

const now = 101;
const events: { readonly [E in On]: Extract<RunEvent, { readonly on: E }> } = {
  gate: { on: 'gate', now, gate: openGate() },
  waited: { on: 'waited', now },
  cas: { on: 'cas', now, won: true },
  doorClosed: { on: 'doorClosed', now },
  fenced: { on: 'fenced', now },
  tidied: { on: 'tidied', now },
  members: { on: 'members', now, members: [member(life('b'), { left: true })], storageNow: 7 },
  marked: { on: 'marked', now },
  requestsWait: { on: 'requestsWait', now },
  planned: { on: 'planned', now, proceed: true },
  batch: { on: 'batch', now, batch: { window, held, expires: 9, tombstones: [token('a')] } },
  noBatch: { on: 'noBatch', now },
  spared: { on: 'spared', now, left: held },
  removed: { on: 'removed', now, more: true },
  windowOver: { on: 'windowOver', now },
  settled: { on: 'settled', now },
  stop: { on: 'stop', now, why: 'cancelled' },
};

/** Where each event leads when all goes well; an event that is not named is no outcome of what the state waits for. */
const table: Record<At, Partial<Record<On, At>>> = {
  looking: { gate: 'beginning', stop: 'ended' },
  waitingOut: { waited: 'waitingOut', gate: 'beginning', stop: 'ended' },
  clearing: { doorClosed: 'clearing', cas: 'looking', stop: 'ended' },
  beginning: { cas: 'mending', stop: 'ended' },
  mending: { fenced: 'mending', tidied: 'hearingMark', stop: 'finishing' },
  hearingMark: { waited: 'hearingMark', members: 'marking', stop: 'finishing' },
  marking: { marked: 'planning', requestsWait: 'choosing', stop: 'finishing' },
  planning: { planned: 'choosing', stop: 'finishing' },
  choosing: { batch: 'opening', noBatch: 'finishing', stop: 'finishing' },
  opening: { cas: 'hearingWindow', stop: 'ended' },
  hearingWindow: { waited: 'hearingWindow', members: 'sparing', stop: 'settling' },
  sparing: { spared: 'narrowing', stop: 'settling' },
  narrowing: { cas: 'sweeping', stop: 'ended' },
  sweeping: { removed: 'sweeping', windowOver: 'ended', stop: 'settling' },
  settling: { settled: 'settling', doorClosed: 'settling', cas: 'choosing', stop: 'ended' },
  fencing: { doorClosed: 'fencing', cas: 'fencing', fenced: 'ended', stop: 'ended' },
  finishing: { cas: 'ended', stop: 'ended' },
  ended: { stop: 'ended' },
};

function ats(): readonly At[] {
  return Object.values(states).map(({ at }) => at);
}

function step<S extends At>(
  at: S,
  event: RunEvent,
  more: Partial<(typeof states)[S]> = {},
  set: Partial<RunSettings> = {},
): RunStep {
  return stepRun({ ...states[at], ...more }, event, { ...settings, ...set });
}

describe('a run', () => {
  const rows = ats().flatMap((at) =>
    Object.values(events).map((event) => ({ at, event, on: event.on, to: table[at][event.on] })),
  );

  it.each(rows)('$at, $on: $to', ({ at, event, to }) => {
    if (to === undefined) expect(() => step(at, event)).toThrow(`a run that is ${at} cannot take "${event.on}"`);
    else {
      const { state, effect } = step(at, event);
      expect(state.at).toBe(to);
      expect(effect === undefined).toBe(to === 'ended');
    }
  });

  it('begins with a look at the gate', () => {
    expect(startRun()).toEqual({ state: { at: 'looking' }, effect: { do: 'readGate' } });
  });

  it.each(['beginning', 'opening', 'narrowing', 'settling', 'fencing', 'finishing'] as const)(
    'W2: ends, touching nothing more, when its compare-and-set is lost: %s',
    (at) => {
      expect(step(at, { on: 'cas', now, won: false })).toEqual({
        state: { at: 'ended', result: { is: 'superseded' } },
        effect: undefined,
      });
    },
  );
});

describe('the beginning of a run', () => {
  it.each([
    {
      name: 'a mark, unless it may begin over one',
      gate: markingGate(laterRun),
      result: { is: 'busy', gate: markingGate(laterRun) },
    },
    {
      name: 'a declared read-only',
      gate: declareReadOnly(openGate(), { reason: 'backup', owner: 'night', since: 0 }),
      result: { is: 'readOnly', reason: 'backup' },
    },
  ])('stops before $name', ({ gate, result }) => {
    expect(step('looking', { on: 'gate', now, gate }, {}, { overMarking: false }).state).toEqual({
      at: 'ended',
      result,
    });
  });

  it('begins over a mark of another run, under its own name', () => {
    const { effect } = step('looking', { on: 'gate', now, gate: markingGate(laterRun) });
    expect(effect).toEqual({ do: 'casGate', to: begin(markingGate(laterRun), run, executor) });
  });

  it('W5: waits out the window of another, counted from its own first sight of it', () => {
    const first = step('looking', { on: 'gate', now: 100, gate: holdingGate() });
    expect(first).toEqual({ state: states.waitingOut, effect: { do: 'wait' } });
    const early = step('waitingOut', { on: 'gate', now: 140, gate: holdingGate() });
    expect(early).toEqual({ state: states.waitingOut, effect: { do: 'wait' } });
    const lapsed = step('waitingOut', { on: 'gate', now: 141, gate: holdingGate() });
    expect(lapsed).toEqual({ state: states.clearing, effect: { do: 'closeDoor', window } });
  });

  it('W5: begins to count again when the window has moved on', () => {
    const swept = sweep(holdingGate(), held);
    const { state } = step('waitingOut', { on: 'gate', now: 150, gate: swept });
    expect(state).toEqual({ at: 'waitingOut', gate: swept, since: 150 });
  });

  it('closes the door of a lapsed window before it moves the gate, and then looks again, won or lost', () => {
    expect(step('clearing', events.doorClosed).effect).toEqual({ do: 'casGate', to: openUp(holdingGate()) });
    expect(step('clearing', { on: 'cas', now, won: false })).toEqual(startRun());
  });

  it('W1: finishes fences that were begun before it hears anybody, and forgets them only then', () => {
    const to = fence(markingGate(), [life('late')], 3);
    const begun = step('beginning', events.cas, { to });
    expect(begun.effect).toEqual({ do: 'fence', lives: ['late'], waitMs: 10 });
    const mended = stepRun(begun.state, events.fenced, settings);
    expect(mended.effect).toEqual({ do: 'tidy', epoch: to.epoch });
    expect(mended.state).toMatchObject({ at: 'mending', gate: { epoch: to.epoch, fenced: [] } });
    expect(isFenced(to, life('late'))).toBe(true);
  });

  it('waits for nobody where nobody is fenced', () => {
    expect(step('beginning', events.cas).effect).toEqual({ do: 'fence', lives: [], waitMs: 0 });
  });

  it('goes straight to a window when it serves requests only', () => {
    const { state, effect } = step('mending', events.tidied, {}, { marks: false });
    expect(state.at).toBe('choosing');
    expect(effect).toEqual({ do: 'chooseBatch', requestsOnly: false });
  });

  it('hears the members of its own run, from where it has read', () => {
    const read = new Map([[life('a'), 2]]);
    expect(step('mending', events.tidied, { read }).effect).toEqual({ do: 'readMembers', run, read });
  });
});

describe('hearing in a run', () => {
  const missing = [member(life('late')), ...everybody];

  it.each([
    { at: 'hearingMark', answeredEpoch: 2 },
    { at: 'hearingWindow', answeredEpoch: 3 },
  ] as const)('W1: waits for a member that has not answered: $at', ({ at }) => {
    const { state, effect } = step(at, { on: 'members', now: 119, members: missing, storageNow: 7 });
    expect(state.at).toBe(at);
    expect(effect).toEqual({ do: 'wait' });
  });

  it('W1: fences who has not answered MARKING in half a window: the gate first, the stage second', () => {
    const asked = step('hearingMark', { on: 'members', now: 120, members: missing, storageNow: 7 });
    const to = fence(markingGate(), [life('late')], 7);
    expect(asked).toEqual({ state: { at: 'fencing', late: ['late'], to }, effect: { do: 'casGate', to } });
    const won = stepRun(asked.state, events.cas, settings);
    expect(won.effect).toEqual({ do: 'fence', lives: ['late'], waitMs: 0 });
    expect(stepRun(won.state, events.fenced, settings).state).toEqual({
      at: 'ended',
      result: { is: 'fenced', lives: ['late'] },
    });
  });

  it('W1: fences who has not answered HOLDING: the door first, then one compare-and-set that ends the window and fences', () => {
    const late = [member(life('late')), member(life('a'), { acknowledged: answered(3) })];
    const asked = step('hearingWindow', { on: 'members', now: 120, members: late, storageNow: 7 });
    expect(asked.effect).toEqual({ do: 'closeDoor', window });
    const closed = stepRun(asked.state, events.doorClosed, settings);
    const marking = closeWindow(holdingGate());
    expect(closed.effect).toEqual({ do: 'casGate', to: { ...marking, fenced: [{ life: 'late', at: 7 }] } });
  });

  it.each(['hearingMark', 'hearingWindow'] as const)('fences at once whose process has registered again: %s', (at) => {
    const process = { instance: 'one process' };
    const members = [member(life('older'), process), member(life('newer'), { ...process, generation: 1 })];
    expect(step(at, { on: 'members', now: 101, members, storageNow: 7 }).state).toMatchObject({
      at: 'fencing',
      late: ['older'],
    });
  });

  it('takes along what it hears, whether or not it may go on', () => {
    const touched = [token('a')];
    const slow = member(life('slow'), { acknowledged: answered(1, { segments: 1 }) }, touched);
    const { state } = step('hearingMark', { on: 'members', now: 101, members: [slow], storageNow: 7 });
    if (state.at !== 'hearingMark') throw new Error(`it went to ${state.at}`);
    expect([...state.seeds]).toEqual(touched);
    expect(state.read).toEqual(new Map([['slow', 1]]));
  });

  const overflowing = [member(life('full'), { acknowledged: answered(2, { overflow: true }) })];
  const overflow = { is: 'overflow', life: 'full' } as const;

  it('G1: ends with nothing removed when a journal was full at MARKING', () => {
    const { state, effect } = step('hearingMark', { on: 'members', now, members: overflowing, storageNow: 7 });
    expect(state).toEqual({ at: 'finishing', to: finish(markingGate()), result: overflow });
    expect(effect).toEqual({ do: 'casGate', to: finish(markingGate()) });
  });

  it('G1: leaves the window in order when a journal was full at HOLDING', () => {
    const { state, effect } = step('hearingWindow', { on: 'members', now, members: overflowing, storageNow: 7 });
    expect(state).toMatchObject({ at: 'settling', result: overflow });
    expect(effect).toEqual({ do: 'settle', window });
    const closed = stepRun(state, events.doorClosed, settings);
    expect(closed.effect).toEqual({ do: 'casGate', to: openUp(holdingGate()) });
    expect(stepRun(closed.state, events.cas, settings).state).toEqual({ at: 'ended', result: overflow });
  });
});

describe('a window of a run', () => {
  it('F6: what gets a tombstone spares from the first moment', () => {
    const { state } = step('choosing', events.batch, { seeds: TokenLog.empty.with([token('b')]) });
    if (state.at !== 'opening') throw new Error(`it went to ${state.at}`);
    expect([...state.seeds]).toEqual([token('b'), token('a')]);
    expect(state.openedAt).toBe(now);
  });

  it('spares all that was heard since the run began', () => {
    const seeds = TokenLog.empty.with([token('b')]);
    const touching = [member(life('a'), { acknowledged: answered(3, { segments: 1 }) }, [token('c')])];
    const { effect } = step('hearingWindow', { on: 'members', now, members: touching, storageNow: 7 }, { seeds });
    if (effect?.do !== 'spare') throw new Error('it does not spare');
    expect([...effect.heard]).toEqual([token('b'), token('c')]);
    expect(effect.window).toBe(window);
  });

  it('skips the sweep when nothing is left, and still leaves the window', () => {
    const { state, effect } = step('sparing', { on: 'spared', now, left: { ...held, count: 0 } });
    expect(state.at).toBe('settling');
    expect(effect).toEqual({ do: 'settle', window });
  });

  it('sweeps what is left, and no more', () => {
    const left = { name: 'narrower', sha256: '', count: 1 };
    expect(step('sparing', { on: 'spared', now, left }).effect).toEqual({
      do: 'casGate',
      to: sweep(holdingGate(), left),
    });
  });

  it.each([
    { name: 'more, and time', removed: { more: true, now: 134 }, to: 'sweeping' },
    { name: 'more, and no time for one more attempt', removed: { more: true, now: 135 }, to: 'settling' },
    { name: 'nothing more', removed: { more: false, now: 101 }, to: 'settling' },
  ])('goes on removing: $name: $to', ({ removed, to }) => {
    expect(step('sweeping', { on: 'removed', ...removed }).state.at).toBe(to);
  });

  it('settles, closes its door, and moves the gate last', () => {
    const settled = step('settling', events.settled);
    expect(settled.effect).toEqual({ do: 'closeDoor', window });
    const closed = stepRun(settled.state, events.doorClosed, settings);
    expect(closed.effect).toEqual({ do: 'casGate', to: closeWindow(holdingGate()) });
    const over = stepRun(closed.state, events.cas, settings);
    expect(over.state).toMatchObject({ at: 'choosing', gate: closeWindow(holdingGate()), duringMark: false });
  });

  it('goes back to the mark that was reading behind it', () => {
    expect(step('settling', events.cas, { duringMark: true })).toMatchObject({
      state: { at: 'marking' },
      effect: { do: 'mark' },
    });
  });

  it('carries what it heard into the next window', () => {
    const seeds = TokenLog.empty.with([token('a')]);
    const read = new Map([[life('a'), 3]]);
    expect(step('settling', events.cas, { seeds, read }).state).toMatchObject({ seeds, read });
  });
});

describe('choosing', () => {
  it('serves requests only while the mark is reading, and goes back to it when there are none', () => {
    const { state, effect } = step('marking', events.requestsWait);
    expect(effect).toEqual({ do: 'chooseBatch', requestsOnly: true });
    expect(stepRun(state, events.noBatch, settings)).toMatchObject({
      state: { at: 'marking' },
      effect: { do: 'mark' },
    });
  });

  it('ends the run when nothing is left, or the plan asks for nothing', () => {
    const done = { at: 'finishing', to: finish(markingGate()), result: completed };
    expect(step('choosing', events.noBatch).state).toEqual(done);
    expect(step('planning', { on: 'planned', now, proceed: false }).state).toEqual(done);
  });

  it('plans over all that was heard', () => {
    const seeds = TokenLog.empty.with([token('a')]);
    expect(step('marking', events.marked, { seeds }).effect).toEqual({ do: 'plan', heard: seeds });
  });
});

describe('a run that is stopped', () => {
  const stopped = { is: 'stopped', why: 'cancelled' };

  it('gives the gate back in order, and says why', () => {
    const { state } = step('marking', events.stop);
    expect(state).toMatchObject({ at: 'finishing', result: stopped });
    expect(stepRun(state, events.cas, settings).state).toEqual({ at: 'ended', result: stopped });
  });

  it('leaves its window in order', () => {
    expect(step('sweeping', events.stop)).toMatchObject({
      state: { at: 'settling', result: stopped },
      effect: { do: 'settle' },
    });
  });
});
