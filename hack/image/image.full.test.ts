import { execFile } from 'node:child_process';
import { chown, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RegistryClient } from '../load/client.ts';
import { imageOf, layer } from '../load/images.ts';
import { freePorts } from '../load/ports.ts';
import { ServerProcess } from '../load/serverProcess.ts';
import { lacking, toolPath } from '../tools/cache.ts';
import { type BuiltImage, buildImage } from './image.ts';
import { contained, unpack, type UnpackedImage } from './unpacked.ts';

const run = promisify(execFile);
const { signal } = new AbortController();
const checkout = fileURLToPath(new URL('../..', import.meta.url));
const nonroot = 65_532;
const missing = process.getuid?.() === 0 ? await lacking('skopeo') : 'only root may change its root directory';

describe.skipIf(missing !== undefined)(`the image${missing === undefined ? '' : `: ${missing}`}`, () => {
  let folder: string;
  let archive: string;
  let built: BuiltImage;
  let image: UnpackedImage;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'coppice-image-test-'));
    archive = join(folder, 'image.tar');
    built = await buildImage(checkout, archive, signal);
    image = await unpack(archive, folder);
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  async function volume(name: string, owner: number): Promise<string> {
    const storage = join(folder, name);
    await mkdir(storage);
    await chown(storage, owner, owner);
    return storage;
  }

  async function inImage(storage: string, ...args: readonly string[]): Promise<string> {
    const [command = '', ...rest] = contained({ image, storage, user: image.config.User }, args);
    const { stdout } = await run(command, rest, { env: {} });
    return stdout;
  }

  it('has the same digest when it is built again, and is small', async () => {
    const again = await buildImage(checkout, join(folder, 'again.tar'), signal);
    expect(again.digest).toBe(built.digest);
    const { size } = await stat(archive);
    console.log(`the image: ${(size / 1e6).toFixed(1)} MB`);
    expect(size).toBeLessThan(64e6);
  });

  it('is what other tools take for one', async () => {
    const { stdout } = await run(toolPath('skopeo'), ['inspect', `oci-archive:${archive}`]);
    expect(JSON.parse(stdout)).toMatchObject({
      Digest: built.digest,
      Os: 'linux',
      Labels: { 'org.opencontainers.image.title': 'coppice' },
    });
  });

  it('runs as nobody in particular, and lets that one write only where a volume is meant to be', async () => {
    expect(image.config).toMatchObject({ User: `${nonroot}:${nonroot}`, Env: ['PATH=/usr/local/bin'] });
    const writable = [
      '-xdev',
      '!',
      '-type',
      'l',
      '(',
      '-uid',
      `${nonroot}`,
      '-o',
      '-perm',
      '-o=w',
      ')',
      '-printf',
      '/%P\n',
    ];
    const { stdout } = await run('find', [image.root, ...writable]);
    expect(stdout.trim().split('\n').toSorted()).toEqual(['/tmp', '/var/lib/registry']);
  });

  it('has in its root alone all that the command needs', async () => {
    const storage = await volume('nothing', nonroot);
    expect(await inImage(storage, '--version')).toMatch(/^coppice \d+\.\d+\.\d+\n$/);
    expect(await inImage(storage, 'registry', '--help')).toContain('Usage: coppice registry');
    expect(await inImage(storage, 'operator', '--help')).toContain('Usage: coppice operator');
  });

  it('is started in every way that the images of distribution are', async () => {
    const storage = await volume('as-distribution', nonroot);
    for (const args of [
      [],
      ['serve'],
      ['serve', '/etc/distribution/config.yml'],
      ['registry', 'serve', '/etc/docker/registry/config.yml'],
      ['/etc/docker/registry/config.yml'],
    ]) {
      const checked = args.length === 0 ? image.config.Cmd : args;
      const { configuration } = JSON.parse(await inImage(storage, ...checked, '--check', '-o', 'json')) as {
        configuration: string;
      };
      expect(configuration).toMatch(/^\/etc\/(distribution|docker\/registry)\/config\.yml$/);
    }
  });

  it('serves a volume out of a root that cannot be written, takes itself in, and collects', async () => {
    const storage = await volume('served', nonroot);
    const [api = 0, metrics = 0, admin = 0] = await freePorts(3);
    const [command = '', ...args] = contained({ image, storage, user: image.config.User }, image.config.Cmd);
    const server = new ServerProcess({
      ...{ name: 'the image', command, args, log: join(folder, 'served.log') },
      env: {
        REGISTRY_HTTP_ADDR: `127.0.0.1:${api}`,
        REGISTRY_COPPICE_METRICS_ADDR: `127.0.0.1:${metrics}`,
        REGISTRY_COPPICE_ADMIN_ADDR: `127.0.0.1:${admin}`,
      },
      ready: `http://127.0.0.1:${metrics}/debug/health`,
    });
    await server.start(signal);
    try {
      const client = new RegistryClient(`http://127.0.0.1:${api}`, {
        retryAfterMs: [],
        pause: async (ms) => pause(ms),
      });
      const pushed = imageOf('amd64', [layer('one', 100_000)]);
      expect(await client.push('team/app', pushed, 'v1', signal)).toEqual({ is: 'acknowledged' });
      expect(await client.pull('team/app', 'v1', signal)).toMatchObject({ is: 'whole' });
      const ours = `docker://127.0.0.1:${api}/tools/coppice:v1`;
      await run(toolPath('skopeo'), [
        'copy',
        '--preserve-digests',
        '--dest-tls-verify=false',
        `oci-archive:${archive}`,
        ours,
      ]);
      const { stdout } = await run(toolPath('skopeo'), [
        'inspect',
        '--tls-verify=false',
        '--format',
        '{{.Digest}}',
        ours,
      ]);
      expect(stdout.trim()).toBe(built.digest);
      // Marks on a thread of its own: workers are found in what was compiled.
      const url = `http://127.0.0.1:${admin}`;
      expect(JSON.parse(await inImage(storage, 'audit', '--admin', url, '-o', 'json'))).toMatchObject({ missing: 0 });
    } finally {
      expect(await server.end('SIGTERM')).toBe(0);
    }
  });
});
