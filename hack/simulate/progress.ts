import Type from 'typebox';
import type { Figures } from '../../registry/simulation/testing/sweep/tally.ts';

const count = Type.Integer({ minimum: 0 });

export const progress = Type.Object({
  from: count,
  next: count,
  seconds: Type.Number({ minimum: 0 }),
  figures: Type.Object({
    schedules: count,
    steps: count,
    simulatedMs: Type.Number({ minimum: 0 }),
    counts: Type.Record(Type.String(), count),
    schedulesWith: Type.Record(Type.String(), count),
    failures: Type.Array(Type.Object({ seed: count, violations: Type.Array(Type.String()) })),
  }),
});

/** How far a long sweep is. */
export interface Progress {
  readonly from: number;
  /** Every seed below it is through. */
  readonly next: number;
  readonly seconds: number;
  readonly figures: Figures;
}
