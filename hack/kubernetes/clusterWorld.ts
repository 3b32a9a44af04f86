import { setTimeout as pause } from 'node:timers/promises';
import type { Kind } from '../../operator/resources/home.ts';
import type { ControlPlane } from '../cluster/controlPlane.ts';
import { FaultProxy } from '../cluster/faultProxy.ts';
import { conditionOf, OperatorWorld, requestOf, type Seen } from '../operator/world.ts';
import { OperatorProcess, type OperatorProcessSettings } from './operatorProcess.ts';
import { apply, kubectl, type TestHome, testHome } from './testCluster.ts';

/** Replicas on one storage beside a cluster that holds their resources, in a namespace of this world, and operators that see it through a proxy. */
export class ClusterWorld {
  readonly plane: ControlPlane;
  readonly proxy: FaultProxy;
  readonly registry: OperatorWorld;
  readonly namespace: string;
  readonly operators: OperatorProcess[] = [];
  readonly #client: TestHome;

  private constructor(plane: ControlPlane, proxy: FaultProxy, registry: OperatorWorld, namespace: string) {
    this.plane = plane;
    this.proxy = proxy;
    this.registry = registry;
    this.namespace = namespace;
    this.#client = testHome(plane.kubeconfig);
  }

  static async start(plane: ControlPlane, namespace: string, signal: AbortSignal): Promise<ClusterWorld> {
    await kubectl(plane, ['create', 'namespace', namespace], signal);
    const registry = await OperatorWorld.start({ replicas: 2 }, signal);
    const proxy = await FaultProxy.start(plane, signal);
    return new ClusterWorld(plane, proxy, registry, namespace);
  }

  async startOperator(
    name: string,
    signal: AbortSignal,
    more: Pick<OperatorProcessSettings, 'program' | 'env'> = {},
  ): Promise<OperatorProcess> {
    const { folder } = this.registry;
    const where = { folder, kubeconfig: this.proxy.kubeconfig, args: ['--namespace', this.namespace] };
    const settings = { name, ...where, ...more };
    const operator = await OperatorProcess.start(settings, signal);
    this.operators.push(operator);
    return operator;
  }

  /** Which of the operators leads. Waits until one does. */
  async leader(signal: AbortSignal, withinMs = 40_000): Promise<OperatorProcess> {
    const deadline = performance.now() + withinMs;
    while (performance.now() < deadline) {
      for (const operator of this.operators) {
        const isGone = (await operator.whyGone()) !== undefined;
        if (!isGone && (await operator.leads(signal).catch(() => false))) return operator;
      }
      await pause(100, undefined, { signal });
    }
    throw new Error(`nobody leads:\n${await this.lastWords()}`);
  }

  async applyRegistry(signal: AbortSignal): Promise<void> {
    await this.#apply(this.registry.registry(), signal);
  }

  async applyRequest(name: string, spec: object, signal: AbortSignal): Promise<void> {
    await this.#apply(requestOf(name, spec), signal);
  }

  async kubectl(args: readonly string[], signal: AbortSignal): Promise<string> {
    return kubectl(this.plane, ['--namespace', this.namespace, ...args], signal);
  }

  async object(kind: Kind, name: string, signal: AbortSignal): Promise<Seen | undefined> {
    return (await this.#client.home.get(kind, { namespace: this.namespace, name }, signal)) as Seen | undefined;
  }

  /** Waits until the object's Ready condition, of its present generation, has this reason. */
  async ready(kind: Kind, name: string, reason: string, signal: AbortSignal, withinMs = 60_000): Promise<Seen> {
    const deadline = performance.now() + withinMs;
    for (let seen: Seen | undefined; ;) {
      seen = await this.object(kind, name, signal);
      const isCurrent = seen?.status.observedGeneration === seen?.metadata.generation;
      if (seen !== undefined && isCurrent && conditionOf(seen, 'Ready')?.reason === reason) return seen;
      if (performance.now() > deadline) {
        throw new Error(`${kind} ${name} stayed ${JSON.stringify(seen?.status)}\n${await this.lastWords()}`);
      }
      await pause(25, undefined, { signal });
    }
  }

  async lastWords(): Promise<string> {
    return (await Promise.all(this.operators.map(async (operator) => operator.lastWords()))).join('\n---\n');
  }

  async remove(signal: AbortSignal): Promise<void> {
    for (const operator of this.operators) await operator.end('SIGKILL');
    await this.#client.close();
    await this.registry.remove();
    await this.proxy.stop();
    await kubectl(this.plane, ['delete', 'namespace', this.namespace, '--wait=false'], signal);
  }

  async #apply(document: object, signal: AbortSignal): Promise<void> {
    const { metadata, ...rest } = document as { metadata: object };
    await apply(this.plane, { ...rest, metadata: { ...metadata, namespace: this.namespace } }, signal);
  }
}
