import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface LoopMount {
  readonly directory: string;
  unmount(): Promise<void>;
}

/** A file system of its own in a file, mounted; or what this machine lacks for that. */
export async function mountLoop(
  kind: 'ext4' | 'xfs',
  sizeMiB: number,
): Promise<LoopMount | { readonly lacks: string }> {
  const home = await mkdtemp(join(tmpdir(), `coppice-${kind}-`));
  const [image, directory] = [join(home, 'image'), join(home, 'mounted')];
  const clear = async (): Promise<void> => rm(home, { recursive: true, force: true });
  try {
    await writeFile(image, '');
    await truncate(image, sizeMiB * 1024 * 1024);
    await mkdir(directory);
    await run(`mkfs.${kind}`, ['-q', image], {
      env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` },
    });
    await run('mount', ['-o', 'loop', image, directory]);
  } catch (error) {
    await clear();
    return { lacks: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error) };
  }
  return {
    directory,
    unmount: async () => {
      await run('umount', [directory]);
      await clear();
    },
  };
}
