import type { Contender } from './contender.ts';
import type { LoadResult, Transfers } from './throughput.ts';

/** For people: a line for the pushes of each size and one for its pulls, and one for memory. */
export function linesOf({ name }: Pick<Contender, 'name'>, results: readonly LoadResult[]): readonly string[] {
  return results.flatMap(({ load: { count, megabytes }, pushes, pulls, peakBytes }) => {
    const memory = peakBytes.map((bytes) => `${Math.round(bytes / 1_000_000)} MB`).join(' and ');
    return [
      `${name}: ${count} × ${megabytes} MB`,
      `  pushed: ${figuresOf(pushes)}`,
      `  pulled: ${figuresOf(pulls)}`,
      `  most memory: ${memory}`,
    ];
  });
}

function figuresOf({ times, errors, requests, bytes, seconds, cpuSeconds }: Transfers): string {
  const sorted = times.toSorted((one, other) => one - other);
  const at = (share: number): string => `${(sorted[Math.ceil(share * sorted.length) - 1] ?? NaN).toFixed(2)} s`;
  const rate = `${Math.round(bytes / 1_000_000 / seconds)} MB/s in ${seconds.toFixed(1)} s`;
  const counts = `${errors.length} errors, ${requests} requests`;
  return `${counts}, ${rate} (${cpuSeconds.toFixed(1)} s of a core); p50 ${at(0.5)}, p99 ${at(0.99)}`;
}
