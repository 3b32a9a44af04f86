import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RegistryClient } from '../load/client.ts';
import { artifactFor, type Image, topOf } from '../load/images.ts';
import { lacking } from '../tools/cache.ts';
import { clients } from './clients.ts';
import { runnableImage } from './runnable.ts';
import { client, clientTrusting } from './tools.ts';
import { type House, openHouse, variants } from './variants.ts';

const { signal } = new AbortController();
/** A version, so that Helm takes it. */
const tag = '1.0.0';

describe.each(variants)('the clients that people use, %s', (variant) => {
  let image: Image;
  let artifact: Image;
  let folder: string;
  let house: House;
  let ours: RegistryClient;

  beforeAll(async () => {
    image = await runnableImage('clients');
    artifact = artifactFor(topOf(image), 'bill of materials');
    folder = await mkdtemp(join(tmpdir(), 'coppice-clients-'));
    house = await openHouse(variant, folder, signal);
    ours = new RegistryClient(house.open, { retryAfterMs: [100, 100], pause: async (ms) => pause(ms) });
    expect(await ours.push('source/app', image, tag, signal)).toEqual({ is: 'acknowledged' });
    expect(await ours.push('source/app', artifact, undefined, signal)).toEqual({ is: 'acknowledged' });
  });

  afterAll(async () => {
    await house.end();
    await rm(folder, { recursive: true });
  });

  it('are let in without a name where nobody is asked for one, and only there', async () => {
    const list = clientTrusting(house.door.ca, 'crane', folder, ['ls', `${house.door.host}/source/app`]);
    if (variant === 'plain') expect(await list).toBe(tag);
    else await expect(list).rejects.toThrow(/unauthorized/i);
  });

  it.each(clients)('$name pushes, pulls, lists and deletes', async ({ name, tools, pushes, begin }) => {
    for (const tool of tools) expect(await lacking(tool)).toBeUndefined();
    const home = join(folder, name);
    await mkdir(home);
    const session = await begin(house.door, home, signal);
    try {
      const repository = `${name}/app`;
      const own = `${repository}:${tag}`;
      if (pushes !== 'a chart') await session.pull(`source/app:${tag}`);
      await session.push(own);
      const pulled = await ours.pull(repository, tag, signal);
      expect(pulled).toMatchObject({ is: 'whole' });
      if (pushes.startsWith('the same')) expect(pulled).toMatchObject({ digest: topOf(image).digest });
      const referrers = await ours.referrers(repository, topOf(image).digest, signal);
      expect(referrers).toEqual(pushes === 'the same with referrers' ? [topOf(artifact).digest] : []);
      await session.pull(own);
      if (session.list !== undefined) expect(await session.list(repository)).toContain(tag);
      if (session.remove !== undefined) {
        await session.remove(own);
        expect(await ours.pull(repository, tag, signal)).toEqual({ is: 'absent' });
      }
    } finally {
      await session.end?.();
    }
  });
});

describe('what only some clients do', () => {
  let image: Image;
  let artifact: Image;
  let folder: string;
  let house: House;
  let ours: RegistryClient;

  beforeAll(async () => {
    image = await runnableImage('some clients');
    artifact = artifactFor(topOf(image), 'bill of materials');
    folder = await mkdtemp(join(tmpdir(), 'coppice-clients-'));
    house = await openHouse('plain', folder, signal);
    ours = new RegistryClient(house.open, { retryAfterMs: [], pause: async (ms) => pause(ms) });
    expect(await ours.push('source/app', image, tag, signal)).toEqual({ is: 'acknowledged' });
    expect(await ours.push('source/app', artifact, undefined, signal)).toEqual({ is: 'acknowledged' });
  });

  afterAll(async () => {
    await house.end();
    await rm(folder, { recursive: true });
  });

  it('oras pushes files as an artifact and pulls them again', async () => {
    const files = `${house.door.host}/oras/files:v1`;
    await writeFile(join(folder, 'hello.txt'), 'hello');
    await client('oras', folder, 'push', '--plain-http', files, 'hello.txt:text/plain');
    await client('oras', folder, 'pull', '--plain-http', '-o', 'pulled', files);
    expect(await readFile(join(folder, 'pulled', 'hello.txt'), 'utf8')).toBe('hello');
  });

  it('oras and regctl find what refers to an image', async () => {
    const source = `${house.door.host}/source/app:${tag}`;
    const { digest } = topOf(artifact);
    expect(await client('oras', folder, 'discover', '--plain-http', '--format', 'json', source)).toContain(digest);
    await client('regctl', folder, 'registry', 'set', house.door.host, '--tls', 'disabled');
    expect(await client('regctl', folder, 'artifact', 'list', source)).toContain(digest);
  });

  it('crane copies and validates an image, and deletes it by its digest with all its tags', async () => {
    const own = `${house.door.host}/crane/copied`;
    const { digest } = topOf(image);
    await client('crane', folder, 'copy', `${house.door.host}/source/app:${tag}`, `${own}:v1`);
    await client('crane', folder, 'tag', `${own}:v1`, 'v2');
    expect(await client('crane', folder, 'digest', `${own}:v2`)).toBe(digest);
    await client('crane', folder, 'validate', '--fast', '--remote', `${own}:v1`);
    await client('crane', folder, 'delete', `${own}@${digest}`);
    for (const reference of [digest, 'v1', 'v2'])
      expect(await ours.pull('crane/copied', reference, signal), reference).toEqual({ is: 'absent' });
  });
});
