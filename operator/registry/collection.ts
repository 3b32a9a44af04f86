import type { Mistake } from '../../core/resources/mistake.ts';
import { type Allowed, parseAllowed } from '../schedule/allowed.ts';
import { parseSchedule, type Schedule } from '../schedule/schedule.ts';
import type { RegistrySpec } from '../api/types.ts';

/** When a Registry is collected, and when windows may open at all. */
export interface CollectionTimes {
  /** Absent: by hand only. */
  readonly schedule?: Schedule;
  readonly allowed: Allowed;
}

export type CollectionTimesRead =
  | { readonly is: 'read'; readonly times: CollectionTimes }
  /** One text for a condition: each mistake with its field. */
  | { readonly is: 'mistaken'; readonly says: string };

const place = { schedule: 'spec.collection.schedule', timeZone: 'spec.collection.timeZone' } as const;

export function readCollectionTimes({ collection }: RegistrySpec): CollectionTimesRead {
  const { schedule: cron, timeZone, allowed: periods } = collection ?? {};
  const schedule = cron === undefined ? undefined : parseSchedule(cron, timeZone, place);
  const allowed = parseAllowed(periods, timeZone);
  if (allowed.ok && schedule?.ok !== false) {
    return {
      is: 'read',
      times: { allowed: allowed.value, ...(schedule === undefined ? {} : { schedule: schedule.value }) },
    };
  }
  const mistakes = [...(schedule?.ok === false ? schedule.mistakes : []), ...(allowed.ok ? [] : allowed.mistakes)];
  return { is: 'mistaken', says: [...new Set(mistakes.map(textOf))].join('; ') };
}

function textOf({ path, says }: Mistake): string {
  return `${path}: ${says}`;
}
