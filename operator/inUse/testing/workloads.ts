import type { WorkloadKind, WorkloadLister } from '../ports.ts';

/** An object as an API server sends it, with no more than is read of it. */
export function workload(kind: WorkloadKind, name: string, ...images: readonly string[]): object {
  const metadata = { name, namespace: 'team' };
  const containers = images.map((image, index) => ({ name: `c${index}`, image }));
  const template = { metadata: {}, spec: { containers } };
  if (kind === 'Pod') return { metadata, spec: { containers }, status: {} };
  if (kind === 'CronJob') return { metadata, spec: { jobTemplate: { spec: { template } } } };
  if (kind === 'ControllerRevision') return { metadata, data: { spec: { template } }, revision: 1 };
  return { metadata, spec: { template } };
}

/** A cluster as a test scripts it: kinds without a say have no objects. */
export class FakeWorkloads implements WorkloadLister {
  readonly objects: Partial<Record<WorkloadKind, readonly unknown[]>>;
  readonly failures = new Map<WorkloadKind, Error>();
  readonly asked: string[] = [];
  pageSize = 500;
  /** Whether a list never ends by itself. */
  hangs = false;

  constructor(objects: Partial<Record<WorkloadKind, readonly unknown[]>> = {}) {
    this.objects = objects;
  }

  async *pages(kind: WorkloadKind, signal: AbortSignal, namespace?: string): AsyncIterable<readonly unknown[]> {
    this.asked.push(namespace === undefined ? kind : `${namespace}/${kind}`);
    const all = this.objects[kind] ?? [];
    for (let from = 0; from < all.length; from += this.pageSize) yield all.slice(from, from + this.pageSize);
    const failure = this.failures.get(kind);
    if (failure !== undefined) throw failure;
    if (this.hangs) await aborted(signal);
  }
}

async function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const end = (): void => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}
