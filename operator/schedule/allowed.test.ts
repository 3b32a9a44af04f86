import { describe, expect, it } from 'vitest';
import { type Allowed, type AllowedSpec, isOpen, opensAt, parseAllowed } from './allowed.ts';

function allowedOf(spec: AllowedSpec | undefined, timeZone = 'UTC'): Allowed {
  const parsed = parseAllowed(spec, timeZone);
  if (!parsed.ok) throw new Error(parsed.mistakes.map(({ path, says }) => `${path}: ${says}`).join('\n'));
  return parsed.value;
}

const at = Date.parse;
const nights: AllowedSpec = [{ schedule: '0 2 * * *', duration: '2h' }];
const touching: AllowedSpec = [
  ...nights,
  { schedule: '30 3 * * *', duration: '1h' },
  { schedule: '30 4 * * *', duration: '30m' },
];

describe('allowed periods', () => {
  const cases: {
    name: string;
    spec: AllowedSpec | undefined;
    now: string;
    open: boolean;
    opens?: string;
  }[] = [
    {
      name: 'none said: always open',
      spec: undefined,
      now: '2026-01-05T12:00:00Z',
      open: true,
      opens: '2026-01-05T12:00:00Z',
    },
    {
      name: 'before it begins',
      spec: nights,
      now: '2026-01-05T01:59:59.999Z',
      open: false,
      opens: '2026-01-05T02:00:00Z',
    },
    {
      name: 'as it begins',
      spec: nights,
      now: '2026-01-05T02:00:00Z',
      open: true,
      opens: '2026-01-05T02:00:00Z',
    },
    {
      name: 'as it ends',
      spec: nights,
      now: '2026-01-05T04:00:00Z',
      open: false,
      opens: '2026-01-06T02:00:00Z',
    },
    {
      name: 'several that overlap and touch are one',
      spec: touching,
      now: '2026-01-05T02:10:00Z',
      open: true,
      opens: '2026-01-05T02:10:00Z',
    },
    {
      name: 'one over midnight',
      spec: [{ schedule: '0 22 * * *', duration: '4h' }],
      now: '2026-01-05T01:00:00Z',
      open: true,
      opens: '2026-01-05T01:00:00Z',
    },
    {
      name: 'one that never closes',
      spec: [{ schedule: '0 * * * *', duration: '1h' }],
      now: '2026-01-05T01:00:00Z',
      open: true,
      opens: '2026-01-05T01:00:00Z',
    },
    {
      name: 'one longer than the time between its slots',
      spec: [{ schedule: '*/10 * * * *', duration: '1h30m' }],
      now: '2026-01-05T01:00:00Z',
      open: true,
      opens: '2026-01-05T01:00:00Z',
    },
  ];
  it.each(cases)('$name', ({ spec, now, open, opens }) => {
    const allowed = allowedOf(spec);
    expect(isOpen(allowed, at(now))).toBe(open);
    expect(opensAt(allowed, at(now))).toBe(opens === undefined ? undefined : at(opens));
  });

  it('last as long as they say also when clocks change meanwhile', () => {
    const allowed = allowedOf([{ schedule: '0 1 * * *', duration: '3h' }], 'Europe/Berlin');
    expect(isOpen(allowed, at('2026-10-25T01:59:59Z'))).toBe(true);
    expect(isOpen(allowed, at('2026-10-25T02:00:00Z'))).toBe(false);
  });

  it('are refused with every mistake and its place', () => {
    const spec = [
      { schedule: '0 2 * * *', duration: '2d' },
      { schedule: '0 2 * *', duration: '0s' },
    ];
    expect(() => allowedOf(spec, 'Nowhere')).toThrow(
      [
        'spec.collection.timeZone: must be a time zone such as Europe/Berlin, got "Nowhere"',
        'spec.collection.allowed[0].duration: must be a time such as 2h or 1h30m, from 1m to 168h, got "2d"',
        'spec.collection.allowed[1].schedule: must be the five fields of cron (minute, hour, day of the month, month, day of the week), got "0 2 * *"',
        'spec.collection.allowed[1].duration: must be a time such as 2h or 1h30m, from 1m to 168h, got "0s"',
      ].join('\n'),
    );
    expect(() => allowedOf([])).toThrow('allows no time at all');
  });
});
