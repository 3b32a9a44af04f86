import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Digest } from '../../core/oci/digest.ts';
import { RegistryClient } from '../load/client.ts';
import { coppice } from '../load/command.ts';
import { artifactFor, digestOfBytes, type Image, imageOf, indexOf, layer, topOf } from '../load/images.ts';
import { freePorts } from '../load/ports.ts';
import { Replica } from '../load/replica.ts';
import { age, blobsOnDisk } from '../load/tree.ts';
import { startDistribution } from './distribution.ts';

const { signal } = new AbortController();
const weekMs = 7 * 24 * 3_600_000;
const repository = 'team/app';

const images = {
  /** Tagged `v1`. */
  multi: indexOf(
    ['amd64', 'arm64'].map((platform) => imageOf(platform, [layer('shared', 5000), layer(platform, 5000)])),
  ),
  /** Tagged `sha512`, with a layer named by sha512. */
  sha512: imageOf('sha512', [layer('shared', 5000), layer('sha512', 5000, 'sha512')]),
  /** Pushed as `moving`, which another image has now. */
  untagged: imageOf('untagged', [layer('untagged', 5000)]),
  moving: imageOf('moving', [layer('moving', 5000)]),
  /** Its manifest was deleted. */
  deleted: imageOf('deleted', [layer('shared', 5000), layer('deleted', 5000)]),
};
const artifact = artifactFor(topOf(images.multi), 'bill of materials');

/** As they lie on the disk: distribution stores what was pushed by sha512 under its sha256, and links to that. */
function digestsOf(...from: readonly Image[]): Set<Digest> {
  return new Set(
    from.flatMap(({ blobs, manifests }) => [...blobs, ...manifests].map(({ bytes }) => digestOfBytes(bytes))),
  );
}

describe.each(['registry', 'docker-registry'] as const)('a tree that distribution (%s) wrote', (version) => {
  let folder: string;
  let storage: string;
  let ports: readonly number[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'coppice-distribution-'));
    storage = join(folder, 'storage');
    await mkdir(storage);
    ports = await freePorts(4);
    await write();
    await age(storage, weekMs);
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  function clientAt(port = 0): RegistryClient {
    return new RegistryClient(`http://127.0.0.1:${port}`, { retryAfterMs: [], pause: async (ms) => pause(ms) });
  }

  async function write(): Promise<void> {
    const server = await startDistribution(version, folder, storage, ports[0] ?? 0, signal);
    const registry = clientAt(ports[0]);
    const push = async (image: Image, tag?: string): Promise<void> => {
      expect(await registry.push(repository, image, tag, signal)).toEqual({ is: 'acknowledged' });
    };
    await push(images.multi, 'v1');
    await push(artifact);
    await push(images.sha512, 'sha512');
    await push(images.untagged, 'moving');
    await push(images.moving, 'moving');
    await push(images.deleted, 'deleted');
    expect(await registry.remove(repository, topOf(images.deleted).digest, signal)).toBe('deleted');
    await abandonUpload(`http://127.0.0.1:${ports[0] ?? 0}`);
    await server.end('SIGTERM');
  }

  async function abandonUpload(base: string): Promise<void> {
    const begun = await fetch(`${base}/v2/${repository}/blobs/uploads/`, { method: 'POST' });
    const location = new URL(begun.headers.get('location') ?? '', base);
    await fetch(location, { method: 'PATCH', body: 'never finished' });
  }

  async function expectServed(port: number | undefined): Promise<void> {
    for (const [tag, image] of [
      ['v1', images.multi],
      ['sha512', images.sha512],
      ['moving', images.moving],
    ] as const) {
      const pulled = await clientAt(port).pull(repository, tag, signal);
      expect(pulled, `${tag}: ${JSON.stringify(pulled)}`).toMatchObject({
        is: 'whole',
        digest: topOf(image).digest,
      });
    }
    const referrer = topOf(artifact).digest;
    expect(await clientAt(port).pull(repository, referrer, signal)).toMatchObject({ is: 'whole' });
  }

  async function collect(replica: Replica, exitCode: number, more: readonly string[]): Promise<void> {
    const said = await coppice(['collect', '--admin', replica.admin, ...more], signal);
    expect(said, said.stderr).toMatchObject({ exitCode });
  }

  it.each([
    { name: 'without --delete-untagged', more: [], untagged: [images.untagged] },
    { name: 'with --delete-untagged', more: ['--delete-untagged'], untagged: [] },
  ])('is served in place, collected rightly $name, and served by distribution again', async ({ more, untagged }) => {
    const [, api = 0, admin = 0, metrics = 0] = ports;
    const coppiceSettings = {
      permitTTL: '1s',
      window: '2s',
      holdBudget: '2s',
      promiseTTL: '3s',
      minAge: '1s',
      confirmAfter: '0s',
      trashTTL: '0s',
    };
    const replica = new Replica({
      name: 'one',
      folder,
      storage,
      ports: { api, admin, metrics },
      coppice: coppiceSettings,
    });
    await replica.start(signal);
    try {
      const before = await blobsOnDisk(storage);
      await expectServed(api);
      const referrers = await fetch(`${replica.api}/v2/${repository}/referrers/${topOf(images.multi).digest}`);
      expect(await referrers.text()).toContain(topOf(artifact).digest);

      await collect(replica, 3, more); // G1: the first run on a storage that others wrote only previews, and asks
      expect(await blobsOnDisk(storage)).toEqual(before);

      await age(storage, weekMs); // pulls have promised
      await collect(replica, 0, more);
      await expectServed(api);
      const live = digestsOf(images.multi, images.sha512, images.moving, artifact, ...untagged);
      const kept = new Set((await blobsOnDisk(storage)).keys());
      expect(live.difference(kept)).toEqual(new Set());
      expect(kept.difference(live)).toEqual(new Set());
    } finally {
      await replica.end('SIGTERM');
    }
    const again = await startDistribution(version, folder, storage, ports[0] ?? 0, signal);
    try {
      await expectServed(ports[0]);
    } finally {
      await again.end('SIGTERM');
    }
  });
});
