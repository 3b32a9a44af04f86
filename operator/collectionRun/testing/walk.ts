import type { RunView } from '../../../core/admin/schema.ts';
import { FakeReplicas } from '../../admin/testing/fakeReplicas.ts';
import { FakeReports } from '../../reports/testing/fakeReports.ts';
import type { CollectionRunSpec, RegistrySpec } from '../../api/types.ts';
import type { Resource } from '../../resources/home.ts';
import { MemoryHome } from '../../resources/testing/memoryHome.ts';
import { RunFollower } from '../../runs/runFollower.ts';
import type { Outcome, Reconcile } from '../../runtime/reconcile.ts';
import { reconcileCollectionRun } from '../reconciler.ts';

const { signal } = new AbortController();
const key = { namespace: 'default', name: 'by-hand' };
const start = Date.parse('2026-11-23T12:00:00Z');

/** A CollectionRun by hand, a coherent Registry, and its replicas. */
export class Walk {
  nowMs = start;
  readonly home = new MemoryHome({ now: () => this.nowMs });
  readonly replicas = new FakeReplicas();
  readonly reports = new FakeReports();
  #reconcile = this.#fresh();

  async apply(spec: Partial<CollectionRunSpec> = {}, registry: RegistrySpec = {}): Promise<this> {
    await this.registry(registry);
    const whole = { registryRef: { name: 'main' }, mode: 'Execute' as const, ...spec };
    await this.home.apply({ kind: 'CollectionRun', metadata: { name: 'by-hand' }, spec: whole });
    return this;
  }

  async registry(spec: RegistrySpec, reason = 'Coherent'): Promise<void> {
    const whole = { endpoints: ['http://127.0.0.1:5443'], ...spec };
    const { metadata } = await this.home.apply({ kind: 'Registry', metadata: { name: 'main' }, spec: whole });
    const status = reason === 'Coherent' || reason === 'ReadOnly' ? 'True' : 'False';
    const ready = {
      type: 'Ready',
      status,
      observedGeneration: metadata.generation,
      reason,
      message: 'as scripted',
      lastTransitionTime: '2026-11-23T12:00:00Z',
    } as const;
    const observed = await this.home.only('Registry', 'main');
    await this.home.applyStatus(observed, { observedGeneration: metadata.generation, conditions: [ready] }, signal);
  }

  /** Of a program that was just started. */
  restart(): this {
    this.#reconcile = this.#fresh();
    return this;
  }

  reconcile(): Promise<Outcome> {
    return this.#reconcile(key, signal);
  }

  async step(passedMs = 0): Promise<Resource<'CollectionRun'>> {
    this.nowMs += passedMs;
    await this.reconcile();
    return this.home.only('CollectionRun', 'by-hand');
  }

  /** The run on record. */
  async ordered(): Promise<string> {
    const { status } = await this.home.only('CollectionRun', 'by-hand');
    if (status.runRef === undefined) throw new Error('no run is on record');
    return status.runRef.name;
  }

  async end(ended: Partial<NonNullable<RunView['ended']>>, more: Partial<RunView> = {}): Promise<void> {
    this.replicas.end(await this.ordered(), ended, more);
  }

  events(): readonly string[] {
    return this.home.events('by-hand').map(({ type, reason }) => `${type} ${reason}`);
  }

  #fresh(): Reconcile {
    const { home, replicas, reports } = this;
    const follower = new RunFollower(() => this.nowMs);
    return reconcileCollectionRun({ home, replicasOf: () => replicas, follower, now: () => this.nowMs, reports });
  }
}

/** `TYPE=STATUS/REASON` of each condition. */
export function told({ status }: Resource<'CollectionRun'>): readonly string[] {
  return (status.conditions ?? []).map(({ type, status: is, reason }) => `${type}=${is}/${reason}`);
}

export function messageOf({ status }: Resource<'CollectionRun'>): string {
  return status.conditions?.find(({ type }) => type === 'Ready')?.message ?? '';
}

export const sweep = {
  suspects: 9,
  removed: 7,
  removedBySteps: { request: 0, tag: 0, untagged: 0, manifest: 3, layer: 2, data: 2 },
  spared: 1,
  bytes: 4200,
};
export const audit = { manifests: 20, missing: 0, putBack: 0, missingItems: [] };
