import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestToken } from '../../core/window/token.ts';
import { StorageFull } from '../storage/driver.ts';
import { layout } from '../storage/layout.ts';
import { bytesAt, namesAt, textAt } from '../storage/testing/testStorage.ts';
import { MemoryDisk } from '../storage/testing/memoryDisk.ts';
import { type DriverMethod, MemoryDriver } from '../storage/testing/memoryDriver.ts';
import { TestWorld } from '../window/testing/testWorld.ts';
import { eachStorage } from './testing/eachStorage.ts';
import { bodyOf, bytesOf, digestOfText, repository, signal, TestRegistry } from './testing/testRegistry.ts';
import { TimedRegistry } from './testing/timedRegistry.ts';
import type { AppendOutcome, Chunk } from './uploads.ts';
import type { UploadPlace } from './uploadSessions.ts';

describe.each(eachStorage)('uploads on %s', (_name, open) => {
  let world: TestWorld;
  let registry: TestRegistry;
  beforeEach(async () => {
    world = await open();
    registry = await TestRegistry.on(world);
  });
  afterEach(async () => {
    await world.close();
  });

  const chunk = (text: string, start?: number, sizeBytes = text.length): Chunk => ({
    body: bodyOf(text),
    ...(start !== undefined && { range: { start, sizeBytes } }),
  });
  const append = (place: UploadPlace, part: Chunk): Promise<AppendOutcome> =>
    registry.repositories.uploads.append(place, part, signal);
  const begin = (): Promise<UploadPlace> => registry.repositories.uploads.begin(repository, signal);
  const contentOf = async (text: string): Promise<string | undefined> =>
    textAt(world.driver, layout.blob(digestOfText(text)));

  it('takes a blob in one piece, and leaves nothing of the session', async () => {
    const digest = await registry.blob('hello');
    expect(await contentOf('hello')).toBe('hello');
    expect(await textAt(world.driver, layout.layerLink(repository, digest))).toBe(digest);
    expect(await namesAt(world.driver, layout.uploads(repository))).toEqual([]);
  });

  it('takes a blob of no bytes', async () => {
    const { uploads } = registry.repositories;
    expect(await uploads.complete(await begin(), digestOfText(''), undefined, signal)).toMatchObject({
      is: 'committed',
    });
    expect(await contentOf('')).toBe('');
  });

  it('takes chunks in order only, and says where it stands', async () => {
    const { uploads } = registry.repositories;
    const place = await begin();
    expect(await append(place, chunk('one', 0))).toEqual({ is: 'appended', offset: 3 });
    expect(await append(place, chunk('two', 4))).toEqual({ is: 'outOfOrder', offset: 3 });
    expect(await append(place, chunk('two', 3))).toEqual({ is: 'appended', offset: 6 });
    expect(await uploads.status(place, signal)).toBe(6);
    const digest = digestOfText('onetwo3');
    expect(await uploads.complete(place, digest, chunk('3', 7), signal)).toEqual({ is: 'outOfOrder', offset: 6 });
    expect(await uploads.complete(place, digest, chunk('3', 6), signal)).toMatchObject({ is: 'committed' });
    expect(await contentOf('onetwo3')).toBe('onetwo3');
  });

  it('does not count a chunk of another size than was said', async () => {
    const place = await begin();
    expect(await append(place, chunk('one', 0, 4))).toEqual({ is: 'sizeDiffers' });
    expect(await append(place, chunk('uno', 0))).toEqual({ is: 'appended', offset: 3 });
    const done = await registry.repositories.uploads.complete(place, digestOfText('uno'), undefined, signal);
    expect(done).toMatchObject({ is: 'committed' });
    expect(await contentOf('uno')).toBe('uno');
  });

  it('does not count what came of a chunk that broke off', async () => {
    const place = await begin();
    await append(place, chunk('one'));
    await expect(append(place, { body: breaksAfter('tw') })).rejects.toThrow('connection reset');
    expect(await registry.repositories.uploads.status(place, signal)).toBe(3);
    expect(await append(place, chunk('two', 3))).toEqual({ is: 'appended', offset: 6 });
    const done = await registry.repositories.uploads.complete(place, digestOfText('onetwo'), undefined, signal);
    expect(done).toMatchObject({ is: 'committed' });
  });

  it('refuses bytes that are not what they are called, and keeps none of them', async () => {
    const outcome = await registry.repositories.uploads.complete(
      await begin(),
      digestOfText('right'),
      { body: bodyOf('wrong') },
      signal,
    );
    expect(outcome).toEqual({ is: 'digestDiffers', found: digestOfText('wrong') });
    expect(await world.driver.stat(layout.blob(digestOfText('right')), signal)).toBeUndefined();
    expect(await namesAt(world.driver, layout.uploads(repository))).toEqual([]);
  });

  it('hashes again for a digest of another algorithm than the chunks were hashed with', async () => {
    const place = await begin();
    await append(place, chunk('one'));
    const digest = digestOfText('onetwo', 'sha512');
    const outcome = await registry.repositories.uploads.complete(place, digest, { body: bodyOf('two') }, signal);
    expect(outcome).toMatchObject({ is: 'committed' });
    expect(await textAt(world.driver, layout.blob(digest))).toBe('onetwo');
  });

  it('takes chunks that come at once one after the other', async () => {
    const place = await begin();
    const outcomes = await Promise.all([append(place, chunk('one', 0)), append(place, chunk('two', 3))]);
    expect(outcomes).toEqual([
      { is: 'appended', offset: 3 },
      { is: 'appended', offset: 6 },
    ]);
  });

  it('ends the waiting of a client that goes, and lets the next one in', async () => {
    const { uploads } = registry.repositories;
    const place = await begin();
    const { promise, resolve } = Promise.withResolvers<Uint8Array>();
    const slow = append(place, { body: once(promise) });
    const going = new AbortController();
    const waiting = uploads.append(place, chunk('two', 3), going.signal);
    going.abort(new Error('the client has gone'));
    await expect(waiting).rejects.toThrow('the client has gone');
    resolve(bytesOf('one'));
    expect(await slow).toEqual({ is: 'appended', offset: 3 });
    expect(await append(place, chunk('two', 3))).toEqual({ is: 'appended', offset: 6 });
  });

  it('forgets a cancelled upload, also when a chunk of it is on its way', async () => {
    const { uploads } = registry.repositories;
    const place = await begin();
    expect(await uploads.cancel(place, signal)).toBe('cancelled');
    expect(await uploads.cancel(place, signal)).toBe('unknown');
    expect(await append(place, chunk('one'))).toEqual({ is: 'unknown' });
    const other = await TestRegistry.on(world);
    const late = await begin();
    const body = cancelling(async () => {
      expect(await other.repositories.uploads.cancel(late, signal)).toBe('cancelled');
    });
    await expect(append(late, { body })).rejects.toMatchObject({ name: 'Refused' });
    expect(await uploads.status(late, signal)).toBeUndefined();
  });

  it('G2: goes on in another replica, which copies what was acknowledged into a file of its own', async () => {
    const other = await TestRegistry.on(world);
    const place = await begin();
    await append(place, chunk('one'));
    await expect(append(place, { body: breaksAfter('tw') })).rejects.toThrow();
    expect(await other.repositories.uploads.append(place, chunk('two', 3), signal)).toEqual({
      is: 'appended',
      offset: 6,
    });
    const theirs = layout.uploadData(repository, place.id, other.life);
    expect(await textAt(world.driver, theirs)).toBe('onetwo');
    expect(await append(place, chunk('3', 6))).toEqual({ is: 'appended', offset: 7 });
    const digest = digestOfText('onetwo3');
    expect(await other.repositories.uploads.complete(place, digest, undefined, signal)).toMatchObject({
      is: 'committed',
    });
    expect(await contentOf('onetwo3')).toBe('onetwo3');
  });

  it('G2: never takes bytes for hashed that another replica has replaced', async () => {
    const other = await TestRegistry.on(world);
    const place = await begin();
    expect(await append(place, chunk('bad', 0, 4))).toEqual({ is: 'sizeDiffers' });
    expect(await other.repositories.uploads.append(place, chunk('fin', 0), signal)).toEqual({
      is: 'appended',
      offset: 3,
    });
    const outcome = await registry.repositories.uploads.complete(place, digestOfText('bad'), undefined, signal);
    expect(outcome).toEqual({ is: 'digestDiffers', found: digestOfText('fin') });
  });

  it('W7: a life that is fenced commits nothing, and the upload goes on in the next', async () => {
    const place = await begin();
    await append(place, chunk('one'));
    await registry.fence();
    const digest = digestOfText('one');
    const complete = () => registry.repositories.uploads.complete(place, digest, undefined, signal);
    await expect(complete()).rejects.toMatchObject({ name: 'Refused', reason: 'lifeEnded' });
    expect(await world.driver.stat(layout.blob(digest), signal)).toBeUndefined();
    await registry.replica.replica.nudge(); // sees that its stage is gone
    await registry.replica.replica.nudge(); // and lives again
    expect(await complete()).toMatchObject({ is: 'committed' });
    expect(await contentOf('one')).toBe('one');
  });

  it('W6: appends while its blob is held, and only the commit waits', async () => {
    const digest = digestOfText('one');
    await registry.hold([digestToken(digest)]);
    const place = await begin();
    await append(place, chunk('one'));
    const complete = () => registry.repositories.uploads.complete(place, digest, undefined, signal);
    await expect(complete()).rejects.toMatchObject({ name: 'Refused', reason: 'held' });
    await registry.blob('another');
    await registry.release();
    expect(await complete()).toMatchObject({ is: 'committed' });
  });

  it('keeps large bodies whole', async () => {
    const text = 'coppice '.repeat(400_000);
    const digest = await registry.blob(text);
    const bytes = await bytesAt(world.driver, layout.blob(digest));
    expect(bytes?.length).toBe(text.length);
    expect(digestOfText(new TextDecoder().decode(bytes))).toBe(digest);
  });
});

describe('uploads of a replica whose life ends', () => {
  it('W7: commit from a file of the life that was admitted, also when another took its copy', async () => {
    const timed = await TimedRegistry.open();
    const { registry } = timed;
    const { uploads } = registry.repositories;
    const place = await uploads.begin(repository, signal);
    await uploads.append(place, { body: bodyOf('one') }, signal);
    const first = registry.life;
    timed.before = async (method) => {
      if (method !== 'stat') return;
      timed.before = () => undefined;
      await registry.fence();
      await registry.replica.replica.nudge();
      await registry.replica.replica.nudge();
    };
    const digest = digestOfText('one');
    expect(await uploads.complete(place, digest, undefined, signal)).toMatchObject({ is: 'committed' });
    const commits = timed.calls.filter(({ method }) => method === 'commitFile').map(({ path }) => path);
    expect(registry.life).not.toBe(first);
    expect(commits).toEqual([layout.uploadData(repository, place.id, registry.life)]);
    await registry.world.close();
  });
});

describe('uploads on a storage that fails', () => {
  it.each([
    { name: 'the bytes are appended', method: 'append' },
    { name: 'the blob is committed', method: 'commitFile' },
    { name: 'the link is committed', method: 'commit' },
  ] as const)('says that it is full where $name, and can go on afterwards', async ({ method }) => {
    let failing: DriverMethod | undefined;
    const disk = new MemoryDisk(() => 1_000_000);
    const before = (called: DriverMethod, path: string): void => {
      if (called === failing) throw new StorageFull(path, 'no space left');
    };
    const world = await TestWorld.open(
      () => new MemoryDriver(disk, { before }),
      () => Promise.resolve(),
    );
    const registry = await TestRegistry.on(world);
    const { uploads } = registry.repositories;
    const place = await uploads.begin(repository, signal);
    const digest = digestOfText('one');
    const complete = () => uploads.complete(place, digest, { body: bodyOf('one') }, signal);
    failing = method;
    await expect(complete()).rejects.toThrow(StorageFull);
    failing = undefined;
    expect(await complete()).toMatchObject({ is: 'committed' });
    await world.close();
  });
});

async function* breaksAfter(text: string): AsyncGenerator<Uint8Array> {
  yield bytesOf(text);
  throw new Error('connection reset');
}

async function* once(bytes: Promise<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield await bytes;
}

async function* cancelling(cancel: () => Promise<void>): AsyncGenerator<Uint8Array> {
  yield bytesOf('one');
  await cancel();
}
