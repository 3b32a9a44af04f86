import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts } from './ports.ts';
import { Replica, type ReplicaSettings } from './replica.ts';

/** What all replicas of a fleet have in common; their configurations and logs lie in `folder`. */
export type FleetSettings = Omit<ReplicaSettings, 'name' | 'storage' | 'ports'>;

/** Replicas of real processes on one directory, `storage` in their folder, which is made if it is not there. */
export class Fleet {
  readonly replicas: readonly Replica[];
  readonly storage: string;

  static async start(count: number, settings: FleetSettings, signal: AbortSignal): Promise<Fleet> {
    const storage = join(settings.folder, 'storage');
    await mkdir(storage, { recursive: true });
    const ports = await freePorts(count * 3);
    const replicas = Array.from({ length: count }, (_one, at) => {
      const [api = 0, admin = 0, metrics = 0] = ports.slice(at * 3);
      return new Replica({ ...settings, name: `replica-${at}`, storage, ports: { api, admin, metrics } });
    });
    const fleet = new Fleet(replicas, storage);
    try {
      for (const replica of replicas) await replica.start(signal);
    } catch (error) {
      await fleet.end(); // those that did start
      throw error;
    }
    return fleet;
  }

  private constructor(replicas: readonly Replica[], storage: string) {
    this.replicas = replicas;
    this.storage = storage;
  }

  /** What went wrong so far: replicas that are gone, and what they logged as errors. */
  async faults(): Promise<readonly string[]> {
    const gone = await Promise.all(this.replicas.map(async (replica) => replica.whyGone()));
    const logs = await Promise.all(this.replicas.map(async ({ log }) => readFile(log, 'utf8')));
    const errors = logs.flatMap((log) => log.split('\n').filter((line) => /\blevel=(?:error|fatal)\b/.test(line)));
    return [...gone.filter((why) => why !== undefined), ...errors];
  }

  async end(): Promise<void> {
    await Promise.all(this.replicas.map(async (replica) => replica.end('SIGTERM')));
  }
}
