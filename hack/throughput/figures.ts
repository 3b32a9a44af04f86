import type { ThroughputResult, Transfers } from './throughput.ts';

/** For people: a line for each size, for all together, and for memory. */
export function linesOf({ pushes, pulls, peakBytes }: ThroughputResult): readonly string[] {
  const memory = peakBytes.map((bytes) => `${Math.round(bytes / 1_000_000)} MB`).join(' and ');
  return [...linesFor('pushed', pushes), ...linesFor('pulled', pulls), `most memory of a replica: ${memory}`];
}

function linesFor(done: string, { bySize, bytes, seconds }: Transfers): readonly string[] {
  const sizes = [...bySize].toSorted(([one], [other]) => one - other);
  const each = sizes.map(([size, times]) => {
    const sorted = times.toSorted((one, other) => one - other);
    const at = (share: number): string => `${(sorted[Math.ceil(share * sorted.length) - 1] ?? 0).toFixed(1)} s`;
    return `${done} ${times.length} × ${size / 1_000_000} MB: p50 ${at(0.5)}, p99 ${at(0.99)}, longest ${at(1)}`;
  });
  return [
    ...each,
    `${done} ${bytes / 1_000_000} MB in ${seconds.toFixed(1)} s: ${Math.round(bytes / 1_000_000 / seconds)} MB/s`,
  ];
}
