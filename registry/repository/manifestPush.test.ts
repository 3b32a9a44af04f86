import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Digest } from '../../core/oci/digest.ts';
import { digestToken, tagToken, type Token } from '../../core/window/token.ts';
import { layout } from '../storage/layout.ts';
import { known, textAt } from '../storage/testing/testStorage.ts';
import { contentDigest } from './contentDigest.ts';
import {
  bytesOf,
  digestOfText,
  imageOf,
  indexOf,
  repository,
  repositoryNamed,
  signal,
  tagNamed,
  TestRegistry,
} from './testing/testRegistry.ts';
import { TimedRegistry } from './testing/timedRegistry.ts';
import { TestWorld } from '../window/testing/testWorld.ts';

const v1 = tagNamed('v1');
const absent = digestOfText('never pushed');

describe('PUT of a manifest', () => {
  let timed: TimedRegistry;
  let registry: TestRegistry;
  let config: Digest;
  let layer: Digest;
  beforeEach(async () => {
    timed = await TimedRegistry.open();
    ({ registry } = timed);
    config = await registry.blob('config');
    layer = await registry.blob('layer');
  });
  afterEach(async () => {
    await registry.world.close();
  });

  const linkTime = async (path: string): Promise<number> => known(await registry.driver.stat(path, signal)).modifiedAt;
  const stands = async (path: string): Promise<boolean> => (await registry.driver.stat(path, signal)) !== undefined;

  it('writes bytes, revision, and each tag with its history', async () => {
    const document = imageOf(config, [layer]);
    const digest = await registry.manifest(document, ['v1', 'v2']);
    expect(digest).toBe(digestOfText(JSON.stringify(document)));
    expect(await textAt(registry.driver, layout.blob(digest))).toBe(JSON.stringify(document));
    for (const path of [
      layout.revisionLink(repository, digest),
      layout.tagLink(repository, v1),
      layout.tagIndexLink(repository, v1, digest),
      layout.tagLink(repository, tagNamed('v2')),
    ]) {
      expect(await textAt(registry.driver, path)).toBe(digest);
    }
  });

  it('G5: writes the bytes first and the tag last, so that a crash leaves garbage only', async () => {
    const calls = await timed.callsOf(() => registry.manifest(imageOf(config, [layer]), ['v1']));
    const digest = known(
      await registry.repositories.manifests.tagged(repository, v1, signal, (named) => Promise.resolve(named)),
    );
    expect(calls.filter((call) => call.startsWith('commit'))).toEqual([
      `commit ${layout.blob(digest)}`,
      `commit ${layout.revisionLink(repository, digest)}`,
      `commit ${layout.tagIndexLink(repository, v1, digest)}`,
      `commit ${layout.tagLink(repository, v1)}`,
    ]);
  });

  it('W7: names what is missing, and writes nothing', async () => {
    const foreignBlob = await registry.blob('of another', repositoryNamed('other/place'));
    const calls = await timed.callsOf(async () => {
      expect(await registry.push(imageOf(config, [layer, absent, foreignBlob]), ['v1'])).toEqual({
        is: 'missing',
        digests: [absent, foreignBlob],
      });
      expect(await registry.push(indexOf([absent]))).toEqual({ is: 'missing', digests: [absent] });
    });
    expect(calls.filter((call) => call.startsWith('commit'))).toEqual([]);
  });

  const cases: { name: string; document: () => object; taken: boolean }[] = [
    {
      name: 'a layer that is fetched elsewhere',
      document: () => imageOf(config, [], { layers: [{ digest: absent, size: 1, urls: ['https://example.com/'] }] }),
      taken: true,
    },
    {
      name: 'a subject that is not there',
      document: () => imageOf(config, [], { subject: { digest: absent } }),
      taken: true,
    },
    { name: 'a blob as a child', document: () => indexOf([layer]), taken: false },
    {
      name: 'a layer in an index, as BuildKit’s caches have it',
      document: () =>
        indexOf([], { manifests: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: layer }] }),
      taken: true,
    },
    {
      name: 'an entry of an index that is nowhere',
      document: () => indexOf([], { manifests: [{ mediaType: 'text/plain', digest: absent }] }),
      taken: false,
    },
    {
      name: 'a remark in a type that we do not know',
      document: () => ({ mediaType: 'application/vnd.example+json', remark: `made from ${absent}` }),
      taken: true,
    },
  ];
  it.each(cases)('$name: taken $taken', async ({ document, taken }) => {
    expect((await registry.push(document())).is).toBe(taken ? 'pushed' : 'missing');
  });

  it('takes what was never pushed where validation is disabled, and renews what was', async () => {
    const lenient = await TestRegistry.on(registry.world, { validation: 'disabled' });
    expect((await lenient.push(imageOf(absent, [layer]))).is).toBe('pushed');
  });

  it.each([
    { name: 'what is no JSON', bytes: bytesOf('{') },
    { name: 'what is not UTF-8', bytes: Uint8Array.from([0x7b, 0xff, 0x7d]) },
    { name: 'schema 1', bytes: bytesOf('{"schemaVersion":1,"fsLayers":[]}') },
  ])('refuses $name', async ({ bytes }) => {
    const outcome = await registry.repositories.push.push({ repository, tags: [v1], bytes }, signal);
    expect(outcome).toMatchObject({ is: 'notUnderstood' });
  });

  it('goes by the algorithm of the digest it is pushed by, and refuses another digest', async () => {
    const bytes = bytesOf(JSON.stringify(imageOf(config, [layer])));
    const digest = contentDigest('sha512', bytes);
    const { push } = registry.repositories;
    expect(await push.push({ repository, digest, tags: [], bytes }, signal)).toMatchObject({ is: 'pushed', digest });
    expect(await push.push({ repository, digest: absent, tags: [], bytes }, signal)).toEqual({
      is: 'digestDiffers',
      found: contentDigest('sha256', bytes),
    });
  });

  describe('touches', () => {
    const named: { name: string; token: (digest: Digest, child: Digest) => Token }[] = [
      { name: 'itself', token: (digest) => digestToken(digest) },
      { name: 'its tag', token: () => tagToken(repository, v1) },
      { name: 'its subject', token: () => digestToken(absent) },
      { name: 'what it refers to', token: (_digest, child) => digestToken(child) },
    ];
    it.each(named)('W1: $name: a PUT waits while it is held', async ({ token }) => {
      const child = await registry.manifest(imageOf(config, [layer]));
      const document = indexOf([child], { subject: { digest: absent } });
      await registry.hold([token(digestOfText(JSON.stringify(document)), child)]);
      await expect(registry.push(document, ['v1'])).rejects.toMatchObject({ name: 'Refused', reason: 'held' });
      expect(await stands(layout.tagLink(repository, v1))).toBe(false);
      await registry.release();
      expect(await registry.push(document, ['v1'])).toMatchObject({ is: 'pushed', subject: absent });
    });

    it('W6: and nothing else: a PUT beside the held set goes on', async () => {
      await registry.hold([digestToken(absent), tagToken(repository, tagNamed('v2'))]);
      expect((await registry.push(imageOf(config, [layer]), ['v1'])).is).toBe('pushed');
    });

    it('G3: renews old links of everything that it names, its subject too', async () => {
      const subject = await registry.manifest(imageOf(config, []));
      const paths = [
        layout.layerLink(repository, config),
        layout.layerLink(repository, layer),
        layout.revisionLink(repository, subject),
      ];
      const before = await Promise.all(paths.map(linkTime));
      timed.growOlder(1.5);
      await registry.manifest(imageOf(config, [layer], { subject: { digest: subject } }));
      const after = await Promise.all(paths.map(linkTime));
      after.forEach((time, at) => {
        expect(time).toBeGreaterThan(before[at] ?? Infinity);
      });
    });

    it('G2: a tag that names it already is written again, so that the promise lies on the storage', async () => {
      const document = imageOf(config, [layer]);
      const digest = await registry.manifest(document, ['v1']);
      const paths = [layout.revisionLink(repository, digest), layout.tagLink(repository, v1)];
      const before = await Promise.all(paths.map(linkTime));
      timed.growOlder(0.1);
      await registry.manifest(document, ['v1']);
      const after = await Promise.all(paths.map(linkTime));
      expect(after.every((time, at) => time > (before[at] ?? Infinity))).toBe(true);
    });
  });

  it.each([0, 1, 2, 3])('W7: fenced before write %i it answers 503 and undoes nothing', async (nth) => {
    const digest = digestOfText(JSON.stringify(imageOf(config, [layer])));
    let writes = 0;
    timed.before = async (method) => {
      if (method !== 'commit') return;
      if (writes === nth) await registry.fence();
      writes += 1;
    };
    await expect(registry.push(imageOf(config, [layer]), ['v1'])).rejects.toMatchObject({ reason: 'lifeEnded' });
    timed.before = () => undefined;
    const landed = await Promise.all(
      [
        layout.blob(digest),
        layout.revisionLink(repository, digest),
        layout.tagIndexLink(repository, v1, digest),
        layout.tagLink(repository, v1),
      ].map(stands),
    );
    expect(landed).toEqual([0, 1, 2, 3].map((write) => write < nth));
  });
});

describe('PUT of a manifest on a directory', () => {
  it('serves what was pushed as it was pushed', async () => {
    const world = await TestWorld.onDisk();
    const registry = await TestRegistry.on(world);
    const document = await registry.imageDocument('app');
    const digest = await registry.manifest(document, ['v1']);
    const found = known(await registry.repositories.manifests.get(repository, digest, signal));
    expect(new TextDecoder().decode(found.bytes)).toBe(JSON.stringify(document));
    expect(found.mediaType).toBe('application/vnd.oci.image.manifest.v1+json');
    expect(await registry.repositories.manifests.head(repository, digest, signal)).toMatchObject({
      ...{ digest, sizeBytes: found.bytes.length, mediaType: found.mediaType },
    });
    await world.close();
  });
});
