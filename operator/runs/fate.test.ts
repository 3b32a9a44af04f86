import { describe, expect, it } from 'vitest';
import { endedView, startingView } from '../admin/testing/runViews.ts';
import { fateOf, pauseBeforeNext } from './fate.ts';

const cases: { mode: 'plan' | 'execute'; reason?: string; succeeded?: boolean; fate: string }[] = [
  { mode: 'execute', fate: 'going' },
  { mode: 'execute', reason: 'Completed', fate: 'succeeded' },
  { mode: 'plan', reason: 'Preview', succeeded: true, fate: 'succeeded' },
  { mode: 'execute', reason: 'Preview', succeeded: true, fate: 'retry' },
  ...['Busy', 'Superseded', 'Fenced', 'StorageError', 'Overflow', 'ReadOnly', 'ProtectionsStale', 'Cancelled'].map(
    (reason) => ({ mode: 'execute' as const, reason, fate: 'retry' }),
  ),
  ...['Doubt', 'ForeignWriter', 'LimitExceeded', 'PlanChanged', 'NeverHeardOf'].map((reason) => ({
    mode: 'execute' as const,
    reason,
    fate: 'refused',
  })),
];

describe('the fate of a run', () => {
  it.each(cases)('in mode $mode that ended as $reason is $fate', ({ mode, reason, succeeded, fate }) => {
    const going = startingView({ id: 'r', mode });
    const view =
      reason === undefined ? going : endedView(going, { reason, ...(succeeded === undefined ? {} : { succeeded }) });
    expect(fateOf(view).is).toBe(fate);
  });

  it('leads to the next attempt ever later, but for one that was stopped only', () => {
    const pauses = [1, 2, 3, 9, 10, 1000].map((attempt) => pauseBeforeNext('Busy', attempt));
    expect(pauses).toEqual([1000, 2000, 4000, 256_000, 300_000, 300_000]);
    expect(pauseBeforeNext('Cancelled', 7)).toBe(0);
  });
});
