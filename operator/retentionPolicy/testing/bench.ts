import type { RunOrder, RunView } from '../../../core/admin/schema.ts';
import type { Replicas } from '../../admin/replicas.ts';
import { FakeReplicas } from '../../admin/testing/fakeReplicas.ts';
import { endedView, startingView } from '../../admin/testing/runViews.ts';
import type { RetentionPolicySpec } from '../../api/types.ts';
import { Planner } from '../../planning/planner.ts';
import type { Resource, ResourceHome } from '../../resources/home.ts';
import { MemoryHome } from '../../resources/testing/memoryHome.ts';
import { RunFollower } from '../../runs/runFollower.ts';
import type { Outcome } from '../../runtime/reconcile.ts';
import { HandClock } from '../../runtime/testing/handClock.ts';
import { pause } from '../../runtime/timers.ts';
import { reconcileRetentionPolicy } from '../reconciler.ts';
import { noon, planOf, readyOf, someSpec } from './objects.ts';

const { signal } = new AbortController();
const limitsSteps = 300;

/** Thrown where a test lets the operator die. */
export class Crash extends Error {
  override readonly name = 'Crash';
}

/** One operator after the other on the same home and the same replicas, on one clock. */
export class Bench {
  readonly clock = new HandClock();
  readonly replicas = new FakeReplicas();
  readonly home = new MemoryHome({ now: () => this.now() });
  readonly faults: unknown[] = [];
  /** What a plan of each policy would remove. */
  entries = 3;
  /** What happens around each call of the operator to the outside. */
  around: (call: string, when: 'before' | 'after') => void = () => undefined;
  #operators = 0;
  #reconcile: ReturnType<typeof reconcileRetentionPolicy>;
  #planner: Planner;

  constructor() {
    this.replicas.onOrder = (order) => this.#plansAtOnce(order);
    [this.#reconcile, this.#planner] = this.#operator();
  }

  now(): number {
    return noon + this.clock.mono();
  }

  /** The operator dies without a word, and another one begins. */
  restart(): void {
    [this.#reconcile, this.#planner] = this.#operator();
  }

  stop(): Promise<void> {
    return this.#planner.stop();
  }

  async registry(spec: object = {}, ready: object = {}): Promise<void> {
    const endpoints = ['http://127.0.0.1:5443'];
    const made = await this.home.apply({ kind: 'Registry', metadata: { name: 'main' }, spec: { endpoints, ...spec } });
    const { generation } = made.metadata;
    const conditions = [readyOf({ observedGeneration: generation, ...ready })];
    await this.home.applyStatus(made, { observedGeneration: generation, conditions }, signal);
  }

  policy(name: string, spec: Partial<RetentionPolicySpec> = {}): Promise<Resource<'RetentionPolicy'>> {
    return this.home.apply({ kind: 'RetentionPolicy', metadata: { name }, spec: { ...someSpec, ...spec } });
  }

  only(name: string): Promise<Resource<'RetentionPolicy'>> {
    return this.home.only('RetentionPolicy', name);
  }

  reconcile(name: string): Promise<Outcome> {
    return this.#reconcile({ namespace: 'default', name }, signal);
  }

  /** As the queue would: again when that was asked for, until it is so. A fault waits a moment. */
  async until(
    name: string,
    isSo: (policy: Resource<'RetentionPolicy'>) => boolean,
  ): Promise<Resource<'RetentionPolicy'>> {
    for (let step = 0; step < limitsSteps; step += 1) {
      const { afterMs } = await this.#attempt(name);
      const policy = await this.only(name);
      if (isSo(policy)) return policy;
      await this.clock.advance(Math.min(afterMs, 1000));
    }
    throw new Error(`it did not become so: ${JSON.stringify((await this.only(name)).status)}`);
  }

  /** Of the runs that remove. */
  get executed(): readonly RunOrder[] {
    return this.replicas.orders.filter(({ mode }) => mode === 'execute');
  }

  async #attempt(name: string): Promise<{ readonly afterMs: number }> {
    try {
      const outcome = await this.reconcile(name);
      return { afterMs: outcome.kind === 'again' ? outcome.afterMs : 100 };
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      this.restart();
      return { afterMs: 100 };
    }
  }

  #operator(): [ReturnType<typeof reconcileRetentionPolicy>, Planner] {
    this.#operators += 1;
    const replicasOf = (): Replicas => this.#watched(this.replicas, 'replicas');
    const home: ResourceHome = this.#watched(this.home, 'home');
    const planner = new Planner({
      home: this.home,
      replicasOf: () => this.replicas,
      pokes: { RetentionPolicy: () => undefined, DeleteRequest: () => undefined },
      mono: this.clock.mono,
      wait: (ms, waiting) => pause(this.clock.timers, ms, waiting),
      nonce: `operator ${this.#operators}`,
      onFault: (error) => this.faults.push(error),
    });
    const follower = new RunFollower(this.clock.mono);
    const reconcile = reconcileRetentionPolicy({
      home,
      replicasOf,
      follower,
      planning: planner,
      now: () => this.now(),
    });
    return [reconcile, planner];
  }

  /** The same, and each call is told before it and after it. */
  #watched<T extends object>(target: T, named: string): T {
    return new Proxy(target, {
      get: (_, property) => {
        const value: unknown = Reflect.get(target, property, target);
        if (typeof value !== 'function') return value;
        return (...given: unknown[]): unknown => {
          const call = `${named}.${String(property)}`;
          const called = (): unknown => Reflect.apply(value, target, given);
          if (property === 'record') return called();
          return this.#around(call, called);
        };
      },
    });
  }

  async #around(call: string, called: () => unknown): Promise<unknown> {
    this.around(call, 'before');
    const answer = await called();
    this.around(call, 'after');
    return answer;
  }

  #plansAtOnce(order: RunOrder): RunView {
    if (order.mode === 'execute') return startingView(order);
    const policies = order.input.policies as readonly { readonly metadata: { readonly name: string } }[];
    const plans = policies.map(({ metadata: { name } }) => planOf(name, { entries: this.entries }));
    return { ...endedView(startingView(order), { reason: 'Preview', succeeded: true }), plans };
  }
}

export function readyText({ status }: Resource<'RetentionPolicy'>): string {
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  return ready === undefined ? '' : `${ready.status} ${ready.reason}`;
}
