import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Digest } from '../../core/oci/digest.ts';
import type { Tombstone } from '../../core/reach/tombstone.ts';
import { digestToken, tagToken } from '../../core/window/token.ts';
import { layout } from '../storage/layout.ts';
import { known } from '../storage/testing/testStorage.ts';
import {
  digestOfText,
  imageOf,
  indexOf,
  repository,
  signal,
  tagNamed,
  type TestRegistry,
} from './testing/testRegistry.ts';
import { TimedRegistry } from './testing/timedRegistry.ts';

const v1 = tagNamed('v1');

describe('undelete', () => {
  let timed: TimedRegistry;
  let registry: TestRegistry;
  beforeEach(async () => {
    timed = await TimedRegistry.open();
    ({ registry } = timed);
  });
  afterEach(async () => {
    await registry.world.close();
  });

  const undelete = () => registry.repositories.undelete.undelete({ kind: 'tag', repository, tag: v1 }, signal);
  const stands = async (path: string): Promise<boolean> => (await registry.driver.stat(path, signal)) !== undefined;
  const remove = (kind: 'manifest' | 'blob', digest: Digest) =>
    registry.deletions.request({ kind, repository, digest }, signal);

  /** As an executor does: the tombstone, then the links. */
  async function bury(digest: Digest, group: readonly Digest[], more: Partial<Tombstone> = {}): Promise<Tombstone> {
    const at = await registry.driver.now(signal);
    const tombstone: Tombstone = {
      id: `t${at}`,
      ...{ repository, kind: 'manifest', digest, tags: [v1], group, at, until: at + 1000, who: 'test', why: 'test' },
      ...more,
    };
    await registry.replica.records.tombstones.write(tombstone, signal);
    for (const each of group) await remove('manifest', each);
    return tombstone;
  }

  it('D4: brings back an index whole, with its children, a referrer, and layers deleted since', async () => {
    const image = await registry.image('app');
    const index = await registry.manifest(indexOf([image]), ['v1', 'v2']);
    const config = await registry.blob('{}');
    const referrer = await registry.manifest(imageOf(config, [], { subject: { digest: index } }));
    const tombstone = await bury(index, [index, image, referrer], { tags: [v1, tagNamed('v2')] });
    for (const digest of [config, digestOfText('layer of app')]) await remove('blob', digest);
    expect(await registry.repositories.manifests.get(repository, image, signal)).toBeUndefined();

    expect(await undelete()).toEqual({
      ...{ is: 'undeleted', digest: index, tags: ['v1', 'v2'], manifests: [image, index, referrer] },
    });
    for (const digest of [index, image, referrer]) {
      expect(await registry.repositories.manifests.promise(repository, digest, signal)).toBeDefined();
    }
    for (const text of ['{}', 'config of app', 'layer of app']) {
      expect(await registry.repositories.blobs.promise(repository, digestOfText(text), signal)).toBeDefined();
    }
    expect(await stands(layout.tagLink(repository, tagNamed('v2')))).toBe(true);
    expect(await stands(layout.tombstone(tombstone.id))).toBe(false);
    expect(await undelete()).toEqual({ is: 'nothing' });
  });

  it('G5: writes what is referred to before what refers to it, and drops the tombstone last', async () => {
    const image = await registry.image('app');
    const index = await registry.manifest(indexOf([image]), ['v1']);
    const { id } = await bury(index, [index, image]);
    const calls = await timed.callsOf(undelete);
    expect(calls.filter((call) => /^(commit|retract) /.test(call))).toEqual([
      `commit ${layout.revisionLink(repository, image)}`,
      `commit ${layout.revisionLink(repository, index)}`,
      `commit ${layout.tagIndexLink(repository, v1, index)}`,
      `commit ${layout.tagLink(repository, v1)}`,
      `retract ${layout.tombstone(id)}`,
    ]);
  });

  it('D1: leaves a tag alone that was pushed anew, and renews one that is equal', async () => {
    const old = await registry.image('old', ['v1']);
    await bury(old, [old]);
    const young = await registry.image('young', ['v1']);
    expect(await undelete()).toEqual({ is: 'tagTaken', tag: v1, by: young });
    expect(await stands(layout.revisionLink(repository, old))).toBe(false);
    await registry.manifest(await registry.imageDocument('old'), ['v1']);
    const before = known(await registry.driver.stat(layout.tagLink(repository, v1), signal)).modifiedAt;
    timed.growOlder(0.0001);
    expect((await undelete()).is).toBe('undeleted');
    expect(known(await registry.driver.stat(layout.tagLink(repository, v1), signal)).modifiedAt).toBeGreaterThan(
      before,
    );
  });

  it('takes back the latest deletion', async () => {
    const first = await registry.image('first', ['v1']);
    await bury(first, [first]);
    timed.growOlder(0.0001);
    const second = await registry.image('second', ['v1']);
    await bury(second, [second]);
    expect(await undelete()).toMatchObject({ is: 'undeleted', digest: second });
  });

  it('finds a manifest by its digest, also one that went along', async () => {
    const image = await registry.image('app');
    const index = await registry.manifest(indexOf([image]), ['v1']);
    await bury(index, [index, image]);
    const target = { kind: 'manifest', repository, digest: image } as const;
    expect(await registry.repositories.undelete.undelete(target, signal)).toMatchObject({ digest: index });
  });

  it('undoes nothing once the tombstone lapsed', async () => {
    const digest = await registry.image('app', ['v1']);
    await bury(digest, [digest]);
    timed.growOlder(1);
    expect(await undelete()).toEqual({ is: 'nothing' });
    expect(await stands(layout.revisionLink(repository, digest))).toBe(false);
  });

  it('does not call incomplete what lapsed before its bytes went', async () => {
    await bury(digestOfText('a manifest that was collected'), []);
    expect(await undelete()).toMatchObject({ is: 'incomplete' });
    timed.growOlder(1);
    expect(await undelete()).toEqual({ is: 'nothing' });
  });

  it('D4: brings nothing back where bytes are missing or are others, and names them', async () => {
    const digest = await registry.image('app', ['v1']);
    const layer = digestOfText('layer of app');
    await bury(digest, [digest]);
    await remove('blob', layer);
    const lost = '/coppice/v1/temporary/lost';
    await registry.driver.move(layout.blob(layer), lost, signal);
    expect(await undelete()).toEqual({ is: 'incomplete', digests: [layer] });
    await registry.driver.move(lost, layout.blob(layer), signal);
    const bytes = JSON.stringify(await registry.imageDocument('app'));
    await registry.driver.write(layout.blob(digest), new TextEncoder().encode(`${bytes} `), signal);
    expect(await undelete()).toEqual({ is: 'incomplete', digests: [digest] });
    expect(await stands(layout.revisionLink(repository, digest))).toBe(false);
  });

  it('W1: waits while anything that it brings back is held', async () => {
    const digest = await registry.image('app', ['v1']);
    await bury(digest, [digest]);
    for (const token of [digestToken(digest), digestToken(digestOfText('layer of app')), tagToken(repository, v1)]) {
      await registry.hold([token]);
      await expect(undelete()).rejects.toMatchObject({ name: 'Refused', reason: 'held' });
      await registry.release();
    }
    expect((await undelete()).is).toBe('undeleted');
  });

  it('W7: a life that is fenced before the tombstone goes answers 503, and leaves it', async () => {
    const digest = await registry.image('app', ['v1']);
    const { id } = await bury(digest, [digest]);
    timed.before = async (method) => {
      if (method === 'retract') await registry.fence();
    };
    await expect(undelete()).rejects.toMatchObject({ name: 'Refused', reason: 'lifeEnded' });
    timed.before = () => undefined;
    expect(await stands(layout.tombstone(id))).toBe(true);
    expect(await stands(layout.tagLink(repository, v1))).toBe(true);
  });
});
