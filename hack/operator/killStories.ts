import { expect } from 'vitest';
import type { Digest } from '../../core/oci/digest.ts';
import { tombstoned } from '../kubernetes/registryAfterwards.ts';
import { age } from '../load/tree.ts';
import { document, type OperatorWorld, policyOf, requestOf } from './world.ts';

/** One thing that is to come about, told anew for each death. */
export interface Story {
  readonly kind: string;
  /** Of the Ready condition in the end. */
  readonly reason: string;
  /** Writes the files; answers with what is to be so in the end. */
  readonly tell: (
    world: OperatorWorld,
    name: string,
    signal: AbortSignal,
  ) => Promise<(world: OperatorWorld) => Promise<void>>;
}

export const request: Story = {
  kind: 'DeleteRequest',
  reason: 'Completed',
  async tell(world, name, signal) {
    const digest = await world.push('team/app', name, signal);
    await world.write(
      'story.yaml',
      requestOf(name, { targets: [{ repository: 'team/app', digest }], mode: 'Execute' }),
    );
    return async () => {
      expect(await world.has('team/app', name, signal)).toBe(false);
      expect(await tombstonesOf(world, digest)).toBe(1);
    };
  },
};

export const policy: Story = {
  kind: 'RetentionPolicy',
  reason: 'Enforced',
  async tell(world, name, signal) {
    const repository = `team/${name}`;
    for (const tag of ['old', 'new']) await world.push(repository, tag, signal);
    await age(world.storage, 60_000); // what is younger than a promise is spared
    await world.push(repository, 'new', signal);
    const rules = [{ name: 'all', tags: { glob: ['*'] }, keep: { latest: 1 } }];
    await world.write(
      'story.yaml',
      policyOf(name, { mode: 'Enforce', repositories: { include: [repository] }, rules }),
    );
    return async () => {
      expect(await world.has(repository, 'old', signal)).toBe(false);
      expect(await world.has(repository, 'new', signal)).toBe(true);
    };
  },
};

export const collection: Story = {
  kind: 'CollectionRun',
  reason: 'Completed',
  async tell(world, name) {
    await world.write(
      'story.yaml',
      document('CollectionRun', name, { registryRef: { name: 'main' }, mode: 'Execute' }),
    );
    return async () => {
      const seen = await world.object('CollectionRun', name);
      expect(seen?.status['audit']).toMatchObject({ missing: 0 });
    };
  },
};

async function tombstonesOf(world: OperatorWorld, digest: Digest): Promise<number> {
  return (await tombstoned(world.firstReplica)).filter((one) => one === digest).length;
}
