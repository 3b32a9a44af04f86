import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseWindowId } from '../../../core/window/identity.ts';
import { digestToken, tagToken } from '../../../core/window/token.ts';
import { layout } from '../../storage/layout.ts';
import { CollectorWorld, minute } from '../testing/collectorWorld.ts';
import { repositoryNamed, sha256, tagNamed } from '../testing/imageTree.ts';

const app = repositoryNamed('team/app');
const v1 = tagNamed('v1');

describe('a client’s DELETE', () => {
  let world: CollectorWorld;
  beforeEach(() => {
    world = new CollectorWorld();
  });
  afterEach(async () => {
    await world.close();
    expect(world.failures).toEqual([]);
  });

  it('D4: removes a manifest with its tags, and leaves a tombstone that names all of it', async () => {
    const { digest } = world.tree.image('team/app', 'one', { tag: 'v1' });
    world.tree.tag('team/app', 'v2', digest);
    world.tree.image('team/app', 'two', { tag: 'other' });
    const { deletions } = await world.replica();
    expect(await deletions.request({ kind: 'manifest', repository: app, digest }, world.signal)).toEqual({
      is: 'deleted',
    });
    expect(world.tree.exists(layout.revisionDirectory(app, digest))).toBe(false);
    expect(world.tree.exists(layout.tagDirectory(app, v1))).toBe(false);
    expect(world.tree.exists(layout.tagLink(app, tagNamed('other')))).toBe(true);
    expect(world.tree.exists(layout.blob(digest))).toBe(true);
    const [tombstone, ...others] = await world.records.tombstones.list(world.signal);
    expect(others).toEqual([]);
    expect(tombstone).toMatchObject({ repository: app, kind: 'manifest', digest, tags: ['v1', 'v2'], group: [digest] });
    expect((tombstone?.until ?? 0) - (tombstone?.at ?? 0)).toBe(10 * minute);
  });

  it('removes a tag and nothing else', async () => {
    const { digest } = world.tree.image('team/app', 'one', { tag: 'v1' });
    world.tree.tag('team/app', 'v2', digest);
    const { deletions } = await world.replica();
    expect(await deletions.request({ kind: 'tag', repository: app, tag: v1 }, world.signal)).toEqual({ is: 'deleted' });
    expect(world.tree.exists(layout.tagDirectory(app, v1))).toBe(false);
    expect(world.tree.exists(layout.tagLink(app, tagNamed('v2')))).toBe(true);
    expect(world.tree.exists(layout.revisionLink(app, digest))).toBe(true);
    expect(await world.records.tombstones.list(world.signal)).toMatchObject([{ kind: 'tag', tags: ['v1'], digest }]);
  });

  it('D1: says of what is not there that it is absent', async () => {
    world.tree.image('team/app', 'one');
    const { deletions } = await world.replica();
    const targets = [
      { kind: 'tag', repository: app, tag: v1 },
      { kind: 'manifest', repository: app, digest: sha256('x') },
      { kind: 'blob', repository: app, digest: sha256('x') },
    ] as const;
    for (const target of targets) expect(await deletions.request(target, world.signal)).toEqual({ is: 'absent' });
    expect(await world.records.tombstones.list(world.signal)).toEqual([]);
  });

  it('D3: refuses what a live manifest refers to, and names that manifest', async () => {
    const image = world.tree.image('team/app', 'one');
    const index = world.tree.index('team/app', [image.digest], 'v1');
    const { deletions } = await world.replica();
    const before = world.tree.served();
    const [layer] = image.layers;
    expect(await deletions.request({ kind: 'manifest', repository: app, digest: image.digest }, world.signal)).toEqual({
      ...{ is: 'referredTo', referrers: [index] },
    });
    expect(await deletions.request({ kind: 'blob', repository: app, digest: layer ?? index }, world.signal)).toEqual({
      ...{ is: 'referredTo', referrers: [image.digest] },
    });
    expect(world.tree.served()).toEqual(before);
  });

  it('D3: lets a blob go once its manifest is deleted, though the tombstone keeps the bytes', async () => {
    const { digest, config } = world.tree.image('team/app', 'one', { tag: 'v1' });
    const { deletions } = await world.replica();
    await deletions.request({ kind: 'manifest', repository: app, digest }, world.signal);
    expect(await deletions.request({ kind: 'blob', repository: app, digest: config }, world.signal)).toEqual({
      is: 'deleted',
    });
    expect(world.tree.exists(layout.layerDirectory(app, config))).toBe(false);
    expect(world.tree.exists(layout.blob(config))).toBe(true);
  });

  it('takes some milliseconds on a storage that nobody uses', async () => {
    const digests = Array.from({ length: 20 }, (_, n) => world.tree.image('team/app', `image ${n}`).digest);
    const { deletions } = await world.replica();
    const times: number[] = [];
    for (const digest of digests) {
      const begun = performance.now();
      await deletions.request({ kind: 'manifest', repository: app, digest }, world.signal);
      times.push(performance.now() - begun);
    }
    const median = times.toSorted((left, right) => left - right)[10] ?? Infinity;
    expect(median).toBeLessThan(400); // a poll alone would be 500
  });

  it('shares one window with those that come together, also from another replica', async () => {
    const digests = Array.from({ length: 12 }, (_, n) => world.tree.image('team/app', `image ${n}`).digest);
    const [one, other] = [await world.replica(), await world.replica()];
    const before = (await world.records.gates.read(world.signal))?.epoch ?? 0;
    const outcomes = await Promise.all(
      digests.map((digest, n) =>
        (n % 2 === 0 ? one : other).deletions.request({ kind: 'manifest', repository: app, digest }, world.signal),
      ),
    );
    expect(outcomes.every(({ is }) => is === 'deleted')).toBe(true);
    const after = (await world.records.gates.read(world.signal))?.epoch ?? 0;
    expect(after - before).toBeLessThan(12 * 3);
  });

  it('W6: does not hold all that come together in one window, whose removals might take longer than it stands', async () => {
    const tags = Array.from({ length: 60 }, (_, n) => tagNamed(`together-${n}`));
    for (const tag of tags) world.tree.image('team/app', tag, { tag });
    const { deletions } = await world.replica({}, 30_000); // a machine may take longer for sixty than a client waits
    await Promise.all(tags.map((tag) => deletions.request({ kind: 'tag', repository: app, tag }, world.signal)));
    const windows = Map.groupBy(await world.records.tombstones.list(world.signal), ({ at }) => at);
    const served = [...windows.values()].map(({ length }) => length);
    expect(served.reduce((sum, count) => sum + count, 0)).toBe(60);
    expect(Math.max(...served)).toBeLessThanOrEqual(32); // sixteen at first, and then at most twice as many
  });

  it('W1: waits for an operation in flight that names the same, on whatever replica', async () => {
    const { digest } = world.tree.image('team/app', 'one');
    const [one, other] = [await world.replica(), await world.replica()];
    const push = Promise.withResolvers<undefined>();
    const started = Promise.withResolvers<undefined>();
    const tokens = [digestToken(digest), tagToken(app, v1)];
    const pushing = other.replica.operate('commit', tokens, world.signal, async (operation) => {
      started.resolve(undefined);
      await push.promise;
      operation.mustStillHold();
      world.tree.tag('team/app', 'v1', digest);
    });
    await started.promise;
    const before = (await world.records.gates.read(world.signal))?.epoch ?? 0;
    const deleting = one.deletions.request({ kind: 'manifest', repository: app, digest }, world.signal);
    while ((await world.records.gates.read(world.signal))?.phase !== 'HOLDING') await new Promise(setImmediate);
    expect(world.tree.exists(layout.revisionLink(app, digest))).toBe(true);
    push.resolve(undefined);
    await pushing;
    expect(await deleting).toEqual({ is: 'deleted' });
    // The tag came after the held set was made: the next window took it along.
    expect(world.tree.exists(layout.tagDirectory(app, v1))).toBe(false);
    expect(await world.records.tombstones.list(world.signal)).toMatchObject([{ tags: ['v1'] }]);
    // Begin, hold, let go; hold with the tag, sweep, let go; open.
    while ((await world.records.gates.read(world.signal))?.phase !== 'OPEN') await new Promise(setImmediate);
    expect((await world.records.gates.read(world.signal))?.epoch).toBe(before + 7);
  });

  it('D1: finishes what an executor that died had begun, and finds its tombstone', async () => {
    const { digest } = world.tree.image('team/app', 'one');
    const { deletions, replica } = await world.replica();
    const life = replica.state?.life;
    const window = parseWindowId(randomUUID());
    if (life === undefined || window === undefined) throw new Error('no life or window');
    const id = randomUUID();
    const { requests, tombstones } = world.records;
    await requests.open({ id, life, target: { kind: 'manifest', repository: app, digest } }, world.signal);
    await requests.claim(id, 'open', window, world.signal);
    const at = await world.driver.now(world.signal);
    const named = { repository: app, kind: 'manifest', digest, tags: [], group: [digest], request: id } as const;
    await tombstones.write({ id, ...named, at, until: at + minute, who: 'client', why: 'DELETE' }, world.signal);
    world.tree.drop(layout.revisionDirectory(app, digest)); // and there it died
    await deletions.request({ kind: 'tag', repository: app, tag: v1 }, world.signal);
    expect(await requests.find(id, world.signal)).toEqual({ is: 'done', outcome: { is: 'deleted' } });
    expect(await tombstones.list(world.signal)).toHaveLength(1);
  });

  it('D4: leaves a tombstone of what a tag names by now, where an executor died after another', async () => {
    const before = world.tree.image('team/app', 'before', { tag: 'v1' });
    const { deletions, replica } = await world.replica();
    const life = replica.state?.life;
    const window = parseWindowId(randomUUID());
    if (life === undefined || window === undefined) throw new Error('no life or window');
    const id = randomUUID();
    const { requests, tombstones } = world.records;
    await requests.open({ id, life, target: { kind: 'tag', repository: app, tag: v1 } }, world.signal);
    await requests.claim(id, 'open', window, world.signal);
    const at = await world.driver.now(world.signal);
    const named = { repository: app, kind: 'tag', digest: before.digest, tags: [v1], group: [before.digest] } as const;
    const said = { at, until: at + minute, who: 'client', why: 'DELETE', request: id };
    await tombstones.write({ id, ...named, ...said }, world.signal); // and there it died
    const since = world.tree.image('team/app', 'since', { tag: 'v1' });
    await deletions.request({ kind: 'tag', repository: app, tag: tagNamed('other') }, world.signal);
    // Of one window, but the other request may be answered a moment sooner.
    await expect.poll(() => requests.find(id, world.signal)).toEqual({ is: 'done', outcome: { is: 'deleted' } });
    const digests = (await tombstones.list(world.signal)).map(({ digest }) => digest);
    expect(digests.toSorted()).toEqual([before.digest, since.digest].toSorted());
  });

  it('is withdrawn, and not carried out, once nobody answers for it', async () => {
    const { digest } = world.tree.image('team/app', 'one');
    const { deletions } = await world.replica();
    const gone = await world.replica();
    const life = gone.replica.state?.life;
    if (life === undefined) throw new Error('no life');
    await gone.replica.stop(world.signal);
    const id = randomUUID();
    await world.records.requests.open(
      { id, life, target: { kind: 'manifest', repository: app, digest } },
      world.signal,
    );
    await deletions.request({ kind: 'tag', repository: app, tag: v1 }, world.signal);
    expect(await world.records.requests.find(id, world.signal)).toEqual({ is: 'withdrawn', from: 'open' });
    expect(world.tree.exists(layout.revisionLink(app, digest))).toBe(true);
  });
});
