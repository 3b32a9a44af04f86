import { setTimeout as pause } from 'node:timers/promises';
import { type Sample, sumOf } from '../measuring/exposition.ts';
import type { ClusterBench } from './world.ts';

const lookMs = 250;
/** An operator that did nothing for so long has nothing to do. */
export const quietMs = 2000;

/** What was seen of the operator over time. */
export class Watched {
  mostBytes = 0;
  mostWaiting = 0;
  settledAt = 0;

  /** Until no policy and no request was reconciled for a while: the Registry is looked at every ten seconds. Rejects at the deadline. */
  async untilQuiet(bench: Pick<ClusterBench, 'ofOperator'>, deadline: number, signal: AbortSignal): Promise<void> {
    let [since, count] = [performance.now(), -1];
    while (performance.now() - since < quietMs) {
      if (performance.now() > deadline) throw new Error('not every object settled in time');
      const samples = await bench.ofOperator(signal);
      this.#look(samples);
      const done = reconciledIn(samples);
      if (done !== count) [since, count] = [performance.now(), done];
      await pause(lookMs, undefined, { signal });
    }
  }

  #look(samples: readonly Sample[]): void {
    this.mostBytes = Math.max(this.mostBytes, memoryIn(samples));
    this.mostWaiting = Math.max(this.mostWaiting, sumOf(samples, 'workqueue_depth'));
  }
}

export function memoryIn(samples: readonly Sample[]): number {
  return sumOf(samples, 'process_resident_memory_bytes');
}

function reconciledIn(samples: readonly Sample[]): number {
  return ['retentionpolicy', 'deleterequest']
    .map((controller) => sumOf(samples, 'controller_runtime_reconcile_total', { controller }))
    .reduce((sum, one) => sum + one, 0);
}
