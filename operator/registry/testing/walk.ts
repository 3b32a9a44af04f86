import { FakeReplicas } from '../../admin/testing/fakeReplicas.ts';
import { lifeOf, statusOf } from '../../admin/testing/statuses.ts';
import type { CollectionRunStatus, RegistrySpec } from '../../api/types.ts';
import { InUseKeeper } from '../../inUse/keeper.ts';
import type { WorkloadLister } from '../../inUse/ports.ts';
import type { Resource } from '../../resources/home.ts';
import { MemoryHome } from '../../resources/testing/memoryHome.ts';
import type { Outcome, Reconcile } from '../../runtime/reconcile.ts';
import { reconcileRegistry } from '../reconciler.ts';

const { signal } = new AbortController();
const key = { namespace: 'default', name: 'main' };
export const start = Date.parse('2026-11-23T12:00:00Z');

/** A Registry in a home, and one endpoint that is well. */
export class Walk {
  nowMs = start;
  readonly home = new MemoryHome({ now: () => this.nowMs });
  readonly replicas = new FakeReplicas();
  readonly #workloads: WorkloadLister | undefined;
  #reconcile: Reconcile;

  /** With workloads it is in a cluster. */
  constructor(workloads?: WorkloadLister) {
    this.#workloads = workloads;
    this.#reconcile = this.#fresh();
  }

  async apply(spec: RegistrySpec): Promise<this> {
    const whole = spec.replicas === undefined ? { endpoints: ['http://127.0.0.1:5443'], ...spec } : spec;
    await this.home.apply({ kind: 'Registry', metadata: { name: 'main' }, spec: whole });
    return this;
  }

  /** Of a program that was just started. */
  restart(): void {
    this.#reconcile = this.#fresh();
  }

  reconcile(): Promise<Outcome> {
    return this.#reconcile(key, signal);
  }

  async at(ms: number): Promise<Resource<'Registry'>> {
    this.nowMs = ms;
    await this.reconcile();
    return this.home.only('Registry', 'main');
  }

  async runs(): Promise<readonly Resource<'CollectionRun'>[]> {
    return (await this.home.list('CollectionRun', signal)).items;
  }

  async runNames(): Promise<readonly string[]> {
    return (await this.runs()).map(({ metadata }) => metadata.name);
  }

  async end(run: Resource<'CollectionRun'>, completionTime: string, status: 'True' | 'False' = 'True'): Promise<void> {
    const reason = status === 'True' ? 'Completed' : 'Doubt';
    const condition = { type: 'Succeeded', status, reason, message: '', lastTransitionTime: completionTime };
    const sweep = { suspects: 0, removed: 1, spared: 0, bytes: 42 };
    const ended: CollectionRunStatus = { observedGeneration: 1, completionTime, sweep, conditions: [condition] };
    await this.home.applyStatus(await this.home.only('CollectionRun', run.metadata.name), ended, signal);
  }

  events(): readonly string[] {
    return this.home.events('main').map(({ type, reason }) => `${type} ${reason}`);
  }

  #fresh(): Reconcile {
    const lister = this.#workloads;
    const ports = { home: this.home, replicasOf: () => this.replicas, now: () => this.nowMs };
    if (lister === undefined) return reconcileRegistry(ports);
    return reconcileRegistry({ ...ports, inUse: new InUseKeeper({ lister, ...ports, mono: ports.now }) });
  }
}

/** `TYPE=STATUS/REASON` of each condition. */
export function told({ status }: Resource<'Registry'>): readonly string[] {
  return (status.conditions ?? []).map(({ type, status: is, reason }) => `${type}=${is}/${reason}`);
}

export const readOnlyByHand = { reason: 'backup', owner: 'ops', since: '2026-11-23T11:00:00Z' };
/** What its one replica answers. */
export const alone = statusOf({ lives: [lifeOf('registry-1')] });
