import type { WorkloadKind, WorkloadLister } from '../inUse/ports.ts';
import { pagesOf } from './pages.ts';
import { namespacedPath } from './paths.ts';
import type { Transport } from './transport.ts';

/** Group with its version, and the plural, of each kind. */
const resources: Readonly<Record<WorkloadKind, readonly [group: string, plural: string]>> = {
  Pod: ['/api/v1', 'pods'],
  Deployment: ['/apis/apps/v1', 'deployments'],
  ReplicaSet: ['/apis/apps/v1', 'replicasets'],
  StatefulSet: ['/apis/apps/v1', 'statefulsets'],
  DaemonSet: ['/apis/apps/v1', 'daemonsets'],
  Job: ['/apis/batch/v1', 'jobs'],
  CronJob: ['/apis/batch/v1', 'cronjobs'],
  ControllerRevision: ['/apis/apps/v1', 'controllerrevisions'],
};

const pageSize = 500;

/** Workloads of a cluster. `within`: the one namespace that can be seen; absent: all of them. */
export class ClusterWorkloads implements WorkloadLister {
  readonly #transport: Pick<Transport, 'ask'>;
  readonly #within: string | undefined;

  constructor(transport: Pick<Transport, 'ask'>, within?: string) {
    this.#transport = transport;
    this.#within = within;
  }

  async *pages(kind: WorkloadKind, signal: AbortSignal, namespace = this.#within): AsyncGenerator<readonly unknown[]> {
    const [group, plural] = resources[kind];
    const listing = { path: namespacedPath(group, plural, namespace), pageSize };
    // An object that comes twice, since a list began anew, is in use all the same.
    for await (const { items } of pagesOf(listing, this.#transport, signal)) yield items;
  }
}
