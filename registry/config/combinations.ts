import type { Values } from './keys.ts';
import type { Mistake } from './mistake.ts';

/** Combinations of durations that would break a promise (design section 6), each with the reason. */
export function refusedCombinations(values: Values): readonly Mistake[] {
  const permitTTL = values['coppice.permitTTL'];
  const window = values['coppice.window'];
  const rules: readonly (readonly [key: string, isRefused: boolean, says: string])[] = [
    [
      'coppice.permitTTL',
      permitTTL < 1000,
      'must be at least 1s: a shorter permit lapses between two looks at the storage',
    ],
    [
      'coppice.window',
      window < 2 * permitTTL,
      'must be at least twice coppice.permitTTL: half of it is the time to acknowledge',
    ],
    [
      'coppice.promiseTTL',
      values['coppice.promiseTTL'] < permitTTL + window,
      'must be at least coppice.permitTTL + coppice.window: a promise must outlast a window that began before it',
    ],
    ['coppice.minAge', values['coppice.minAge'] < permitTTL, 'must be at least coppice.permitTTL'],
    [
      'coppice.holdBudget',
      values['coppice.holdBudget'] > window,
      'must not be longer than coppice.window: no window holds anything longer',
    ],
  ];
  return rules.filter(([, isRefused]) => isRefused).map(([key, , says]) => ({ key, says }));
}
