import { describe, expect, it } from 'vitest';
import { parseDuration } from './duration.ts';

describe('an age', () => {
  it.each([
    { text: '90d', ms: 90 * 86_400_000 },
    { text: '1w12h', ms: 7 * 86_400_000 + 12 * 3_600_000 },
    { text: '5m30s', ms: 330_000 },
    { text: '0s', ms: 0 },
    { text: '36500d', ms: 36_500 * 86_400_000 },
  ])('of $text is $ms ms', ({ text, ms }) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each([
    '',
    '90',
    'd',
    '90 days',
    '-1d',
    '1.5h',
    '1ms',
    '90D',
    '1d\n',
    '36501d',
    `${'9'.repeat(60)}d`,
    '1s'.repeat(33),
  ])('is not %j', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});
