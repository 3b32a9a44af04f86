import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Operator } from '../load/operator.ts';
import { takenPort } from '../load/ports.ts';
import { Replica } from '../load/replica.ts';

/** Everything that the demo starts and leaves nothing of: a folder, two replicas on one directory in it, and an operator on another. */
export interface Stage {
  readonly folder: string;
  readonly storage: string;
  readonly resources: string;
  readonly state: string;
  readonly replicas: readonly [Replica, Replica];
  readonly operator: Operator;
}

export const undoMs = 10_000;

/** Short, so that an hour of a registry's life fits into a minute; their proportions are those of the defaults. */
const durations = {
  permitTTL: '1s',
  window: '3s',
  holdBudget: '2s',
  promiseTTL: '4s',
  minAge: '1s',
  confirmAfter: '1s',
  undoPeriod: `${undoMs / 1000}s`,
  trashTTL: '0s',
} as const;

/** Seven ports from this one on. */
const firstPort = 15_000;
const ports = 7;

export class PortTaken extends Error {
  override readonly name = 'PortTaken';
}

export async function setStage(signal: AbortSignal): Promise<Stage> {
  const taken = await takenPort(Array.from({ length: ports }, (_, at) => firstPort + at));
  if (taken !== undefined)
    throw new PortTaken(`port ${taken} of 127.0.0.1 is taken; the demo uses ${firstPort} to ${firstPort + ports - 1}`);
  const folder = await mkdtemp(join(tmpdir(), 'coppice-demo-'));
  const [storage, resources, state] = [join(folder, 'storage'), join(folder, 'resources'), join(folder, 'state')];
  for (const made of [storage, resources]) await mkdir(made);
  const at = (name: string, first: number): Replica =>
    new Replica({
      ...{ name, folder, storage, coppice: durations },
      ports: { api: first, admin: first + 1, metrics: first + 2 },
    });
  const replicas = [at('one', firstPort), at('two', firstPort + 3)] as const;
  const operator = new Operator({ folder, resources, state, metricsPort: firstPort + 6 });
  const stage = { folder, storage, resources, state, replicas, operator };
  try {
    await Promise.all([...replicas, operator].map(async (each) => each.start(signal)));
  } catch (error) {
    await strike(stage);
    throw error;
  }
  return stage;
}

export async function strike({ folder, replicas, operator }: Stage): Promise<void> {
  await operator.end('SIGTERM');
  await Promise.all(replicas.map(async (replica) => replica.end('SIGTERM')));
  await rm(folder, { recursive: true, force: true });
}
