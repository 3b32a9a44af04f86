import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lacking, toolPath } from '../tools/cache.ts';
import { buildImage } from './image.ts';
import { buildBase, npmCache, runtimeBase, writeStandIn } from './standIns.ts';
import { contained, unpack, type UnpackedImage } from './unpacked.ts';

const run = promisify(execFile);
const { signal } = new AbortController();
const checkout = fileURLToPath(new URL('../..', import.meta.url));
const containerfile = join(checkout, 'Containerfile');
const missing = process.getuid?.() === 0 ? await lacking('buildah') : 'only root may change its root directory';

/** The instructions alone: the images that they start from are made here, since they cannot be pulled everywhere. */
describe.skipIf(missing !== undefined)(`the Containerfile${missing === undefined ? '' : `: ${missing}`}`, () => {
  let folder: string;
  let image: UnpackedImage;
  let ours: UnpackedImage;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'coppice-containerfile-'));
    for (const part of ['engine', 'ours']) await mkdir(join(folder, part));
    await provideBases();
    const { stdout: cache } = await run('npm', ['config', 'get', 'cache'], { signal });
    const volume = `--volume=${cache.trim()}:${npmCache}`;
    await buildah('build', '--isolation=chroot', '--pull-never', volume, '--tag=localhost/coppice', checkout);
    const archive = join(folder, 'image.tar');
    await buildah('push', 'localhost/coppice', `oci-archive:${archive}`);
    image = await unpack(archive, join(folder, 'engine'));
    await buildImage(checkout, join(folder, 'ours.tar'), signal);
    ours = await unpack(join(folder, 'ours.tar'), join(folder, 'ours'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  async function buildah(...args: readonly string[]): Promise<string> {
    const stores = ['--root', join(folder, 'root'), '--runroot', join(folder, 'run'), '--storage-driver', 'vfs'];
    const env = { PATH: process.env['PATH'], HOME: folder };
    const { stdout } = await run(toolPath('buildah'), [...stores, ...args], { env, signal, maxBuffer: 1 << 26 });
    return stdout.trim();
  }

  /** Under the names that the Containerfile says. */
  async function provideBases(): Promise<void> {
    const text = await readFile(containerfile, 'utf8');
    const names = [...text.matchAll(/^FROM (\S+)/gm)].map(([, name = '']) => name);
    const bases = [await buildBase(checkout, signal), await runtimeBase(checkout, signal)];
    expect(names).toHaveLength(bases.length);
    for (const [at, name] of names.entries()) {
      const file = await writeStandIn(name, bases[at] ?? [], folder, signal);
      await buildah('tag', await buildah('pull', '--quiet', `oci-archive:${file}`), name);
    }
  }

  it('puts into the image what hack/image does, bit by bit, with the same owners and rights', async () => {
    const brought = async ({ root }: UnpackedImage): Promise<readonly string[]> => {
      const paths = ['app', 'usr/local/bin', 'etc/docker', 'etc/distribution', 'var'];
      const { stdout: listed } = await run('find', [...paths, '-printf', '%p %y %m %U:%G %l\n'], big(root));
      const { stdout: hashed } = await run(
        'find',
        [...paths, '-type', 'f', '-exec', 'sha256sum', '{}', '+'],
        big(root),
      );
      return [...listed.split('\n'), ...hashed.split('\n')].toSorted();
    };
    const expected = await brought(ours);
    expect(expected.length).toBeGreaterThan(1000);
    expect(await brought(image)).toEqual(expected);
  });

  it('configures it alike', () => {
    const { User, Entrypoint, Cmd } = ours.config;
    expect(image.config).toMatchObject({ User, Entrypoint, Cmd, WorkingDir: '/', ExposedPorts: { '5000/tcp': {} } });
  });

  it('makes one that starts as it is', async () => {
    const storage = join(folder, 'storage');
    await mkdir(storage);
    const settings = { image, storage, user: image.config.User };
    const [command = '', ...args] = contained(settings, [...image.config.Cmd, '--check', '-o', 'json']);
    const { stdout } = await run(command, args, { env: {} });
    expect(JSON.parse(stdout)).toMatchObject({ configuration: '/etc/distribution/config.yml' });
  });
});

function big(cwd: string): { readonly cwd: string; readonly maxBuffer: number } {
  return { cwd, maxBuffer: 1 << 26 };
}
