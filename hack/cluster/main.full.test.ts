import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toolsCache } from '../tools/cache.ts';
import { type Answer, kubectl } from './kubectl.ts';
import { lackingNode } from './node/lacking.ts';
import { images } from './node/settings.ts';
import { processesOf } from './testing/processes.ts';

const { signal } = new AbortController();
const lackOfNode = await lackingNode();
if (lackOfNode !== undefined) console.warn(`SKIPPED: this machine can have no node of its own: ${lackOfNode}`);

describe('a cluster by command', () => {
  let folder: string;
  let temporary: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'coppice-by-command-'));
    temporary = join(folder, 'temporary');
    await mkdir(temporary);
    await mkdir(join(folder, 'tools'));
    await symlink(join(toolsCache, 'bin'), join(folder, 'tools', 'bin'));
  });

  afterEach(async () => {
    await cluster(['down', '--name=ours']);
    await rm(folder, { recursive: true });
  });

  async function cluster(args: readonly string[], others: NodeJS.ProcessEnv = {}): Promise<Answer> {
    const env = {
      PATH: process.env['PATH'],
      TMPDIR: temporary,
      COPPICE_TOOLS: join(folder, 'tools'),
      ...others,
    };
    const child = spawn(process.execPath, ['hack/cluster/main.ts', ...args], { env });
    const [[exitCode], stdout, stderr] = await Promise.all([
      once(child, 'exit') as Promise<[number]>,
      text(child.stdout),
      text(child.stderr),
    ]);
    return { exitCode, stdout: stdout.trim(), stderr };
  }

  const status = (): Promise<Answer> => cluster(['status', '--name=ours']);

  it('stands after the command that started it, until another ends it', async () => {
    expect(await status()).toMatchObject({ exitCode: 3, stdout: 'ours does not stand' });
    const up = await cluster(['up', '--name=ours']);
    expect(up).toMatchObject({ exitCode: 0, stdout: join(folder, 'tools/clusters/ours/kubeconfig') });
    expect(await cluster(['up', '--name=ours'])).toEqual(up);
    expect(await status()).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('ready: ok') as string });
    const settings = { kubeconfig: up.stdout, home: folder };
    expect(await kubectl(settings, ['get', 'namespaces'], signal)).toMatchObject({ exitCode: 0 });
    expect(await cluster(['down', '--name=ours'])).toMatchObject({ exitCode: 0, stdout: 'ours is gone' });
    expect(await status()).toMatchObject({ exitCode: 3 });
    expect(await processesOf(folder)).toEqual([]);
    expect(await readdir(temporary)).toEqual([]);
    expect(await readdir(join(folder, 'tools/clusters'))).toEqual(['ours.log']);
  });

  /** Kills what holds the cluster of this kubeconfig. */
  async function expectToGoAlong(kubeconfig: string): Promise<void> {
    const record = await readFile(join(dirname(kubeconfig), 'standing.json'), 'utf8');
    expect((await processesOf(temporary)).length).toBeGreaterThanOrEqual(3);
    process.kill((JSON.parse(record) as { readonly holder: number }).holder, 'SIGKILL');
    await expect.poll(() => processesOf(temporary), { timeout: 20_000 }).toEqual([]);
    expect(await readdir(temporary)).toEqual([]);
    expect(await status()).toMatchObject({ exitCode: 3 });
  }

  it('goes with the process that holds it, even where that is killed, and can be had again', async () => {
    const up = await cluster(['up', '--name=ours']);
    await expectToGoAlong(up.stdout);
    expect(await cluster(['up', '--name=ours'])).toEqual(up);
  });

  it.skipIf(lackOfNode !== undefined)('takes its node along, and what runs there', async () => {
    const { stdout: kubeconfig } = await cluster(['up', '--name=ours', '--node']);
    const settings = { kubeconfig, home: folder };
    await kubectl(settings, ['run', 'pod', `--image=${images.busybox}`], signal);
    const isReady = ['wait', 'pod/pod', '--for=condition=Ready', '--timeout=60s'];
    expect(await kubectl(settings, isReady, signal)).toMatchObject({ exitCode: 0 });
    const [name = ''] = await readdir(temporary);
    const groups = async (): Promise<boolean> => (await readdir('/sys/fs/cgroup/pids')).includes(name);
    expect(await groups()).toBe(true);
    await expectToGoAlong(kubeconfig);
    expect(await groups()).toBe(false);
  });

  it('says what is lacking, and leaves nothing', async () => {
    const { exitCode, stderr } = await cluster(['up', '--name=ours'], { KUBEBUILDER_ASSETS: temporary });
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('etcd cannot') as string,
    });
    expect(await status()).toMatchObject({ exitCode: 3 });
  });

  it('refuses a second node', async () => {
    const { exitCode, stderr } = await cluster(['up', '--name=ours', '--nodes=2']);
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--nodes 2: a cluster has at most one node') as string,
    });
    expect(await status()).toMatchObject({ exitCode: 3 });
  });

  it('takes no path for a name', async () => {
    const { exitCode, stderr } = await cluster(['down', '--name=../ours']);
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('is no name') as string,
    });
  });
});
