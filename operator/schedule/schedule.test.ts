import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSchedule, type Schedule } from './schedule.ts';

const place = { schedule: 'spec.schedule', timeZone: 'spec.timeZone' };

function scheduleOf(cron: string, timeZone?: string): Schedule {
  const parsed = parseSchedule(cron, timeZone, place);
  if (!parsed.ok) throw new Error(parsed.mistakes.map(({ path, says }) => `${path}: ${says}`).join('\n'));
  return parsed.value;
}

/** The slots of a day, as times of UTC. */
function slotsOf(cron: string, timeZone: string, from: string, to: string): readonly string[] {
  const schedule = scheduleOf(cron, timeZone);
  const slots: string[] = [];
  for (let at = Date.parse(from) - 1; slots.length < 100;) {
    const slot = schedule.next(at);
    if (slot === undefined || slot >= Date.parse(to)) break;
    slots.push(new Date(slot).toISOString().slice(11, 16));
    at = slot;
  }
  return slots;
}

// Berlin: 02:00–03:00 did not exist on 29 March 2026, and comes twice on 25 October 2026.
const gapDay = ['2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z'] as const;
const longDay = ['2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z'] as const;

describe('a schedule when clocks change', () => {
  const cases: { cron: string; name: string; gap: string[]; twice: string[] }[] = [
    { name: 'one time a day', cron: '30 2 * * *', gap: ['01:00'], twice: ['00:30'] },
    { name: 'several times of one hour', cron: '0,30 2 * * *', gap: ['01:00'], twice: ['00:00', '00:30'] },
    { name: 'a step within one hour', cron: '*/30 2 * * *', gap: ['01:00'], twice: ['00:00', '00:30'] },
    { name: 'hours around it', cron: '0 1-3 * * *', gap: ['00:00', '01:00'], twice: ['23:00', '00:00', '02:00'] },
    {
      name: 'a step of hours',
      cron: '0 */6 * * *',
      gap: ['23:00', '04:00', '10:00', '16:00'],
      twice: ['22:00', '05:00', '11:00', '17:00'],
    },
    {
      name: 'a step of hours that meets the hour',
      cron: '0 2-23/24 * * *',
      gap: ['01:00'],
      twice: ['00:00'],
    },
    { name: 'a time before it', cron: '59 1 * * *', gap: ['00:59'], twice: ['23:59'] },
    { name: 'a time after it', cron: '0 3 * * *', gap: ['01:00'], twice: ['02:00'] },
  ];
  it.each(cases)('takes each slot once, whether it does not exist or exists twice: $name', ({ cron, gap, twice }) => {
    expect(slotsOf(cron, 'Europe/Berlin', ...gapDay)).toEqual(gap);
    expect(slotsOf(cron, 'Europe/Berlin', ...longDay)).toEqual(twice);
  });

  it('takes each real hour where no hour is named', () => {
    expect(slotsOf('30 * * * *', 'Europe/Berlin', ...gapDay)).toHaveLength(23);
    expect(slotsOf('30 * * * *', 'Europe/Berlin', ...longDay)).toHaveLength(25);
  });

  it('holds where the gap is at midnight, and where it is half an hour', () => {
    expect(slotsOf('15 0 * * *', 'Africa/Cairo', '2026-04-23T10:00:00Z', '2026-04-24T10:00:00Z')).toEqual(['22:00']);
    // Lord Howe: 02:00 became 02:30 on 4 October 2026.
    expect(slotsOf('10 2 * * *', 'Australia/Lord_Howe', '2026-10-03T10:00:00Z', '2026-10-04T10:00:00Z')).toEqual([
      '15:30',
    ]);
  });

  it('finds looking back what it finds looking ahead', () => {
    const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Africa/Cairo', 'Asia/Kathmandu'];
    const minute = fc.constantFrom('0', '30', '*/20', '15,45', '*');
    const hour = fc.constantFrom('2', '*', '*/2', '1-3', '0,2,14', '23');
    const day = fc.constantFrom('* * *', '1 * *', '* * SUN', 'L * *', '29 2 *', '13 * FRI');
    const moments = fc.constantFrom(
      '2026-03-29T00:00:00Z',
      '2026-10-25T00:00:00Z',
      '2026-03-08T06:00:00Z',
      '2026-11-01T05:00:00Z',
      '2026-10-03T15:00:00Z',
      '2026-04-23T22:00:00Z',
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        minute,
        hour,
        day,
        moments,
        fc.integer({ min: -7200, max: 7200 }),
        (zone, m, h, d, moment, offset) => {
          const schedule = scheduleOf(`${m} ${h} ${d}`, zone);
          const at = Date.parse(moment) + offset * 1000;
          const next = schedule.next(at);
          if (next === undefined) throw new Error('no slot');
          expect(next).toBeGreaterThan(at);
          expect(schedule.newest(next)).toBe(next);
          const newest = schedule.newest(next - 1);
          if (newest !== undefined) {
            expect(newest).toBeLessThanOrEqual(at);
            expect(schedule.next(newest)).toBe(next);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('what is no schedule', () => {
  const cases: { name: string; cron: string; zone?: string; says: string }[] = [
    {
      name: 'too few fields',
      cron: '30 2 * *',
      says: 'spec.schedule: must be the five fields of cron (minute, hour, day of the month, month, day of the week), got "30 2 * *"',
    },
    {
      name: 'seconds',
      cron: '0 30 2 * * *',
      says: 'spec.schedule: must be the five fields of cron (minute, hour, day of the month, month, day of the week), got "0 30 2 * * *"',
    },
    {
      name: 'an hour too high',
      cron: '0 25 * * *',
      says: 'spec.schedule: the hour must be *, or numbers, ranges and steps of 0-23, got "25"',
    },
    {
      name: 'two fields at once',
      cron: '61 2 32 * *',
      says: 'spec.schedule: the minute must be *, or numbers, ranges and steps of 0-59, got "61"; the day of the month must be *, or numbers, ranges and steps of 1-31, got "32"',
    },
    {
      name: 'a word',
      cron: '0 2 * * someday',
      says: 'spec.schedule: the day of the week must be *, or numbers, ranges and steps of 0-7 or SUN-SAT, got "someday"',
    },
    {
      name: 'the present moment',
      cron: '? 2 * * *',
      says: 'spec.schedule: the minute must be *, or numbers, ranges and steps of 0-59, got "?"',
    },
    {
      name: 'a date',
      cron: '2026-11-23T01:00:00Z',
      says: 'spec.schedule: must be the five fields of cron (minute, hour, day of the month, month, day of the week), got "2026-11-23T01:00:00Z"',
    },
    {
      name: 'a day that never comes',
      cron: '0 2 31 2 *',
      says: 'spec.schedule: names a day that never comes: "0 2 31 2 *"',
    },
    {
      name: 'a zone that is none',
      cron: '0 2 * * *',
      zone: 'Europe/Nowhere',
      says: 'spec.timeZone: must be a time zone such as Europe/Berlin, got "Europe/Nowhere"',
    },
    {
      name: 'an empty zone',
      cron: '0 2 * * *',
      zone: '',
      says: 'spec.timeZone: must be a time zone such as Europe/Berlin, got ""',
    },
    {
      name: 'both',
      cron: '',
      zone: 'x',
      says: 'spec.timeZone: must be a time zone such as Europe/Berlin, got "x"\nspec.schedule: must be the five fields of cron (minute, hour, day of the month, month, day of the week), got ""',
    },
  ];
  it.each(cases)('is told with its field: $name', ({ cron, zone, says }) => {
    expect(() => scheduleOf(cron, zone)).toThrow(new Error(says));
  });

  it('is not a schedule of this machine: an absent zone is UTC', () => {
    expect(scheduleOf('30 2 * * *').next(Date.parse('2026-06-01T00:00:00Z'))).toBe(Date.parse('2026-06-01T02:30:00Z'));
  });
});
