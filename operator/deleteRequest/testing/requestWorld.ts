import type { DeleteRequestSpec, RegistrySpec } from '../../api/types.ts';
import type { Replicas } from '../../admin/replicas.ts';
import { FakeReplicas } from '../../admin/testing/fakeReplicas.ts';
import type { Metadata, Resource, ResourceHome } from '../../resources/home.ts';
import { kstatusOf } from '../../resources/testing/kstatus.ts';
import { MemoryHome } from '../../resources/testing/memoryHome.ts';
import { FakeReports } from '../../reports/testing/fakeReports.ts';
import { RunFollower } from '../../runs/runFollower.ts';
import type { Outcome, Reconcile } from '../../runtime/reconcile.ts';
import { reconcileDeleteRequests } from '../reconciler.ts';
import { FakePlanning } from './fakePlanning.ts';

export const someDigest = `sha256:${'a'.repeat(64)}`;
/** Of the plan that `FakePlanning` makes. */
export const planDigest = `sha256:${'1'.repeat(64)}`;
const { signal } = new AbortController();

/** What a request looks like from outside. */
export interface Seen {
  readonly succeeded: string | undefined;
  readonly ready: string | undefined;
  readonly reason: string | undefined;
  /** `Reconciling` or `Stalled`, with its reason. */
  readonly also: string | undefined;
  readonly kstatus: string;
}

export interface Doors {
  readonly home: ResourceHome;
  readonly replicas: Replicas;
}

/** One request `default/dr` on one Registry `default/main`, with everything around it scripted. */
export class RequestWorld {
  /** ms since 1970. */
  now = Date.parse('2026-11-23T12:00:00Z');
  readonly home = new MemoryHome({ now: () => this.now });
  readonly replicas = new FakeReplicas();
  readonly planning = new FakePlanning();
  readonly reports = new FakeReports();
  readonly #doors: Doors;
  #reconcile: Reconcile;

  /** `through`: what the reconciler sees in place of the home and the replicas. */
  constructor(through: (doors: Doors) => Doors = (doors) => doors) {
    this.#doors = through({ home: this.home, replicas: this.replicas });
    this.#reconcile = this.#anew();
    this.replicas.list('plan-1', 'DeleteRequest/default/dr', [
      { n: 0, step: 'request', object: `team/app@${someDigest}`, fate: 'planned', why: 'CVE', by: 'default/dr' },
    ]);
  }

  /** The operator dies, and another one goes on. */
  restart(): void {
    this.planning.loseAll();
    this.#reconcile = this.#anew();
  }

  /** A Registry that is coherent, unless said otherwise. */
  async registry(spec: RegistrySpec = {}, ready: { status?: 'True' | 'False'; reason?: string } = {}): Promise<void> {
    await this.home.apply({
      ...{ kind: 'Registry', metadata: { name: 'main' } },
      spec: { endpoints: ['http://127.0.0.1:5443'], ...spec },
    });
    const registry = await this.home.only('Registry', 'main');
    const { status = 'True', reason = 'Coherent' } = ready;
    const lastTransitionTime = '2026-11-23T02:00:00Z';
    const observedGeneration = registry.metadata.generation;
    const message = `it is ${reason}`;
    const conditions = [{ type: 'Ready', status, observedGeneration, reason, message, lastTransitionTime }];
    await this.home.applyStatus(registry, { observedGeneration, conditions }, signal);
  }

  /** Makes the request, or edits these fields of it. */
  async request(spec: Partial<DeleteRequestSpec> = {}, metadata: Partial<Metadata> = {}): Promise<void> {
    const before = await this.home.get('DeleteRequest', { namespace: 'default', name: 'dr' }, signal);
    const usual = { registryRef: { name: 'main' }, targets: [{ repository: 'team/app', digest: someDigest }] };
    const { annotations = before?.metadata.annotations, labels = before?.metadata.labels } = metadata;
    await this.home.apply({
      kind: 'DeleteRequest',
      metadata: { name: 'dr', ...(annotations && { annotations }), ...(labels && { labels }) },
      spec: { ...usual, ...before?.spec, ...spec },
    });
  }

  get object(): Promise<Resource<'DeleteRequest'>> {
    return this.home.only('DeleteRequest', 'dr');
  }

  get isGone(): Promise<boolean> {
    return this.home.get('DeleteRequest', { namespace: 'default', name: 'dr' }, signal).then((it) => it === undefined);
  }

  async seen(): Promise<Seen> {
    const object = await this.object;
    const of = (type: string) => object.status.conditions?.find((one) => one.type === type);
    const also = of('Reconciling') ?? of('Stalled');
    return {
      succeeded: of('Succeeded')?.status,
      ready: of('Ready')?.status,
      reason: of('Ready')?.reason,
      also: also && `${also.type}/${also.reason}`,
      kstatus: kstatusOf(object).status,
    };
  }

  /** One reconcile. */
  step(): Promise<Outcome> {
    return this.#reconcile({ namespace: 'default', name: 'dr' }, signal);
  }

  /** Reconciles for as long as each changes something. */
  async settle(): Promise<Outcome> {
    for (let round = 0; round < 20; round++) {
      const before = await this.#version();
      const outcome = await this.step();
      if ((await this.#version()) === before) return outcome;
    }
    throw new Error('it does not settle');
  }

  /** The run that was recorded. */
  async run(): Promise<string> {
    const { runRef } = (await this.object).status;
    if (runRef === undefined) throw new Error('no run is recorded');
    return runRef.name;
  }

  events(): readonly string[] {
    return this.home.events('dr').map(({ reason }) => reason);
  }

  async #version(): Promise<string | undefined> {
    const object = await this.home.get('DeleteRequest', { namespace: 'default', name: 'dr' }, signal);
    return object?.metadata.resourceVersion;
  }

  #anew(): Reconcile {
    const now = (): number => this.now;
    const { home, replicas } = this.#doors;
    const follower = new RunFollower(now);
    return reconcileDeleteRequests({
      ...{ home, replicasOf: () => replicas, planning: this.planning, follower, now, mono: now },
      reports: this.reports,
    });
  }
}
