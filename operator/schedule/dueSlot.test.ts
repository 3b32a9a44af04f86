import { describe, expect, it } from 'vitest';
import { type DueSlot, newestDueSlot } from './dueSlot.ts';
import { parseSchedule, type Schedule } from './schedule.ts';

function scheduleOf(cron: string): Schedule {
  const parsed = parseSchedule(cron, 'UTC', { schedule: 'spec.schedule', timeZone: 'spec.timeZone' });
  if (!parsed.ok) throw new Error('not a schedule');
  return parsed.value;
}

const at = Date.parse;
const daily = scheduleOf('30 2 * * *');

describe('the slot that is due', () => {
  const cases: { name: string; after: string; now: string; deadline?: number; expected: DueSlot }[] = [
    { name: 'none has come', after: '2026-01-05T02:30:00Z', now: '2026-01-06T02:29:59.999Z', expected: { is: 'none' } },
    {
      name: 'one has just come',
      after: '2026-01-05T02:30:00Z',
      now: '2026-01-06T02:30:00Z',
      expected: { is: 'due', slot: at('2026-01-06T02:30:00Z') },
    },
    { name: 'it was taken', after: '2026-01-06T02:30:00Z', now: '2026-01-06T02:30:00.500Z', expected: { is: 'none' } },
    {
      name: 'one that is late within its deadline',
      after: '2026-01-05T02:30:00Z',
      now: '2026-01-06T03:30:00Z',
      deadline: 3600,
      expected: { is: 'due', slot: at('2026-01-06T02:30:00Z') },
    },
    {
      name: 'one past its deadline',
      after: '2026-01-05T02:30:00Z',
      now: '2026-01-06T03:30:00.001Z',
      deadline: 3600,
      expected: { is: 'missed', slot: at('2026-01-06T02:30:00Z') },
    },
    {
      name: 'many were missed: the newest',
      after: '2020-01-05T02:30:00Z',
      now: '2026-01-06T04:00:00Z',
      expected: { is: 'due', slot: at('2026-01-06T02:30:00Z') },
    },
    {
      name: 'made between two slots',
      after: '2026-01-06T02:30:01Z',
      now: '2026-01-06T04:00:00Z',
      expected: { is: 'none' },
    },
    {
      name: 'the clock went back behind what was taken',
      after: '2026-01-06T02:30:00Z',
      now: '2026-01-05T04:00:00Z',
      expected: { is: 'none' },
    },
  ];
  it.each(cases)('$name', ({ after, now, deadline, expected }) => {
    expect(
      newestDueSlot({ schedule: daily, after: at(after), now: at(now), startingDeadlineSeconds: deadline }),
    ).toEqual(expected);
  });

  it('is found by one look back, however many minutes were missed', () => {
    let looks = 0;
    const minutes = scheduleOf('* * * * *');
    const counted: Schedule = {
      next: (after) => minutes.next(after),
      newest: (moment) => {
        looks += 1;
        return minutes.newest(moment);
      },
    };
    const due = newestDueSlot({ schedule: counted, after: 0, now: at('2026-01-06T04:00:30Z') });
    expect(due).toEqual({ is: 'due', slot: at('2026-01-06T04:00:00Z') });
    expect(looks).toBe(1);
  });
});
