import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reserveBytes } from '../../registry/records/reserve.ts';
import { layout } from '../../registry/storage/layout.ts';
import { type LoopMount, mountLoop } from '../../registry/storage/filesystem/testing/loopMount.ts';
import { RegistryClient } from '../load/client.ts';
import { coppice } from '../load/command.ts';
import { type Blob, type Image, imageOf, layer, topOf } from '../load/images.ts';
import { freePorts } from '../load/ports.ts';
import { Replica } from '../load/replica.ts';
import { age, blobsOnDisk, liveBlobs } from '../load/tree.ts';

const { signal } = new AbortController();
/** A permit of a second lapses on a machine that has much else to do, and 503 asks to come again. */
const retryAfterMs = [100, 200, 400, 800, 1600, 3200];
const weekMs = 7 * 24 * 3_600_000;
const mounted = await mountLoop('ext4', 64);
if ('lacks' in mounted)
  console.warn(`SKIPPED: a full disk needs a loop mount, and this machine lacks it: ${mounted.lacks}`);

describe.skipIf('lacks' in mounted)('a full disk', () => {
  const mount = mounted as LoopMount;
  const durations = {
    permitTTL: '1s',
    window: '2s',
    holdBudget: '2s',
    promiseTTL: '3s',
    minAge: '1s',
    confirmAfter: '0s',
    trashTTL: '0s',
    undoPeriod: '1s',
  };
  const first = imageOf('first', [layer('first', 3_000_000)]);
  let folder: string;
  let storage: string;
  let replica: Replica;
  let client: RegistryClient;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'coppice-full-'));
    storage = join(mount.directory, 'storage');
    await mkdir(storage);
    const [api = 0, admin = 0, metrics = 0] = await freePorts(3);
    replica = new Replica({ name: 'one', folder, storage, ports: { api, admin, metrics }, coppice: durations });
    await replica.start(signal);
    client = new RegistryClient(replica.api, { retryAfterMs, pause: async (ms) => pause(ms) });
  });

  afterAll(async () => {
    await replica.end('SIGTERM');
    await mount.unmount();
    await rm(folder, { recursive: true });
  });

  async function upload(blob: Blob): Promise<number> {
    for (const waitMs of retryAfterMs) {
      const status = await uploadOnce(blob);
      if (status !== 503) return status;
      await pause(waitMs);
    }
    return uploadOnce(blob);
  }

  async function uploadOnce({ digest, bytes }: Blob): Promise<number> {
    const begun = await fetch(`${replica.api}/v2/team/filler/blobs/uploads/`, { method: 'POST' });
    if (begun.status !== 202) return begun.status;
    const location = new URL(begun.headers.get('location') ?? '', replica.api);
    location.searchParams.set('digest', digest);
    return (await fetch(location, { method: 'PUT', body: new Uint8Array(bytes) })).status;
  }

  async function expectWhole(image: Image, tag: string): Promise<void> {
    expect(await client.pull('team/app', tag, signal)).toMatchObject({ is: 'whole', digest: topOf(image).digest });
  }

  it('answers uploads with 507 and commits no half of them; starts, pulls, deletes and collections go on, and then there is room again', async () => {
    expect(await stat(join(storage, layout.reserve))).toMatchObject({ size: reserveBytes }); // set aside before anything needs it
    expect(await client.push('team/app', first, 'v1', signal)).toEqual({ is: 'acknowledged' });
    expect(await client.push('team/app', first, 'v2', signal)).toEqual({ is: 'acknowledged' });

    let status = 201;
    let blob = layer('filler 0', 5_000_000);
    for (let number = 1; status === 201; number += 1) {
      expect(number).toBeLessThan(40);
      blob = layer(`filler ${number}`, 5_000_000);
      status = await upload(blob);
    }
    expect(status).toBe(507);
    expect((await fetch(`${replica.api}/v2/team/filler/blobs/${blob.digest}`, { method: 'HEAD' })).status).toBe(404);
    expect((await blobsOnDisk(storage)).get(blob.digest)).toBeUndefined();

    // To the last block: small blobs until these do not fit any more either.
    let small = 201;
    for (let number = 0; small === 201; number += 1) small = await upload(layer(`small ${number}`, 20_000));
    expect(small).toBe(507);

    // Nobody has to make room by hand before a replica, or a command on the storage itself, starts.
    await replica.end('SIGTERM');
    await replica.start(signal);
    const planned = await coppice(['plan', '--config', replica.config], signal);
    expect(planned, planned.stderr).toMatchObject({ exitCode: 0 });

    await expectWhole(first, 'v1');
    expect(await client.remove('team/app', 'v2', signal)).toBe('deleted');
    expect(await client.pull('team/app', 'v2', signal)).toEqual({ is: 'absent' });
    await expectWhole(first, 'v1');

    await age(storage, weekMs);
    const collected = await coppice(['collect', '--admin', replica.admin], signal);
    expect(collected, collected.stderr).toMatchObject({ exitCode: 0 });
    expect(new Set((await blobsOnDisk(storage)).keys())).toEqual(new Set(await liveBlobs(storage)));

    // What a run removed lies in the trash until a later run has looked again.
    expect(await coppice(['collect', '--admin', replica.admin], signal)).toMatchObject({ exitCode: 0 });
    await expect.poll(async () => upload(layer('room again', 1000)), { timeout: 20_000 }).toBe(201);
    const after = imageOf('after', [layer('after', 5_000_000)]);
    expect(await client.push('team/app', after, 'v3', signal)).toEqual({ is: 'acknowledged' });
    await expectWhole(first, 'v1');
    await expectWhole(after, 'v3');
  });
});
