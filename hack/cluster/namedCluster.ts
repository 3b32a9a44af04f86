import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { type ControlPlaneOptions, startControlPlane } from './controlPlane.ts';
import { type Answer, kubectl } from './kubectl.ts';

/** A control plane that outlives the command which asked for it: what its holder, one process, wrote about it. */
export interface Standing {
  readonly holder: number;
  /** When that process began, in the kernel's words: its number may be another's by now. */
  readonly began: string;
  readonly server: string;
  /** A path. */
  readonly kubeconfig: string;
  readonly controllers: boolean;
  /** The first process of the node's namespaces, where there is a node. */
  readonly node?: number | undefined;
}

const endsWithinMs = 30_000;

/** One of several control planes on this machine, by its folder. */
export class NamedCluster {
  readonly log: string;
  readonly #folder: string;
  readonly #record: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.#record = join(folder, 'standing.json');
    this.log = `${folder}.log`;
  }

  /** `undefined` where there is none, or its holder was killed (then the rest of it went along). */
  async standing(): Promise<Standing | undefined> {
    const text = await absentOr(readFile(this.#record, 'utf8'));
    if (text === undefined) return undefined;
    const standing = JSON.parse(text) as Standing; // by `hold`
    return (await beganAt(standing.holder)) === standing.began ? standing : undefined;
  }

  /** Starts it, tells, and holds it until `signal` aborts. Rejects where one stands already. */
  async hold(
    options: Required<ControlPlaneOptions>,
    tell: (standing: Standing) => void,
    signal: AbortSignal,
  ): Promise<void> {
    if ((await this.standing()) !== undefined) throw new Error(`${this.#folder}: it stands already`);
    await rm(this.#folder, { recursive: true, force: true });
    await mkdir(this.#folder, { recursive: true });
    const cluster = await startControlPlane(options, signal);
    try {
      const kubeconfig = join(this.#folder, 'kubeconfig'); // the same path each time
      await copyFile(cluster.kubeconfig, kubeconfig);
      const holder = process.pid;
      const began = (await beganAt(holder)) ?? '';
      const { server, node } = cluster;
      const standing = { holder, began, server, kubeconfig, controllers: options.controllers, node };
      await writeFile(this.#record, JSON.stringify(standing));
      tell(standing);
      if (!signal.aborted) await once(signal, 'abort');
    } finally {
      await cluster.stop();
      await rm(this.#folder, { recursive: true });
    }
  }

  /** Resolves when it is gone; `undefined` where none stood. */
  async end(signal: AbortSignal): Promise<Standing | undefined> {
    const standing = await this.standing();
    if (standing === undefined) return undefined;
    process.kill(standing.holder, 'SIGTERM');
    const deadline = performance.now() + endsWithinMs;
    while ((await beganAt(standing.holder)) === standing.began) {
      if (performance.now() > deadline) throw new Error(`its holder, process ${standing.holder}, does not end`);
      await pause(50, undefined, { signal });
    }
    return standing;
  }

  /** What its API server says of itself. */
  ready({ kubeconfig }: Standing, signal: AbortSignal): Promise<Answer> {
    return kubectl({ kubeconfig, home: dirname(kubeconfig) }, ['get', '--raw', '/readyz'], signal);
  }
}

/**
 * Field 22 of proc_pid_stat(5); `undefined` where there is no such process, or one that has ended and that nobody has asked for its exit code. The name in
 * field 2 may hold anything, but ends at the last parenthesis.
 */
async function beganAt(pid: number): Promise<string | undefined> {
  const stat = await absentOr(readFile(`/proc/${pid}/stat`, 'utf8'));
  const [state, ...others] = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
  return state === 'Z' ? undefined : others[18];
}

async function absentOr(read: Promise<string>): Promise<string | undefined> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
