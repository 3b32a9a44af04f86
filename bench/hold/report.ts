import { held, type Holds } from '../../hack/soak/holds.ts';
import { inMs } from '../measuring/spread.ts';
import type { PhaseResult } from './phase.ts';

export interface SizeResult {
  readonly manifests: number;
  /** Asked for, in a second. */
  readonly rate: number;
  /** Of the machine, afterwards. */
  readonly load: readonly number[];
  /** Nobody touches what is held. */
  readonly apart: PhaseResult;
  /** Some do, on purpose. */
  readonly touching: PhaseResult;
}

/** Of issue and specification, for holds on a local disk at 300 manifests a second. */
const target = { p99Ms: 10, longestMs: 50 };

export function linesOf({ manifests, rate, apart, touching, load }: SizeResult): readonly string[] {
  return [
    `${manifests} manifests, ${rate} pushes a second; load of the machine ${load.map((each) => each.toFixed(1)).join(' ')}`,
    ...linesOfPhase('nothing held is touched', apart),
    ...linesOfPhase('one push in so many touches what is held', touching),
    `  target for holds: p99 ≤ ${target.p99Ms} ms, longest ≤ ${target.longestMs} ms: ${verdict(touching.holds)}`,
  ];
}

function linesOfPhase(name: string, result: PhaseResult): readonly string[] {
  const { perSecond, pushes, touching, holds, windows, windowShare, candidates, collections, removed, cpu } = result;
  const runs = Object.entries(collections).map(([reason, count]) => `${count} ${reason}`);
  const answers = Object.entries(result.answers).map(([answer, count]) => `${answer} ${count}`);
  return [
    `  ${name}: ${perSecond.toFixed(0)} manifests a second acknowledged`,
    `    windows   ${windows.count} of ${candidates} candidates, ${(100 * windowShare).toFixed(0)} % of the time: ${inMs(windows)}`,
    `    held      ${heldOf(holds)}`,
    `    pushes    ${pushes.count} apart from what is held: ${inMs(pushes)}`,
    ...(touching.count === 0 ? [] : [`              ${touching.count} of what is held: ${inMs(touching)}`]),
    `    runs      ${runs.join(', ')}; ${removed} removed, a mark took ${result.markSeconds.toFixed(1)} s`,
    `    answers   ${answers.join(', ')}`,
    `    cores     ${(100 * cpu.busy).toFixed(0)} % busy, ${(100 * cpu.load).toFixed(0)} % with this load itself`,
  ];
}

function heldOf(holds: Holds): string {
  const count = held(holds);
  if (count === 0) return `none of ${holds.requests} requests`;
  const { p50, p99 } = quantiles(holds);
  const share = ((100 * count) / Math.max(1, holds.requests)).toFixed(2);
  const within = [0.01, 0.05].map((bound) => `${sharePercent(holds, bound)} % within ${bound * 1000} ms`).join(', ');
  return `${count} of ${holds.requests} requests (${share} %): p50 ${p50.toFixed(0)}, p99 ${p99.toFixed(0)}, longest ${(holds.longestSeconds * 1000).toFixed(0)} ms; ${within}`;
}

function verdict(holds: Holds): string {
  if (held(holds) === 0) return 'nothing was held, so it is not known';
  const isMet = quantiles(holds).p99 <= target.p99Ms && holds.longestSeconds * 1000 <= target.longestMs;
  return isMet ? 'met' : 'missed';
}

function sharePercent(holds: Holds, boundSeconds: number): string {
  return ((100 * (holds.within.get(boundSeconds) ?? 0)) / held(holds)).toFixed(1);
}

export function quantiles(holds: Holds): { readonly p50: number; readonly p99: number } {
  return { p50: quantile(holds, 0.5), p99: quantile(holds, 0.99) };
}

/** In ms, within a bucket as if its holds were spread evenly, and never more than the longest. */
function quantile(holds: Holds, share: number): number {
  const wanted = share * held(holds);
  let [from, below] = [0, 0];
  for (const bound of [...holds.within.keys()].toSorted((left, right) => left - right)) {
    const count = holds.within.get(bound) ?? 0;
    const to = Math.min(bound, holds.longestSeconds);
    if (count >= wanted) return 1000 * (from + ((to - from) * (wanted - below)) / Math.max(1, count - below));
    [from, below] = [bound, count];
  }
  return 1000 * holds.longestSeconds;
}
