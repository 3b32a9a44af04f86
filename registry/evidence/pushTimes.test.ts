import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Digest } from '../../core/oci/digest.ts';
import type { RetentionPolicy } from '../../core/retention/policy.ts';
import { CollectorWorld, minute } from '../collector/testing/collectorWorld.ts';
import { tagNamed } from '../collector/testing/imageTree.ts';
import { app } from '../collector/testing/scenes.ts';
import { openRepositories, type Repositories } from '../repository/repositories.ts';
import { layout } from '../storage/layout.ts';
import { known } from '../storage/testing/testStorage.ts';

const day = 24 * 60 * minute;
const pushedLately: RetentionPolicy = {
  name: 'test/pushed',
  repositories: { include: ['team/*'], exclude: [] },
  rules: [{ name: 'all', select: { by: 'glob', globs: ['*'] }, keep: { orderBy: 'pushed', pushedWithinMs: 30 * day } }],
};

let world: CollectorWorld;
beforeEach(async () => {
  world = new CollectorWorld();
  await world.open();
});
afterEach(() => world.close());

/** As one replica, which has just started, serves them. */
async function serving(): Promise<{ readonly repositories: Repositories; readonly stop: () => Promise<void> }> {
  const { replica } = await world.replica();
  const repositories = openRepositories(
    {
      ...{ store: world.driver, admission: replica, tombstones: world.records.tombstones, stopping: world.signal },
      ...{ mono: () => performance.now(), freshUpload: randomUUID, mustHaveRoom: async () => undefined },
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    },
    { promiseTTLMs: minute, validation: 'full', entries: 'all' },
  );
  return { repositories, stop: async () => replica.stop(world.signal) };
}

it('a tag was pushed when it was last put, also after a restart: a pull, a look or another tag of the same content is no push', async () => {
  const tags = ['old', 'pulled', 'looked', 'again'] as const;
  const digests = new Map<string, Digest>();
  for (const tag of tags) digests.set(tag, world.tree.image('team/app', tag, { tag }).digest);
  world.tree.age(40 * day);
  const before = await serving();
  const { manifests, push } = before.repositories;
  const [pulled, looked, again] = ['pulled', 'looked', 'again'].map((tag) => known(digests.get(tag)));
  await manifests.get(app, known(pulled), world.signal);
  await manifests.promise(app, known(looked), world.signal);
  for (const [tag, digest] of [['again', again] as const, ['beside', again] as const, ['another', looked] as const]) {
    const { bytes } = known(await manifests.read(app, known(digest), world.signal));
    expect(await push.push({ repository: app, tags: [tagNamed(tag)], bytes }, world.signal)).toMatchObject({ digest });
  }
  await before.stop();
  const after = await serving();
  await world.collect({ policies: [pushedLately] });
  const standing = ['old', 'pulled', 'looked', 'again', 'beside', 'another'].filter((tag) =>
    world.tree.exists(layout.tagDirectory(app, tagNamed(tag))),
  );
  expect(standing).toEqual(['again', 'beside', 'another']);
  await after.stop();
});
