import type { LifeState } from '../../core/window/life.ts';
import type { Standing } from '../metrics/coppiceMetrics.ts';

/** What a life's machine says to metrics and health. */
export function standingOf(state: LifeState | undefined, mono: number): Standing {
  if (state?.at !== 'serving') return { epoch: undefined, hasPermit: false };
  return { epoch: state.seen?.gate.epoch, hasPermit: state.permit !== undefined && mono < state.permit.until };
}

export function ailmentsOf(state: LifeState | undefined, mono: number): readonly string[] {
  return standingOf(state, mono).hasPermit ? [] : ['no permit: the gate could not be read lately'];
}
