import { parseDuration } from '../../core/retention/duration.ts';
import { type Mistake, type Parsed, shown } from '../../core/resources/mistake.ts';
import { parseSchedule, type Schedule } from './schedule.ts';

/** A time that begins at each slot of a schedule. */
interface Period {
  readonly schedule: Schedule;
  readonly lastsMs: number;
}

/** When windows may open. `always`: the Registry says nothing about it. */
export type Allowed = 'always' | readonly Period[];

/** As `spec.collection.allowed` of a Registry has it. */
export type AllowedSpec = readonly { readonly schedule: string; readonly duration: string }[];

const durationGrammar = /^(?:[0-9]+[hms])+$/;
const shortestMs = 60_000;
const longestMs = 168 * 3_600_000;
const place = { path: 'spec.collection.allowed', timeZone: 'spec.collection.timeZone' } as const;

/** Absent: always. An empty list would allow nothing for ever, and is refused. */
export function parseAllowed(spec: AllowedSpec | undefined, timeZone: string | undefined): Parsed<Allowed> {
  if (spec === undefined) return { ok: true, value: 'always' };
  const mistakes: Mistake[] = [];
  if (spec.length === 0) mistakes.push({ path: place.path, says: 'allows no time at all; leave it out to allow any' });
  const periods = spec.flatMap(({ schedule, duration }, index): readonly Period[] => {
    const at = `${place.path}[${index}]`;
    const parsed = parseSchedule(schedule, timeZone, { schedule: `${at}.schedule`, timeZone: place.timeZone });
    if (!parsed.ok) mistakes.push(...parsed.mistakes.filter(({ path }) => !mistakes.some((one) => one.path === path)));
    const lastsMs = parseWindowDuration(duration);
    if (lastsMs === undefined) {
      mistakes.push({
        path: `${at}.duration`,
        says: `must be a time such as 2h or 1h30m, from 1m to 168h, got ${shown(duration)}`,
      });
    }
    return parsed.ok && lastsMs !== undefined ? [{ schedule: parsed.value, lastsMs }] : [];
  });
  return mistakes.length > 0 ? { ok: false, mistakes } : { ok: true, value: periods };
}

/** `2h`, `1h30m`, `90s` in ms; `undefined` for anything else, for less than a minute, and for more than a week. */
function parseWindowDuration(text: string): number | undefined {
  const ms = durationGrammar.test(text) ? parseDuration(text) : undefined;
  return ms === undefined || ms < shortestMs || ms > longestMs ? undefined : ms;
}

export function isOpen(allowed: Allowed, now: number): boolean {
  return allowed === 'always' || allowed.some((period) => (endOf(period, now) ?? now) > now);
}

/** When the next one opens; `now` while one is open; `undefined`: none will. */
export function opensAt(allowed: Allowed, now: number): number | undefined {
  if (isOpen(allowed, now) || allowed === 'always') return now;
  const slots = allowed.flatMap(({ schedule }) => schedule.next(now) ?? []);
  return slots.length === 0 ? undefined : Math.min(...slots);
}

/** When the newest period that began by this moment ends, or ended. */
function endOf({ schedule, lastsMs }: Period, at: number): number | undefined {
  const began = schedule.newest(at);
  return began === undefined ? undefined : began + lastsMs;
}
