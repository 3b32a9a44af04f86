import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { stringify } from 'yaml';
import type { Digest } from '../../core/oci/digest.ts';
import { RegistryClient } from '../load/client.ts';
import { imageOf, layer, topOf } from '../load/images.ts';
import { Operator, type OperatorSettings } from '../load/operator.ts';
import { freePorts } from '../load/ports.ts';
import { Replica } from '../load/replica.ts';

/** An object as `coppice get -o json` shows it, as far as these tests look at it. */
export interface Seen {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly generation: number;
    readonly resourceVersion: string;
    readonly finalizers?: readonly string[];
    readonly deletionTimestamp?: string;
  };
  readonly status: Readonly<Record<string, unknown>> & {
    readonly observedGeneration: number;
    readonly conditions?: readonly SeenCondition[];
  };
}

export interface SeenCondition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** Fast, so that a test need not wait; in the proportions of the defaults. */
const durations = {
  permitTTL: '1s',
  window: '2s',
  holdBudget: '2s',
  promiseTTL: '3s',
  minAge: '1s',
  confirmAfter: '0s',
  undoPeriod: '1h',
  trashTTL: '0s',
} as const;

/** Replicas on one storage, a directory of resources and, once it is started, an operator on it: all processes of their own. */
export class OperatorWorld {
  readonly folder: string;
  readonly storage: string;
  readonly resources: string;
  readonly state: string;
  readonly replicas: readonly Replica[];
  readonly client: RegistryClient;
  readonly #metricsPort: number;
  #operator: Operator | undefined;

  private constructor(folder: string, replicas: readonly Replica[], metricsPort: number, signal: AbortSignal) {
    this.folder = folder;
    this.storage = join(folder, 'storage');
    this.resources = join(folder, 'resources');
    this.state = join(folder, 'state');
    this.replicas = replicas;
    this.#metricsPort = metricsPort;
    this.client = new RegistryClient(this.firstReplica.api, {
      retryAfterMs: [50, 100, 200, 400, 800, 1600],
      pause: async (ms) => pause(ms, undefined, { signal }),
    });
  }

  static async start(
    { replicas: count = 1, coppice = {} }: { replicas?: number; coppice?: Readonly<Record<string, string>> },
    signal: AbortSignal,
  ): Promise<OperatorWorld> {
    const folder = await mkdtemp(join(tmpdir(), 'coppice-operator-'));
    const storage = join(folder, 'storage');
    await mkdir(storage);
    await mkdir(join(folder, 'resources'));
    const [metricsPort = 0, ...ports] = await freePorts(1 + 3 * count);
    const replicas = Array.from({ length: count }, (_, at) => {
      const [api = 0, admin = 0, metrics = 0] = ports.slice(at * 3);
      const settings = { name: `replica-${at}`, folder, storage, ports: { api, admin, metrics } };
      return new Replica({ ...settings, coppice: { ...durations, ...coppice } });
    });
    const world = new OperatorWorld(folder, replicas, metricsPort, signal);
    try {
      await Promise.all(replicas.map(async (replica) => replica.start(signal)));
    } catch (error) {
      await world.remove();
      throw error;
    }
    return world;
  }

  get firstReplica(): Replica {
    const [first] = this.replicas;
    if (first === undefined) throw new Error('a world without a replica');
    return first;
  }

  get operator(): Operator {
    if (this.#operator === undefined) throw new Error('the operator was not started');
    return this.#operator;
  }

  async startOperator(signal: AbortSignal, more: Pick<OperatorSettings, 'program' | 'env'> = {}): Promise<void> {
    const { folder, resources, state } = this;
    this.#operator = new Operator({ folder, resources, state, metricsPort: this.#metricsPort, ...more });
    await this.#operator.start(signal);
  }

  /** A second operator on the same resources, with a state of its own. */
  static async otherOperator(world: OperatorWorld, state: string, signal: AbortSignal): Promise<Operator> {
    const [metricsPort = 0] = await freePorts(1);
    const { folder, resources } = world;
    const other = new Operator({ folder, resources, state, metricsPort });
    await other.start(signal);
    return other;
  }

  /** Ends everything that was started, and leaves nothing. */
  async remove(): Promise<void> {
    await this.#operator?.end('SIGKILL');
    await Promise.all(this.replicas.map(async (replica) => replica.end('SIGKILL')));
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Pushes an image of one small layer, and answers with its digest. */
  async push(repository: string, tag: string, signal: AbortSignal): Promise<Digest> {
    const image = imageOf(`${repository}:${tag}`, [layer(`${repository}:${tag}`, 512)]);
    const outcome = await this.client.push(repository, image, tag, signal);
    if (outcome.is !== 'acknowledged') throw new Error(`${repository}:${tag}: ${outcome.why}`);
    return topOf(image).digest;
  }

  async has(repository: string, reference: string, signal: AbortSignal): Promise<boolean> {
    const pulled = await this.client.pull(repository, reference, signal);
    if (pulled.is !== 'whole' && pulled.is !== 'absent')
      throw new Error(`${repository}:${reference} is ${pulled.is}: ${pulled.why}`);
    return pulled.is === 'whole';
  }

  /** Writes a file of the resources directory at once, as tools do: beside it, then into its place. */
  async write(file: string, ...documents: readonly (object | string)[]): Promise<void> {
    const text = documents.map((one) => (typeof one === 'string' ? one : stringify(one))).join('---\n');
    const beside = join(this.folder, 'written');
    await writeFile(beside, text);
    await rename(beside, join(this.resources, file));
  }

  async unlink(file: string): Promise<void> {
    await rm(join(this.resources, file));
  }

  registry(more: object = {}): object {
    const endpoints = this.replicas.map(({ admin }) => admin);
    return document('Registry', 'main', { endpoints, ...more });
  }

  /** The object as the operator keeps it; `undefined`: there is none. */
  async object(kind: string, name: string, state = this.state): Promise<Seen | undefined> {
    try {
      const stored = JSON.parse(
        await readFile(join(state, 'objects', kind, 'default', `${name}.json`), 'utf8'),
      ) as Seen;
      return stored;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Waits until the object is as asked; the deadline's message shows what it was instead. */
  async until(
    kind: string,
    name: string,
    isSo: (object: Seen | undefined) => boolean,
    signal: AbortSignal,
    withinMs = 30_000,
    state = this.state,
  ): Promise<Seen | undefined> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const seen = await this.object(kind, name, state);
      if (isSo(seen)) return seen;
      if (performance.now() > deadline) {
        const words = this.#operator === undefined ? '' : await this.#operator.lastWords();
        throw new Error(`${kind} ${name} stayed ${JSON.stringify(seen?.status, undefined, 1)}\n${words}`);
      }
      await pause(25, undefined, { signal });
    }
  }

  /** Waits until the object's Ready condition, of its present generation, has this reason. */
  async ready(kind: string, name: string, reason: string, signal: AbortSignal, withinMs?: number): Promise<Seen> {
    const isSo = (seen: Seen | undefined): boolean => conditionOf(seen, 'Ready')?.reason === reason && isCurrent(seen);
    const seen = await this.until(kind, name, isSo, signal, withinMs);
    if (seen === undefined) throw new Error(`there is no ${kind} ${name}`);
    return seen;
  }
}

function isCurrent(seen: Seen | undefined): boolean {
  return seen !== undefined && seen.status.observedGeneration === seen.metadata.generation;
}

export function conditionOf(seen: Seen | undefined, type: string): SeenCondition | undefined {
  return seen?.status.conditions?.find((one) => one.type === type);
}

export function document(kind: string, name: string, spec: object): object {
  return { apiVersion: 'coppice.dev/v1alpha1', kind, metadata: { name }, spec };
}

/** What `status` says of the plan, of an object that has one. */
export function planDigest({ status }: Seen): string {
  return (status['plan'] as { digest: string }).digest;
}

export function requestOf(name: string, spec: object): object {
  return document('DeleteRequest', name, { registryRef: { name: 'main' }, ...spec });
}

export function policyOf(name: string, spec: object): object {
  return document('RetentionPolicy', name, { registryRef: { name: 'main' }, ...spec });
}
