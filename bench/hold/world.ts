import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { RegistryClient } from '../../hack/load/client.ts';
import { freePorts } from '../../hack/load/ports.ts';
import { Replica } from '../../hack/load/replica.ts';
import { added, type Holds, holdsOf, noHolds } from '../../hack/soak/holds.ts';
import { copyTree } from '../../hack/tree/treeCopy.ts';

/** In the proportions of the defaults, but so short that what is overwritten becomes a candidate, and goes, while this measures. */
const durations = {
  permitTTL: '3s',
  window: '6s',
  holdBudget: '5s',
  promiseTTL: '9s',
  minAge: '3s',
  confirmAfter: '2s',
  undoPeriod: '5s',
  trashTTL: '1s',
  untagged: 'Delete',
} as const;

/** Three replicas, each a process of its own, on one directory: a copy of `tree`. */
export class HoldWorld {
  readonly storage: string;
  readonly replicas: readonly Replica[];
  readonly #folder: string;

  /** `folder` must lie on the file system of the tree; it is made, and goes with the world. */
  static async open(folder: string, tree: string, signal: AbortSignal): Promise<HoldWorld> {
    await mkdir(folder, { recursive: true });
    const world = new HoldWorld(folder, await freePorts(9));
    try {
      await copyTree(tree, world.storage, signal);
      await world.#start(signal);
    } catch (error) {
      await world.close();
      throw error;
    }
    return world;
  }

  private constructor(folder: string, ports: readonly number[]) {
    this.#folder = folder;
    this.storage = join(folder, 'storage');
    this.replicas = [0, 1, 2].map((at) => {
      const [api = 0, admin = 0, metrics = 0] = ports.slice(at * 3);
      const settings = { name: `replica-${at}`, folder, storage: this.storage, ports: { api, admin, metrics } };
      return new Replica({ ...settings, coppice: durations });
    });
  }

  get client(): RegistryClient {
    return new RegistryClient(this.replicas[0]?.api ?? '', { retryAfterMs: [], pause: async () => undefined });
  }

  /** Of all replicas since their start. */
  async holds(signal: AbortSignal): Promise<Holds> {
    let holds = noHolds;
    for (const { metrics } of this.replicas) holds = added(holds, await holdsOf(metrics, signal));
    return holds;
  }

  /** Their counters begin anew. */
  async restart(signal: AbortSignal): Promise<void> {
    await this.#stop();
    await this.#start(signal);
  }

  async close(): Promise<void> {
    await this.#stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #start(signal: AbortSignal): Promise<void> {
    await Promise.all(this.replicas.map(async (replica) => replica.start(signal)));
  }

  async #stop(): Promise<void> {
    await Promise.all(this.replicas.map(async (replica) => replica.end('SIGTERM')));
  }
}
