import { Cron, CronPattern } from 'croner';
import { type Parsed, shown } from '../../core/resources/mistake.ts';

/*
 * When something is to begin: cron's five fields in a time zone. A slot is a moment in ms since 1970, always a whole minute. Where the fields name an hour,
 * each slot comes once a day also when clocks change: one that does not exist comes right after the gap, one that exists twice comes the first time.
 * Where they do not (`30 * * * *`), each real hour is one.
 */

export interface Schedule {
  /** The first slot after this moment; `undefined`: there is none any more. */
  next(after: number): number | undefined;
  /** The newest slot at this moment, or the one at it; `undefined`: there was none. */
  newest(at: number): number | undefined;
}

/** Where in its resource a schedule stands. */
export interface SchedulePlace {
  /** `spec.collection.schedule` */
  readonly schedule: string;
  /** `spec.collection.timeZone` */
  readonly timeZone: string;
}

const fields = [
  { name: 'minute', range: '0-59', alone: (text: string) => `${text} * * * *` },
  { name: 'hour', range: '0-23', alone: (text: string) => `* ${text} * * *` },
  { name: 'day of the month', range: '1-31', alone: (text: string) => `* * ${text} * *` },
  { name: 'month', range: '1-12 or JAN-DEC', alone: (text: string) => `* * * ${text} *` },
  { name: 'day of the week', range: '0-7 or SUN-SAT', alone: (text: string) => `* * * * ${text}` },
] as const;

/** What croner takes beyond this means something else elsewhere, or the moment at which it was read. */
const fieldGrammar = /^[0-9A-Za-z*,/#-]{1,256}$/;
const earliest = Date.UTC(2020, 0, 1);

/** `timeZone` absent: UTC. All mistakes at once, each with the field it is in. */
export function parseSchedule(cron: string, timeZone: string | undefined, place: SchedulePlace): Parsed<Schedule> {
  const mistakes = [];
  const wrongZone = timeZone !== undefined && !isTimeZone(timeZone);
  if (wrongZone)
    mistakes.push({ path: place.timeZone, says: `must be a time zone such as Europe/Berlin, got ${shown(timeZone)}` });
  const wrongCron = mistakeInCron(cron);
  if (wrongCron !== undefined) mistakes.push({ path: place.schedule, says: wrongCron });
  if (mistakes.length > 0) return { ok: false, mistakes };
  const schedule = scheduleOf(normal(cron), timeZone ?? 'UTC');
  if (schedule.next(earliest) !== undefined) return { ok: true, value: schedule };
  return { ok: false, mistakes: [{ path: place.schedule, says: `names a day that never comes: ${shown(cron)}` }] };
}

function scheduleOf(cron: string, timeZone: string): Schedule {
  const croner = new Cron(cron, { mode: '5-part', timezone: timeZone, fixedTimeRule: 'no-wildcard' });
  return {
    next: (after) => croner.nextRun(new Date(after))?.getTime(),
    newest: (at) => {
      const nextSecond = new Date(Math.floor(at / 1000) * 1000 + 1000); // croner looks strictly before
      return croner.previousRuns(1, nextSecond)[0]?.getTime();
    },
  };
}

function isTimeZone(text: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function mistakeInCron(cron: string): string | undefined {
  const parts = cron.trim().split(/\s+/);
  if (parts.length !== fields.length) {
    const names = 'minute, hour, day of the month, month, day of the week';
    return `must be the five fields of cron (${names}), got ${shown(cron)}`;
  }
  const wrong = fields.flatMap(({ name, range, alone }, index) => {
    const text = parts[index] ?? '';
    return fieldGrammar.test(text) && isPattern(alone(text))
      ? []
      : [`the ${name} must be *, or numbers, ranges and steps of ${range}, got ${shown(text)}`];
  });
  return wrong.length === 0 ? undefined : wrong.join('; ');
}

function isPattern(cron: string): boolean {
  try {
    new CronPattern(cron, undefined, { mode: '5-part' });
    return true;
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) return false;
    throw error;
  }
}

/** A step of minutes or hours as the list that it means: of steps croner skips those in a gap, and takes twice what exists twice. */
function normal(cron: string): string {
  const [minute = '', , ...days] = cron.trim().split(/\s+/);
  const pattern = new CronPattern(cron, undefined, { mode: '5-part' });
  if (pattern.hour.every((isIn) => isIn === 1)) return [minute, '*', ...days].join(' ');
  return [listOf(pattern.minute), listOf(pattern.hour), ...days].join(' ');
}

function listOf(isIn: readonly number[]): string {
  return isIn.flatMap((one, value) => (one === 1 ? [value] : [])).join(',');
}
