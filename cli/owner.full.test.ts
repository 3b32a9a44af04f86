import { execFile } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Command, coppice } from './testing/command.ts';

const run = promisify(execFile);
const launcher = fileURLToPath(new URL('coppice.js', import.meta.url));
const somebody = 65_532;
const isRoot = process.getuid?.() === 0;

/** Ports that nobody else has. */
const environment = {
  REGISTRY_HTTP_ADDR: '127.0.0.1:0',
  REGISTRY_COPPICE_ADMIN_ADDR: '127.0.0.1:0',
  REGISTRY_COPPICE_METRICS_ADDR: '127.0.0.1:0',
};

describe.skipIf(!isRoot)(`a process of root${isRoot ? '' : ': only root can start one'}`, () => {
  /** Named, or that of a registry on this machine would be taken. */
  let config: string;
  let storage: string;
  beforeAll(async () => {
    const directory = await mkdtemp(join(tmpdir(), 'coppice-owner-config-'));
    await chmod(directory, 0o755);
    config = join(directory, 'config.yml');
    await writeFile(config, 'version: 0.1\n');
  });
  afterAll(async () => {
    await rm(dirname(config), { recursive: true });
  });
  beforeEach(async () => {
    storage = await mkdtemp(join(tmpdir(), 'coppice-owner-'));
  });
  afterEach(async () => {
    await rm(storage, { recursive: true });
  });

  async function owners(): Promise<ReadonlySet<number>> {
    const names = await readdir(storage, { recursive: true });
    const all = await Promise.all(names.map(async (name) => (await stat(join(storage, name))).uid));
    return new Set(all);
  }

  async function serve(): Promise<string> {
    const environmentHere = { ...environment, REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: storage };
    const replica = new Command(['registry', config], environmentHere);
    await replica.line(/the replica serves/);
    replica.signal('SIGTERM');
    const { code, err } = await replica.ended();
    expect(code).toBe(0);
    return err;
  }

  it('becomes the owner of its storage, as a replica and as a command straight on it', async () => {
    await chown(storage, somebody, somebody);
    expect(await serve()).toBe('');
    expect((await coppice(['collect', '--storage', storage])).code).toBe(0);
    expect(await owners()).toEqual(new Set([somebody]));
  });

  it('becomes the owner of what a registry wrote, whomever the mount point belongs to', async () => {
    await mkdir(join(storage, 'docker/registry/v2'), { recursive: true });
    await run('chown', ['-R', `${somebody}:${somebody}`, storage]);
    await chown(storage, 0, somebody);
    await run('chmod', ['g+rwx', storage]);
    expect(await serve()).toBe('');
    expect(await owners()).toEqual(new Set([somebody]));
  });

  it('stays root where the storage is root’s, and says so', async () => {
    expect(await serve()).toContain(`goes on as root, to whom ${storage} belongs`);
    expect(await owners()).toEqual(new Set([0]));
  });

  it('does not start where it may not change its user', async () => {
    await chown(storage, somebody, somebody);
    const args = ['--bounding-set=-setuid,-setgid', process.execPath, launcher, 'registry', config];
    const env = { PATH: process.env['PATH'], ...environment, REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: storage };
    await expect(run('setpriv', args, { env })).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`start it as ${somebody}:${somebody}`) as string,
    });
    expect(await readdir(storage)).toEqual([]);
  });
});
