import { expect } from 'vitest';
import { type AnyResource, type Kind, kinds } from '../../operator/resources/home.ts';
import { kstatusOf } from '../../operator/resources/testing/kstatus.ts';
import { Reflector } from '../../operator/runtime/reflector.ts';
import { systemTimers } from '../../operator/runtime/timers.ts';
import type { ControlPlane } from '../cluster/controlPlane.ts';
import { type TestHome, testHome } from './testCluster.ts';

/**
 * Looks at every version of every object of a namespace, as Argo CD and Flux do, and keeps what they would have been told wrongly: that something is done
 * which is not. Versions that came and went while the API server was away are not seen.
 */
export class Witness {
  /** `KIND REASON` of every version. */
  readonly #seen = new Set<string>();
  /** The reasons for which anything was `Failed`. */
  readonly #failures = new Set<string>();
  readonly #wrong: string[] = [];
  readonly #client: TestHome;
  readonly #stopping = new AbortController();
  readonly #following: readonly Promise<void>[];

  private constructor(client: TestHome, namespace: string) {
    this.#client = client;
    this.#following = kinds.map(async (kind) => this.#follow(kind, namespace));
  }

  static start(plane: ControlPlane, namespace: string): Witness {
    return new Witness(testHome(plane.kubeconfig), namespace);
  }

  /** Nobody was told that anything is done before it was, nor that it failed but for these reasons. */
  expectTruth(...failures: readonly string[]): void {
    expect(this.#wrong).toEqual([]);
    expect([...this.#failures].toSorted()).toEqual(failures.toSorted());
    expect([...this.#seen], 'what was looked at').toContain('Registry Coherent');
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#following);
    await this.#client.close();
  }

  async #follow(kind: Kind, namespace: string): Promise<void> {
    const [timers, mono, random] = [systemTimers, (): number => performance.now(), (): number => 0];
    const log = { warn: () => undefined } as never; // the API server is away for a while in some tests
    const reflector = new Reflector(kind, { home: this.#client.home, timers, mono, random, log });
    reflector.listen({
      sighted: (sighting) => {
        if (sighting.saw === 'gone' || sighting.after.metadata.namespace !== namespace) return;
        this.#look(sighting.after as AnyResource);
      },
    });
    await reflector.run(this.#stopping.signal);
  }

  #look(object: AnyResource): void {
    const { kind, metadata } = object;
    const { status } = kstatusOf(object);
    const reason = conditionOf(object, 'Ready')?.reason ?? '';
    this.#seen.add(`${kind} ${reason}`);
    if (status === 'Failed') this.#failures.add(reason);
    if (status === 'Current' && !isDone(object)) this.#wrong.push(`${kind} ${metadata.name} is Current as ${reason}`);
  }
}

function conditionOf({ status }: AnyResource, type: string) {
  return status.conditions?.find((one) => one.type === type);
}

/** What may count as finished: a request is, with its plan or once it was carried out. */
function isDone(object: AnyResource): boolean {
  if (object.kind !== 'DeleteRequest') return conditionOf(object, 'Ready')?.status === 'True';
  const { spec, status } = object;
  if (conditionOf(object, 'Succeeded')?.status === 'True') return status.completionTime !== undefined;
  return spec.mode !== 'Execute' && status.plan !== undefined && status.runRef === undefined;
}
