import { describe, expect, it } from 'vitest';
import { begin, closeWindow, declareReadOnly, fence, finish, type Gate, sweep } from './gate.ts';
import {
  type Acknowledgement,
  acknowledged,
  admit,
  beginLife,
  dueAcknowledgement,
  type GateReading,
  journalLimit,
  lastWord,
  leave,
  type LifeEffect,
  type LifeEnd,
  type LifeState,
  mayUseCache,
  mayWrite,
  type Serving,
  settle,
  takeReading,
  type Verdict,
  windowLapsed,
} from './life.ts';
import { parseStorageId } from './identity.ts';
import { TokenLog } from './journal.ts';
import { parseTokenHash, type TokenHash } from './token.ts';
import {
  executor,
  holdingGate,
  known,
  laterRun,
  life,
  markingGate,
  openGate,
  run,
  storage,
  token,
} from './testing/samples.ts';

const [a, b, c] = [token('a'), token('b'), token('c')];
const mine = life('mine');
const nothing: ReadonlySet<TokenHash> = new Set();

function reading(gate: Gate | undefined, more: Partial<GateReading> = {}): GateReading {
  return { askedAt: 0, answeredAt: 1, gate, held: nothing, recordStands: true, stageStands: true, ...more };
}

function serving(state: LifeState): Serving {
  if (state.at === 'ended') throw new Error(`the life ended: ${state.why}`);
  return state;
}

/** After readings of these gates, each asked at 0 and answered at 1. */
function having(...readings: readonly GateReading[]): Serving {
  return readings.reduce((state, each) => serving(takeReading(state, each).state), beginLife(mine, storage));
}

function admitted(state: Serving, operation: number, tokens: readonly TokenHash[], now = 1): Serving {
  const { state: next, verdict } = admit(state, operation, 'commit', tokens, now);
  expect(verdict).toEqual({ is: 'admitted' });
  return serving(next);
}

function due(state: LifeState): Acknowledgement {
  return known(dueAcknowledgement(state));
}

describe('a reading of the gate', () => {
  it('W3: gives a permit that counts from before the asking', () => {
    const { permit } = having(reading(openGate(), { askedAt: 3, answeredAt: 9 }));
    expect(permit).toEqual({ until: 13 });
  });

  it('W3: a window is counted from after the answer', () => {
    const state = having(reading(holdingGate(), { askedAt: 3, answeredAt: 9 }));
    expect(windowLapsed(state, 49)).toBe(false);
    expect(windowLapsed(state, 50)).toBe(true);
  });

  const otherStorage = known(parseStorageId('other'));
  const ends: { readonly why: LifeEnd; readonly reading: GateReading }[] = [
    { why: 'gateGone', reading: reading(undefined) },
    { why: 'otherStorage', reading: reading({ ...markingGate(), storage: otherStorage }) },
    { why: 'fenced', reading: reading(fence(markingGate(), [mine], 0)) },
    { why: 'recordGone', reading: reading(markingGate(), { recordStands: false }) },
    { why: 'stageGone', reading: reading(markingGate(), { stageStands: false }) },
    { why: 'gateOlder', reading: reading(openGate()) },
    { why: 'permitLapsed', reading: reading(markingGate(), { askedAt: 9, answeredAt: 10 }) },
  ];

  it.each(ends)('ends the life: $why', ({ why, reading: last }) => {
    expect(takeReading(having(reading(markingGate())), last)).toEqual({
      state: { at: 'ended', life: mine, why },
      effects: [{ do: 'end', why }],
    });
  });

  it('W7: goes on when the permit was renewed in the last moment', () => {
    const state = having(reading(markingGate()), reading(markingGate(), { askedAt: 8, answeredAt: 9 }));
    expect(state.permit).toEqual({ until: 18 });
  });

  it('W4: a first reading of HOLDING holds before it permits, and is acknowledged although MARKING was never seen', () => {
    const state = having(reading(holdingGate(), { held: new Set([a]) }));
    expect(admit(state, 1, 'commit', [a], 1).verdict).toEqual({ is: 'held' });
    expect(due(state)).toMatchObject({ epoch: 3, run, phase: 'HOLDING', entries: [] });
  });

  it('drops what is cached of the released first, and wakes who waits second', () => {
    const state = having(reading(holdingGate(), { held: new Set([a, b]) }));
    const narrower = reading(sweep(holdingGate(), { name: 'h', sha256: '', count: 1 }), { held: new Set([b]) });
    const { state: next, effects } = takeReading(state, narrower);
    expect(effects).toEqual<LifeEffect[]>([{ do: 'dropCached', tokens: new Set([a]) }, { do: 'wake' }]);
    expect(serving(next).held).toEqual(new Set([b]));
  });

  it('W3: holds until a newer gate releases, whatever the time', () => {
    const held = reading(holdingGate(), { held: new Set([a]) });
    const late = having(
      held,
      { ...held, askedAt: 5, answeredAt: 6 },
      { ...held, held: nothing, askedAt: 13, answeredAt: 14 },
    );
    expect(late.held).toEqual(new Set([a]));
    const closed = takeReading(late, reading(closeWindow(holdingGate()), { askedAt: 20, answeredAt: 21 }));
    expect(serving(closed.state).held).toEqual(nothing);
  });

  it('ignores a held set that comes with a gate that is no window', () => {
    expect(having(reading(markingGate(), { held: new Set([a]) })).held).toEqual(nothing);
  });
});

describe('admission', () => {
  const serves = having(reading(openGate()));
  const readOnlyGate = declareReadOnly(openGate(), { reason: 'backup', owner: 'night', since: 0 });
  const cases: {
    readonly name: string;
    readonly state: LifeState;
    readonly now: number;
    readonly verdict: Verdict['is'];
  }[] = [
    { name: 'under a permit', state: serves, now: 9, verdict: 'admitted' },
    { name: 'W4: before the first reading', state: beginLife(mine, storage), now: 0, verdict: 'noPermit' },
    { name: 'W7: after the permit', state: serves, now: 10, verdict: 'noPermit' },
    {
      name: 'touching the held set',
      state: having(reading(holdingGate(), { held: new Set([a]) })),
      now: 1,
      verdict: 'held',
    },
    {
      name: 'W6: beside the held set',
      state: having(reading(holdingGate(), { held: new Set([b]) })),
      now: 1,
      verdict: 'admitted',
    },
    { name: 'while leaving', state: leave(serves), now: 1, verdict: 'ended' },
    { name: 'after the end', state: takeReading(serves, reading(undefined)).state, now: 1, verdict: 'ended' },
    { name: 'in a registry declared read-only', state: having(reading(readOnlyGate)), now: 1, verdict: 'readOnly' },
  ];

  it.each(cases)('$name: $verdict', ({ state, now, verdict }) => {
    const outcome = admit(state, 1, 'commit', [a], now);
    expect(outcome.verdict.is).toBe(verdict);
    if (verdict !== 'admitted') expect(outcome.state).toBe(state);
  });

  it('lets promises be given in a registry declared read-only', () => {
    expect(admit(having(reading(readOnlyGate)), 1, 'promise', [a], 1).verdict).toEqual({ is: 'admitted' });
  });

  it('W7: journals, and counts as in flight, in the same step', () => {
    const state = admitted(serves, 1, [a, b]);
    expect([...state.journal]).toEqual([a, b]);
    expect(state.inFlight.get(1)).toEqual({ tokens: [a, b], order: 0 });
    expect([...serves.journal]).toEqual([]);
  });

  it('W7: allows writes to who was admitted, for as long as the permit never lapses', () => {
    const state = admitted(serves, 1, [a]);
    expect(mayWrite(state, 1, 9)).toBe(true);
    expect(mayWrite(state, 1, 10)).toBe(false);
    expect(mayWrite(state, 2, 9)).toBe(false);
    expect(mayWrite(settle(state, 1), 1, 9)).toBe(false);
    expect(mayWrite(takeReading(state, reading(undefined)).state, 1, 9)).toBe(false);
    expect(mayWrite({ ...beginLife(mine, storage), inFlight: state.inFlight }, 1, 0)).toBe(false);
  });

  it('settles only what is in flight', () => {
    const state = admitted(serves, 1, [a]);
    expect(settle(state, 2)).toBe(state);
    expect(serving(settle(state, 1)).inFlight.size).toBe(0);
    const ended = takeReading(state, reading(undefined)).state;
    expect(settle(ended, 1)).toBe(ended);
  });
});

describe('a cache', () => {
  it('answers for what is not held, under a permit', () => {
    const state = having(reading(holdingGate(), { held: new Set([a]) }));
    expect(mayUseCache(state, [b], 9)).toBe(true);
    expect(mayUseCache(state, [a], 9)).toBe(false);
    expect(mayUseCache(state, [b], 10)).toBe(false);
  });

  it('is silent before the first reading and after the end', () => {
    expect(mayUseCache(beginLife(mine, storage), [a], 0)).toBe(false);
    expect(mayUseCache(takeReading(having(reading(openGate())), reading(undefined)).state, [a], 0)).toBe(false);
  });
});

describe('an acknowledgement', () => {
  it.each([
    { name: 'before the first reading', state: beginLife(mine, storage) },
    { name: 'while open', state: having(reading(openGate())) },
    { name: 'while sweeping', state: having(reading(sweep(holdingGate(), { name: 'h', sha256: '', count: 0 }))) },
    { name: 'after the end', state: takeReading(having(reading(markingGate())), reading(undefined)).state },
  ])('is not due $name', ({ state }) => {
    expect(dueAcknowledgement(state)).toBeUndefined();
  });

  it('W2: is due once for each epoch of MARKING and HOLDING', () => {
    const marking = having(reading(markingGate()));
    const said = serving(acknowledged(marking, due(marking)));
    expect(dueAcknowledgement(said)).toBeUndefined();
    const holding = serving(takeReading(said, reading(holdingGate())).state);
    expect(due(holding)).toMatchObject({ epoch: 3, phase: 'HOLDING' });
  });

  it('W1: waits for what began before the run was seen', () => {
    const before = admitted(having(reading(openGate())), 1, [a]);
    const seen = serving(takeReading(before, reading(markingGate())).state);
    expect(dueAcknowledgement(seen)).toBeUndefined();
    expect([...seen.journal]).toEqual([]);
    expect(due(settle(seen, 1)).epoch).toBe(2);
  });

  it('W6: does not wait in MARKING for what began since', () => {
    const since = admitted(having(reading(markingGate())), 1, [a]);
    expect(due(since)).toMatchObject({ epoch: 2, entries: [a], segment: 0, touchedUpTo: 1 });
  });

  it('W1: waits in HOLDING for what touches the held set, and for nothing else', () => {
    const busy = admitted(admitted(having(reading(markingGate())), 1, [a]), 2, [b]);
    const holding = serving(takeReading(busy, reading(holdingGate(), { held: new Set([a]) })).state);
    expect(dueAcknowledgement(holding)).toBeUndefined();
    expect(dueAcknowledgement(settle(holding, 2))).toBeUndefined();
    expect(due(settle(holding, 1)).entries).toEqual([a, b]);
  });

  it('appends what is new since the last one, and never empties the journal', () => {
    const first = admitted(having(reading(markingGate())), 1, [a]);
    const said = serving(acknowledged(first, due(first)));
    const second = serving(takeReading(admitted(said, 2, [a, b]), reading(holdingGate())).state);
    expect(due(second)).toMatchObject({ entries: [b], segment: 1, touchedUpTo: 2 });
    expect([...second.journal]).toEqual([a, b]);
    const third = serving(acknowledged(second, due(second)));
    const quiet = serving(takeReading(third, reading(closeWindow(holdingGate()))).state);
    expect(due(quiet)).toMatchObject({ entries: [], segment: 2, touchedUpTo: 2 });
    expect(serving(acknowledged(quiet, due(quiet))).acknowledged.segments).toBe(2);
  });

  it('begins a new journal with a new run only', () => {
    const first = admitted(having(reading(markingGate())), 1, [a]);
    const said = serving(acknowledged(first, due(first)));
    const open = serving(takeReading(said, reading(finish(markingGate()))).state);
    expect([...open.journal]).toEqual([a]);
    const over = serving(takeReading(open, reading(begin(finish(markingGate()), laterRun, executor))).state);
    expect([...over.journal]).toEqual([]);
    expect(over.acknowledged).toMatchObject({ journalled: 0, segments: 0 });
    expect(over.before).toBe(1);
  });

  it('W2: of a run that is over changes nothing, and none counts after the end', () => {
    const marking = having(reading(markingGate()));
    const old = due(marking);
    const over = serving(takeReading(marking, reading(begin(markingGate(), laterRun, executor))).state);
    expect(acknowledged(over, old)).toBe(over);
    const ended = takeReading(marking, reading(undefined)).state;
    expect(acknowledged(ended, old)).toBe(ended);
  });

  it('says so when the journal is full, and journals no more', () => {
    const full = TokenLog.empty.with(
      Array.from({ length: journalLimit }, (_, at) => known(parseTokenHash(at.toString(16).padStart(32, '0')))),
    );
    const state = admitted({ ...having(reading(markingGate())), journal: full }, 1, [c]);
    expect(state.journal.size).toBe(journalLimit);
    expect(due(state).overflow).toBe(true);
    expect(due(having(reading(markingGate()))).overflow).toBe(false);
  });
});

describe('leaving', () => {
  it('has its last word when all operations have settled', () => {
    const busy = leave(admitted(having(reading(markingGate())), 1, [a]));
    expect(lastWord(busy)).toBeUndefined();
    expect(lastWord(settle(busy, 1))).toMatchObject({ epoch: 2, run, entries: [a], touchedUpTo: 1 });
  });

  it('tells a life that saw no gate, or no run, from one that did', () => {
    expect(lastWord(leave(beginLife(mine, storage)))).toEqual({ nothingSeen: true });
    expect(lastWord(leave(having(reading(openGate()))))).toEqual({ nothingSeen: true });
  });

  it('has no last word while it serves, or after its end', () => {
    const serves = having(reading(markingGate()));
    const ended = takeReading(serves, reading(undefined)).state;
    expect(lastWord(serves)).toBeUndefined();
    expect(lastWord(ended)).toBeUndefined();
    expect(leave(ended)).toBe(ended);
  });

  it('still acknowledges, so that no run waits for the last upload', () => {
    const busy = leave(admitted(having(reading(markingGate())), 1, [a]));
    expect(due(busy).entries).toEqual([a]);
  });
});

describe('the lapse of a window', () => {
  it.each([
    { name: 'before the first reading', state: beginLife(mine, storage) },
    { name: 'in a mark', state: having(reading(markingGate())) },
    { name: 'after the end', state: takeReading(having(reading(holdingGate())), reading(undefined)).state },
  ])('is nothing to act on $name', ({ state }) => {
    expect(windowLapsed(state, 1_000)).toBe(false);
  });

  it('W5: comes for a window that holds nothing, too', () => {
    const empty = having(reading(sweep(holdingGate(), { name: 'h', sha256: '', count: 0 })));
    expect(windowLapsed(empty, 42)).toBe(true);
  });
});
