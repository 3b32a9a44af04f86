import Type from 'typebox';
import type { Explorations } from '../../core/window/testing/explorer/chunk.ts';

const count = Type.Integer({ minimum: 0 });
const counts = Type.Record(Type.String(), count);

export const standing = Type.Object({
  from: count,
  next: count,
  seconds: Type.Number({ minimum: 0 }),
  schedules: count,
  moves: count,
  events: counts,
  schedulesWith: counts,
});

/** How far an exploration has come, and what it has seen on the way. */
export interface Standing extends Explorations {
  readonly from: number;
  /** The first seed that was not explored. */
  readonly next: number;
  readonly seconds: number;
}
