import { describe, expect, it } from 'vitest';
import {
  begin,
  closeWindow,
  declareReadOnly,
  fence,
  finish,
  firstGate,
  forget,
  type Gate,
  hold,
  isFenced,
  isWindow,
  openUp,
  sweep,
  withdrawReadOnly,
} from './gate.ts';
import {
  durations,
  executor,
  held,
  holdingGate,
  laterRun,
  life,
  markingGate,
  openGate,
  run,
  storage,
  window,
} from './testing/samples.ts';

const narrower = { name: 'held-1-narrowed', sha256: '', count: 0 };
const sweeping = sweep(holdingGate(), narrower);
const readOnly = { reason: 'backup', owner: 'night', since: 5 };

interface Transition {
  readonly name: string;
  readonly from: Gate;
  readonly to: Gate;
  readonly phase: Gate['phase'];
}

/** Every transition there is; what is missing here does not exist, because the types of `gate.ts` do not admit it. */
const transitions: readonly Transition[] = [
  { name: 'a run begins', from: openGate(), to: begin(openGate(), run, executor), phase: 'MARKING' },
  {
    name: 'a later run begins over a mark',
    from: markingGate(),
    to: begin(markingGate(), laterRun, executor),
    phase: 'MARKING',
  },
  { name: 'a window opens', from: markingGate(), to: hold(markingGate(), window, held, 9), phase: 'HOLDING' },
  { name: 'the spared are released', from: holdingGate(), to: sweep(holdingGate(), narrower), phase: 'SWEEPING' },
  {
    name: 'a window with nothing left is closed',
    from: holdingGate(),
    to: closeWindow(holdingGate()),
    phase: 'MARKING',
  },
  { name: 'a window is closed', from: sweeping, to: closeWindow(sweeping), phase: 'MARKING' },
  { name: 'a window lapses before its sweep', from: holdingGate(), to: openUp(holdingGate()), phase: 'OPEN' },
  { name: 'a window lapses', from: sweeping, to: openUp(sweeping), phase: 'OPEN' },
  { name: 'a run ends', from: markingGate(), to: finish(markingGate()), phase: 'OPEN' },
  { name: 'a life is fenced while open', from: openGate(), to: fence(openGate(), [life('a')], 7), phase: 'OPEN' },
  {
    name: 'a life is fenced in a mark',
    from: markingGate(),
    to: fence(markingGate(), [life('a')], 7),
    phase: 'MARKING',
  },
  { name: 'an owner declares read-only', from: openGate(), to: declareReadOnly(openGate(), readOnly), phase: 'OPEN' },
  { name: 'an owner withdraws it', from: markingGate(), to: withdrawReadOnly(markingGate()), phase: 'MARKING' },
];

describe('gate', () => {
  it('begins open, at epoch 1, with nobody fenced', () => {
    expect(firstGate(storage, durations)).toEqual({ storage, epoch: 1, durations, fenced: [], phase: 'OPEN' });
  });

  it.each(transitions)('W2: $name: a new epoch of the same storage', ({ from, to, phase }) => {
    expect(to.phase).toBe(phase);
    expect(to.epoch).toBe(from.epoch + 1);
    expect(to.storage).toBe(from.storage);
    expect(to.durations).toEqual(from.durations);
  });

  it.each([
    { name: 'open', gate: openGate(), is: false },
    { name: 'marking', gate: markingGate(), is: false },
    { name: 'holding', gate: holdingGate(), is: true },
    { name: 'sweeping', gate: sweeping, is: true },
  ])('is a window: $name, $is', ({ gate, is }) => {
    expect(isWindow(gate)).toBe(is);
  });

  it('keeps window, run, executor and expiry from HOLDING to SWEEPING, and holds what is left', () => {
    expect(sweeping).toMatchObject({ window, run, executor, expires: 1_000, held: narrower });
  });

  it.each([
    { name: 'closed', gate: closeWindow(sweeping) },
    { name: 'lapsed', gate: openUp(sweeping) },
  ])('holds nothing once its window is $name, and goes on with the run', ({ gate }) => {
    expect(gate).not.toHaveProperty('held');
    expect(gate).not.toHaveProperty('window');
    expect(gate.run).toBe(run);
  });

  it('carries the fenced, and a declared read-only, through every phase', () => {
    const start = declareReadOnly(fence(openGate(), [life('a')], 7), readOnly);
    let gate: Gate = begin(start, run, executor);
    for (const after of [
      gate,
      (gate = hold(begin(start, run, executor), window, held, 9)),
      (gate = sweep(gate, narrower)),
      closeWindow(gate),
      openUp(gate),
    ]) {
      expect(after.readOnly).toEqual(readOnly);
      expect(isFenced(after, life('a'))).toBe(true);
    }
    expect(withdrawReadOnly(start)).not.toHaveProperty('readOnly');
  });

  it('fences a life once, at the time of the first fencing', () => {
    const twice = fence(fence(openGate(), [life('a')], 7), [life('a'), life('b')], 9);
    expect(twice.fenced).toEqual([
      { life: 'a', at: 7 },
      { life: 'b', at: 9 },
    ]);
    expect(isFenced(twice, life('c'))).toBe(false);
  });

  it('forgets whose record and stage are gone, and nobody else', () => {
    const gate = fence(markingGate(), [life('a'), life('b')], 7);
    const left = forget(gate, new Set([life('a')]));
    expect(left.fenced).toEqual([{ life: 'b', at: 7 }]);
    expect(left.epoch).toBe(gate.epoch);
  });
});
