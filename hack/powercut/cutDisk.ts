import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };
/** Sparse; large enough for its inodes. */
const sizeMiB = 2048;

export type DiskKind = 'xfs' | 'ext4';
/** Whether the file system's log still gets out when it goes down. What was not synced is lost either way. */
export type Cut = 'logLost' | 'logFlushed';

/** A file system of its own that can go down at any moment, as it does when the power fails, and comes back by a mount and nothing else. */
export class CutDisk {
  readonly kind: DiskKind;
  readonly directory: string;
  readonly #home: string;

  private constructor(kind: DiskKind, home: string) {
    this.kind = kind;
    this.#home = home;
    this.directory = join(home, 'mounted');
  }

  /** Mounted; or what this machine lacks for that. */
  static async make(kind: DiskKind): Promise<CutDisk | { readonly lacks: string }> {
    const disk = new CutDisk(kind, await mkdtemp(join(tmpdir(), `coppice-powercut-${kind}-`)));
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
      await disk.drop().catch(() => undefined);
      return { lacks: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error) };
    }
  }

  async cut(how: Cut): Promise<void> {
    // `-x`: also on file systems that are not xfs.
    await run('xfs_io', ['-x', '-c', how === 'logFlushed' ? 'shutdown -f' : 'shutdown', this.directory], { env });
  }

  /** After every process that had a file open there has ended. */
  async comeBack(): Promise<void> {
    await run('umount', [this.directory]);
    await this.#mount();
  }

  async drop(): Promise<void> {
    await run('umount', [this.directory]).catch(() => undefined);
    await rm(this.#home, { recursive: true });
  }

  get #image(): string {
    return join(this.#home, 'image');
  }

  async #mount(): Promise<void> {
    await run('mount', ['-o', 'loop', this.#image, this.directory]);
  }
}
