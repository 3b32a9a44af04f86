import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface KeptFolder {
  readonly path: string;
  /** Rejects when something is left. */
  remove(): Promise<void>;
}

const keeper = fileURLToPath(new URL('keeper.sh', import.meta.url));

/** A temporary folder that does not outlive this process, nor do control groups of its name. */
export async function keptFolder(prefix: string): Promise<KeptFolder> {
  const path = await mkdtemp(join(tmpdir(), prefix));
  // A session of its own: what ends our group leaves it time to clean up.
  const child = spawn('sh', [keeper, path], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  await once(child, 'spawn');
  child.unref();
  const exited = once(child, 'exit') as Promise<[number | null]>;
  return {
    path,
    async remove() {
      child.ref();
      child.stdin.end();
      const [code] = await exited;
      if (code !== 0) throw new Error(`${path} could not be removed`);
    },
  };
}
