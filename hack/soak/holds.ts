/** How long requests waited for a window, as a replica's metrics tell it: a histogram, and the longest of all. */
export interface Holds {
  /** Requests that waited no longer than so many seconds, by that bound; `Infinity` counts all. */
  readonly within: ReadonlyMap<number, number>;
  readonly longestSeconds: number;
  /** Requests that were answered, held or not. */
  readonly requests: number;
  /** Of these, PUTs of manifests that were answered 201. */
  readonly manifests: number;
}

export async function holdsOf(metrics: string, signal: AbortSignal): Promise<Holds> {
  const page = (await (await fetch(metrics, { signal })).text()).split('\n');
  const samples = (start: string): readonly string[] => page.filter((line) => line.startsWith(start));
  const within = samples('coppice_hold_seconds_bucket{').map((line): [number, number] => {
    const bound = /le="([^"]+)"/.exec(line)?.[1] ?? '';
    return [bound === '+Inf' ? Infinity : Number(bound), valueOf(line)];
  });
  const puts = samples('registry_http_requests_total{').filter(
    (line) => line.includes('method="put"') && line.includes('handler="manifest"') && line.includes('code="201"'),
  );
  return {
    within: new Map(within),
    longestSeconds: sum(samples('coppice_longest_hold_seconds ')),
    requests: sum(samples('registry_http_requests_total{')),
    manifests: sum(puts),
  };
}

export const noHolds: Holds = { within: new Map(), longestSeconds: 0, requests: 0, manifests: 0 };

export function added(one: Holds, other: Holds): Holds {
  const bounds = new Set([...one.within.keys(), ...other.within.keys()]);
  const both = Array.from(bounds, (le): [number, number] => [
    le,
    (one.within.get(le) ?? 0) + (other.within.get(le) ?? 0),
  ]);
  return {
    within: new Map(both),
    longestSeconds: Math.max(one.longestSeconds, other.longestSeconds),
    requests: one.requests + other.requests,
    manifests: one.manifests + other.manifests,
  };
}

export function held(holds: Holds): number {
  return holds.within.get(Infinity) ?? 0;
}

/** The bound of the histogram below which this share of the holds lies, seconds. */
function quantile(holds: Holds, share: number): number {
  const bounds = [...holds.within.keys()].toSorted((a, b) => a - b);
  return bounds.find((bound) => (holds.within.get(bound) ?? 0) >= share * held(holds)) ?? 0;
}

export function inWords(holds: Holds, seconds: number): string {
  const share = ((100 * held(holds)) / Math.max(1, holds.requests)).toFixed(2);
  const ms = (s: number): string => (Number.isFinite(s) ? `${Math.round(s * 1000)} ms` : 'more than 30 s');
  const rate = `${Math.round(holds.manifests / seconds)} manifest PUTs a second`;
  if (held(holds) === 0) return `none of ${holds.requests} requests held (${rate})`;
  const p99 = ms(quantile(holds, 0.99));
  return `${held(holds)} of ${holds.requests} requests held (${share} %), p99 within ${p99}, longest ${ms(holds.longestSeconds)} (${rate})`;
}

function valueOf(line: string): number {
  return Number(line.slice(line.lastIndexOf(' ') + 1));
}

function sum(lines: readonly string[]): number {
  return lines.reduce((total, line) => total + valueOf(line), 0);
}
