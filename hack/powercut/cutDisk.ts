import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const keeperScript = fileURLToPath(new URL('keeper.sh', import.meta.url));
const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };
/** It takes any file system down, not only xfs. */
const shutdown = 'xfs_io';
/** Sparse; large enough for its inodes. */
const sizeMiB = 2048;

export type DiskKind = 'xfs' | 'ext4';
/** Whether the file system's log still gets out when it goes down. What was not synced is lost either way. */
export type Cut = 'logLost' | 'logFlushed';

/**
 * A file system of its own that can go down at any moment, as it does when the power fails, and comes back by a mount and nothing else. It does not outlive
 * this process, however that ends.
 */
export class CutDisk {
  readonly kind: DiskKind;
  readonly directory: string;
  readonly #home: string;
  readonly #keeper: ChildProcess;

  private constructor(kind: DiskKind, home: string, keeper: ChildProcess) {
    this.kind = kind;
    this.#home = home;
    this.#keeper = keeper;
    this.directory = join(home, 'mounted');
  }

  /** Mounted; or what this machine lacks for that. */
  static async make(kind: DiskKind): Promise<CutDisk | { readonly lacks: string }> {
    const home = await mkdtemp(join(tmpdir(), `coppice-powercut-${kind}-`));
    const disk = new CutDisk(kind, home, await keeperOf(home));
    try {
      await mkdir(disk.directory);
      await writeFile(disk.#image, '');
      await truncate(disk.#image, sizeMiB * 1024 * 1024);
      await run(`mkfs.${kind}`, ['-q', disk.#image], { env });
      await disk.#mount();
      await disk.cut('logLost');
      await disk.comeBack();
      return disk;
    } catch (error) {
      await disk.drop();
      return { lacks: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error) };
    }
  }

  async cut(how: Cut): Promise<void> {
    await run(shutdown, this.#goDown(how), { env });
  }

  /** The same while nothing else of this process goes on: between two steps of one call. */
  cutNow(how: Cut): void {
    execFileSync(shutdown, this.#goDown(how), { env });
  }

  /** After every process that had a file open there has ended. */
  async comeBack(): Promise<void> {
    await run('umount', [this.directory]);
    await this.#mount();
  }

  /** Rejects where something still has files open there. */
  async drop(): Promise<void> {
    const exited = once(this.#keeper, 'exit') as Promise<[number | null]>;
    this.#keeper.ref();
    this.#keeper.stdin?.end();
    const [code] = await exited;
    if (code !== 0) throw new Error(`${this.directory} could not be taken away: something has files open there`);
  }

  #goDown(how: Cut): string[] {
    // `-x`: also what is not xfs.
    return ['-x', '-c', how === 'logFlushed' ? 'shutdown -f' : 'shutdown', this.directory];
  }

  get #image(): string {
    return join(this.#home, 'image');
  }

  async #mount(): Promise<void> {
    await run('mount', ['-o', 'loop', this.#image, this.directory]);
  }
}

async function keeperOf(home: string): Promise<ChildProcess> {
  // A session of its own: what ends our group leaves it time to clean up.
  const keeper = spawn('sh', [keeperScript, home], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  await once(keeper, 'spawn');
  keeper.unref();
  return keeper;
}
