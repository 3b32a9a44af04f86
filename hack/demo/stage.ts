import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { takenPort } from '../load/ports.ts';
import { Replica } from '../load/replica.ts';

/** Everything that the demo starts and leaves nothing of: a folder, and two replicas on one directory in it. */
export interface Stage {
  readonly folder: string;
  readonly storage: string;
  readonly replicas: readonly [Replica, Replica];
}

/** Short, so that an hour of a registry's life fits into a minute; their proportions are those of the defaults. */
const durations = {
  permitTTL: '1s',
  window: '3s',
  holdBudget: '2s',
  promiseTTL: '4s',
  minAge: '1s',
  confirmAfter: '1s',
  undoPeriod: '12s',
  trashTTL: '0s',
} as const;

/** Six ports from this one on. */
const firstPort = 15_000;

export class PortTaken extends Error {
  override readonly name = 'PortTaken';
}

export async function setStage(signal: AbortSignal): Promise<Stage> {
  const ports = [0, 1, 2, 3, 4, 5].map((at) => firstPort + at);
  const taken = await takenPort(ports);
  if (taken !== undefined)
    throw new PortTaken(`port ${taken} of 127.0.0.1 is taken; the demo uses ${firstPort} to ${firstPort + 5}`);
  const folder = await mkdtemp(join(tmpdir(), 'coppice-demo-'));
  const storage = join(folder, 'storage');
  await mkdir(storage);
  const at = (name: string, first: number): Replica =>
    new Replica({
      name,
      folder,
      storage,
      ports: { api: first, admin: first + 1, metrics: first + 2 },
      coppice: durations,
    });
  const replicas = [at('one', firstPort), at('two', firstPort + 3)] as const;
  try {
    await Promise.all(replicas.map(async (replica) => replica.start(signal)));
  } catch (error) {
    await strike({ folder, storage, replicas });
    throw error;
  }
  return { folder, storage, replicas };
}

export async function strike({ folder, replicas }: Stage): Promise<void> {
  await Promise.all(replicas.map(async (replica) => replica.end('SIGTERM')));
  await rm(folder, { recursive: true, force: true });
}
