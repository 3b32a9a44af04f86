import { describe, expect, it } from 'vitest';
import { parseInstant } from './instant.ts';

describe('a moment', () => {
  it.each([
    { text: '2026-11-20T00:00:00Z', iso: '2026-11-20T00:00:00.000Z' },
    { text: '2026-11-20T01:30:00+01:30', iso: '2026-11-20T00:00:00.000Z' },
    { text: '2026-11-20T23:59:59.123999999Z', iso: '2026-11-20T23:59:59.123Z' },
    { text: '2024-02-29T00:00:00-05:00', iso: '2024-02-29T05:00:00.000Z' },
  ])('is $text', ({ text, iso }) => {
    expect(parseInstant(text)).toBe(Date.parse(iso));
  });

  it.each([
    '2026-11-20',
    '2026-11-20T00:00:00',
    '2026-11-20 00:00:00Z',
    '2026-02-30T00:00:00Z',
    '2025-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-11-20T24:00:00Z',
    '2026-11-20T00:00:00+99:00',
    '2026-11-20T00:00:00Z\n',
    '-7d',
    '',
  ])('is not %j', (text) => {
    expect(parseInstant(text)).toBeUndefined();
  });
});
