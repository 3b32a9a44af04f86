import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ServerProcess } from '../../load/serverProcess.ts';
import { mortal } from '../programs.ts';
import { addresses } from './settings.ts';

const script = fileURLToPath(new URL('sandbox.sh', import.meta.url));
const namespaces = ['--net', '--mount', '--pid', '--uts', '--ipc'];

/** A machine for one node: namespaces of its own, and a cgroup in each hierarchy. All of it ends with its first process. */
export class Sandbox {
  readonly #process: ServerProcess;
  /** The first process, by its number outside. */
  #first: number | undefined;

  /** `folder` exists, and keeps what the node stores. Whoever removes it removes the control groups called `cgroup` too. */
  constructor(folder: string, cgroup: string) {
    const ready = join(folder, 'ready');
    const unshare = ['unshare', ...namespaces, '--fork', '--kill-child', '--mount-proc', '--propagation=private'];
    const [command, ...args] = mortal([
      ...unshare,
      ...['bash', script, folder, cgroup, addresses.apiServer, addresses.node],
    ]);
    this.#process = new ServerProcess({
      name: 'sandbox',
      command,
      args,
      env: { PATH: process.env['PATH'] },
      log: join(folder, 'sandbox.log'),
      ready: async () => (await access(ready), true),
    });
  }

  async start(signal: AbortSignal): Promise<void> {
    await this.#process.start(signal);
    const { pid } = this.#process;
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
    this.#first = Number(children.trim());
  }

  /** A path in there, by its name out here. */
  path(inside: string): string {
    return `/proc/${this.first}/root${inside}`;
  }

  async end(): Promise<void> {
    if (this.#first !== undefined) {
      // The kernel ends all others before it lets the first one go.
      process.kill(this.#first, 'SIGKILL');
      await this.#process.gone();
    }
    await this.#process.end('SIGKILL');
  }

  /** The number of its first process out here. */
  get first(): number {
    if (this.#first === undefined) throw new Error('the sandbox does not run');
    return this.#first;
  }
}

/** `COMMAND…` in the sandbox with this first process; `network`: in its network alone, and otherwise where we are. */
export function inside(
  first: number,
  command: readonly string[],
  what: 'all' | 'network' = 'all',
): readonly [string, ...string[]] {
  const entered = what === 'all' ? namespaces : ['--net'];
  return mortal(['nsenter', `--target=${first}`, ...entered, '--', ...command]);
}
