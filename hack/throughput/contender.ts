import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fleet } from '../load/fleet.ts';
import { freePorts } from '../load/ports.ts';
import { startDistribution } from '../peers/distribution.ts';

/** A registry that is measured, its storage in a folder of its own. */
export interface Contender {
  readonly name: string;
  /** Where its processes answer: what is pushed through one is pulled through the next. */
  readonly bases: readonly string[];
  readonly pids: readonly number[];
  /** What it says went wrong. */
  faults(): Promise<readonly string[]>;
  end(): Promise<void>;
}

/** Two replicas on one directory. */
export async function startCoppice(folder: string, signal: AbortSignal): Promise<Contender> {
  const fleet = await Fleet.start(2, { folder, coppice: {} }, signal);
  return {
    name: 'coppice, two replicas',
    bases: fleet.replicas.map(({ api }) => api),
    pids: fleet.replicas.map(({ pid }) => pid).filter((pid) => pid !== undefined),
    faults: () => fleet.faults(),
    end: () => fleet.end(),
  };
}

/** One process, which takes as many cores as there are. */
export async function startPeer(folder: string, signal: AbortSignal): Promise<Contender> {
  const storage = join(folder, 'storage');
  await mkdir(storage, { recursive: true });
  const [port = 0] = await freePorts(1);
  const server = await startDistribution('registry', folder, storage, port, signal);
  return {
    name: 'distribution 3, one process',
    bases: [`http://127.0.0.1:${port}`],
    pids: [server.pid].filter((pid) => pid !== undefined),
    faults: async () => [await server.whyGone()].filter((why) => why !== undefined),
    end: async () => {
      await server.end('SIGTERM');
    },
  };
}

/** The most memory that a process held since it was last asked to forget that, bytes, as Linux counts it. */
export async function peakOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const peak = /^VmHWM:\s+([0-9]+) kB$/m.exec(status)?.[1];
  if (peak === undefined) throw new Error(`no peak in ${status}`);
  return Number(peak) * 1024;
}

/** Seconds of a core that a process has taken so far, in hundredths. */
export async function cpuOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13); // a name may hold anything
  return (Number(user) + Number(system)) / 100;
}

export async function forgetPeakOf(pid: number): Promise<void> {
  await writeFile(`/proc/${pid}/clear_refs`, '5');
}
