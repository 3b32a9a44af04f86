import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RegistryClient } from '../load/client.ts';
import { artifactFor, type Image, imageOf, indexOf, layer, topOf } from '../load/images.ts';
import { freePorts } from '../load/ports.ts';
import { Replica } from '../load/replica.ts';
import { client } from './tools.ts';

const { signal } = new AbortController();

describe('the clients that people use', () => {
  const image: Image = indexOf(
    ['amd64', 'arm64'].map((platform) => imageOf(platform, [layer('shared', 20_000), layer(platform, 30_000)])),
  );
  const artifact = artifactFor(topOf(image), 'bill of materials');
  let folder: string;
  let replica: Replica;
  let host: string;
  let ours: RegistryClient;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'coppice-clients-'));
    await mkdir(join(folder, 'storage'));
    const [api = 0, admin = 0, metrics = 0] = await freePorts(3);
    replica = new Replica({
      name: 'one',
      folder,
      storage: join(folder, 'storage'),
      ports: { api, admin, metrics },
      coppice: {},
    });
    await replica.start(signal);
    host = `127.0.0.1:${api}`;
    ours = new RegistryClient(replica.api, { retryAfterMs: [100, 100], pause: async (ms) => pause(ms) });
    expect(await ours.push('source/app', image, 'v1', signal)).toEqual({ is: 'acknowledged' });
    expect(await ours.push('source/app', artifact, undefined, signal)).toEqual({ is: 'acknowledged' });
  });

  afterAll(async () => {
    await replica.end('SIGTERM');
    await rm(folder, { recursive: true });
  });

  async function expectWhole(repository: string, reference: string, expected: Image = image): Promise<void> {
    expect(await ours.pull(repository, reference, signal)).toMatchObject({
      is: 'whole',
      digest: topOf(expected).digest,
    });
  }

  it('skopeo copies a multi-platform image out and in, digests unchanged', async () => {
    const out = `dir:${join(folder, 'skopeo')}`;
    await client('skopeo', folder, 'copy', '--all', '--src-tls-verify=false', `docker://${host}/source/app:v1`, out);
    await client('skopeo', folder, 'copy', '--all', '--dest-tls-verify=false', out, `docker://${host}/skopeo/app:v1`);
    await expectWhole('skopeo/app', 'v1');
  });

  it('crane copies a multi-platform image out and in, digests unchanged', async () => {
    const out = join(folder, 'crane');
    await client('crane', folder, 'pull', '--format=oci', `${host}/source/app:v1`, out);
    await client('crane', folder, 'push', '--index', out, `${host}/crane/pushed:v1`);
    await client('crane', folder, 'copy', `${host}/source/app:v1`, `${host}/crane/app:v1`);
    await expectWhole('crane/app', 'v1');
    expect(await client('crane', folder, 'digest', `${host}/crane/app:v1`)).toBe(topOf(image).digest);
    await client('crane', folder, 'validate', '--fast', '--remote', `${host}/crane/app:v1`);
  });

  it('oras copies an image with what refers to it, and finds it there', async () => {
    const plain = ['--from-plain-http', '--to-plain-http'];
    await client('oras', folder, 'cp', '-r', ...plain, `${host}/source/app:v1`, `${host}/oras/app:v1`);
    await expectWhole('oras/app', 'v1');
    await expectWhole('oras/app', topOf(artifact).digest, artifact);
    const found = await client('oras', folder, 'discover', '--plain-http', '--format', 'json', `${host}/oras/app:v1`);
    expect(found).toContain(topOf(artifact).digest);
  });

  it('oras pushes files as an artifact and pulls them again', async () => {
    await writeFile(join(folder, 'hello.txt'), 'hello');
    await client('oras', folder, 'push', '--plain-http', `${host}/oras/files:v1`, 'hello.txt:text/plain');
    await client('oras', folder, 'pull', '--plain-http', '-o', 'pulled', `${host}/oras/files:v1`);
    expect(await readFile(join(folder, 'pulled', 'hello.txt'), 'utf8')).toBe('hello');
  });

  it('regctl copies a multi-platform image with its referrers out and in, digests unchanged', async () => {
    await client('regctl', folder, 'registry', 'set', host, '--tls', 'disabled');
    const out = `ocidir://${join(folder, 'regctl')}:v1`;
    await client('regctl', folder, 'image', 'copy', '--referrers', `${host}/source/app:v1`, out);
    await client('regctl', folder, 'image', 'copy', '--referrers', out, `${host}/regctl/app:v1`);
    await expectWhole('regctl/app', 'v1');
    expect(await client('regctl', folder, 'artifact', 'list', `${host}/regctl/app:v1`)).toContain(
      topOf(artifact).digest,
    );
  });

  it('crane and regctl delete a tag and a manifest, and what is gone answers 404', async () => {
    await client('regctl', folder, 'tag', 'delete', `${host}/crane/pushed:v1`);
    expect(await ours.pull('crane/pushed', 'v1', signal)).toEqual({ is: 'absent' });
    await client('crane', folder, 'delete', `${host}/crane/app@${topOf(image).digest}`);
    expect(await ours.pull('crane/app', topOf(image).digest, signal)).toEqual({ is: 'absent' });
    expect(await ours.pull('crane/app', 'v1', signal)).toEqual({ is: 'absent' });
  });
});
