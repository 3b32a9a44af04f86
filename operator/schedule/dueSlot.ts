import type { Schedule } from './schedule.ts';

/** What a schedule asks for at a moment. Of several missed slots only the newest counts. */
export type DueSlot =
  | { readonly is: 'none' }
  | { readonly is: 'due'; readonly slot: number }
  /** Its starting deadline went by before anybody took it: it is passed over, and told. */
  | { readonly is: 'missed'; readonly slot: number };

export interface DueQuestion {
  readonly schedule: Schedule;
  /** The newest slot that was taken or passed over; before the first, when the object was made. */
  readonly after: number;
  readonly now: number;
  /** Absent: a slot may be taken however late. */
  readonly startingDeadlineSeconds?: number | undefined;
}

/** The work is the same however long ago `after` is. */
export function newestDueSlot({ schedule, after, now, startingDeadlineSeconds }: DueQuestion): DueSlot {
  const slot = schedule.newest(now);
  if (slot === undefined || slot <= after) return { is: 'none' };
  const isLate = startingDeadlineSeconds !== undefined && now - slot > startingDeadlineSeconds * 1000;
  return { is: isLate ? 'missed' : 'due', slot };
}
