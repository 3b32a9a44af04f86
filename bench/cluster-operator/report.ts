import { has, type Sample } from '../measuring/exposition.ts';

/** Requests that the API server answered, by `VERB GROUP`. */
export type Calls = Readonly<Record<string, number>>;

export interface Result {
  readonly objects: number;
  /** From the start of the operator until the last object was settled. */
  readonly seconds: number;
  readonly calls: Calls;
  /** By controller; times are bounds of buckets, in seconds. */
  readonly reconciles: Readonly<
    Record<
      string,
      { readonly count: number; readonly errors: number; readonly p50Under: string; readonly p99Under: string }
    >
  >;
  /** The most keys that waited for a worker at once. */
  readonly mostWaiting: number;
  readonly residentMiB: { readonly most: number; readonly after: number };
  readonly cpuSeconds: number;
  readonly idle: { readonly seconds: number; readonly calls: Calls };
}

/** What the operator asks for, and nobody else: the API server's own Leases and what the benchmark lists are few. */
const groups = new Set(['coppice.dev', 'events.k8s.io', 'apps', 'batch', '']);
const podsOnly = (sample: Sample): boolean => sample.labels['group'] !== '' || sample.labels['resource'] === 'pods';

export function callsBetween(before: readonly Sample[], after: readonly Sample[]): Calls {
  const [first, last] = [totals(before), totals(after)];
  const grown = [...last].map(([name, count]): [string, number] => [name, count - (first.get(name) ?? 0)]);
  return Object.fromEntries(grown.filter(([, count]) => count > 0).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function totals(samples: readonly Sample[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const sample of samples) {
    const { verb = '', group = '' } = sample.labels;
    if (!has(sample, 'apiserver_request_total') || !groups.has(group) || !podsOnly(sample)) continue;
    const name = `${verb} ${group === '' ? 'pods' : group}`;
    found.set(name, (found.get(name) ?? 0) + sample.value);
  }
  return found;
}

export function textOf({ objects, seconds, calls, reconciles, mostWaiting, residentMiB, ...more }: Result): string {
  const { cpuSeconds, idle } = more;
  const total = Object.values(calls).reduce((sum, count) => sum + count, 0);
  return [
    `${objects} objects settled in ${seconds.toFixed(1)} s, with ${cpuSeconds.toFixed(1)} s of CPU in the operator`,
    `${total} requests, ${(total / objects).toFixed(2)} per object:`,
    ...rows(calls, objects),
    ...Object.entries(reconciles).map(
      ([name, { count, errors, p50Under, p99Under }]) =>
        `${name}: ${count} reconciles, ${errors} failed, half under ${p50Under} s, 99 % under ${p99Under} s`,
    ),
    `at most ${mostWaiting} waited at once`,
    `memory: ${residentMiB.most} MiB at most, ${residentMiB.after} MiB afterwards`,
    `in ${idle.seconds} s in which nothing changed:`,
    ...rows(idle.calls, objects),
  ].join('\n');
}

function rows(calls: Calls, objects: number): readonly string[] {
  return Object.entries(calls).map(
    ([name, count]) => `  ${name.padEnd(24)} ${String(count).padStart(8)}  ${(count / objects).toFixed(2)} per object`,
  );
}
