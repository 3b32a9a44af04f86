import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RetentionPolicy } from '../../../core/retention/policy.ts';
import { hourMs } from '../../evidence/merge.ts';
import { PullRecorder } from '../../evidence/recorder.ts';
import { layout } from '../../storage/layout.ts';
import { systemTimers } from '../../window/timers.ts';
import { CollectorWorld, minute } from '../testing/collectorWorld.ts';
import { tagNamed } from '../testing/imageTree.ts';
import { app } from '../testing/scenes.ts';

const day = 24 * hourMs;
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

const pulledLately: RetentionPolicy = {
  name: 'test/pulled',
  repositories: { include: ['team/*'], exclude: [] },
  rules: [{ name: 'all', select: { by: 'glob', globs: ['*'] }, keep: { orderBy: 'pushed', pulledWithinMs: 30 * day } }],
};

describe('a run that asks for pulls', () => {
  let world: CollectorWorld;
  let recorder: PullRecorder;
  beforeEach(async () => {
    world = new CollectorWorld();
    await world.open();
    for (const tag of ['used', 'byDigest', 'unused']) world.tree.image('team/app', tag, { tag });
    world.tree.age(10 * minute);
    recorder = new PullRecorder(
      {
        ...{ pulls: world.evidence.pulls, mono: () => performance.now(), timers: systemTimers, log: quiet },
        running: world.signal,
      },
      { recorder: randomUUID(), instance: 'replica', serves: true, everyMs: 20 },
    );
    await recorder.begin(world.signal);
  });
  afterEach(async () => {
    await recorder.end(world.signal);
    await world.close();
  });

  const standing = (): readonly string[] =>
    ['used', 'byDigest', 'unused'].filter((tag) => world.tree.exists(layout.tagDirectory(app, tagNamed(tag))));

  /** As if every pull had been recorded for so long. */
  const recordedFor = async (ms: number): Promise<void> => {
    const { pulls } = world.evidence;
    for (let won = false; !won;) {
      const { n, coverage } = await pulls.coverage(world.signal);
      if (coverage === undefined) throw new Error('nothing was merged yet');
      const since = (await world.driver.now(world.signal)) - ms;
      won = (await pulls.cas(n + 1, { ...coverage, since }, world.signal)) === 'won';
    }
  };

  it('R1: keeps everything until pulls were recorded for as long as it looks back, and then what was pulled', async () => {
    const { digest } = world.tree.image('team/app', 'byDigest');
    recorder.hear(app, `:${tagNamed('used')}`);
    recorder.hear(app, `@${digest}`);
    const early = await world.collect({ policies: [pulledLately] });
    expect(early).toMatchObject({ ended: { reason: 'Completed' }, plan: { tags: 0 } });
    await recordedFor(29 * day);
    expect(await world.collect({ policies: [pulledLately] })).toMatchObject({ plan: { tags: 0 } });
    await recordedFor(31 * day);
    const report = await world.collect({ policies: [pulledLately] });
    expect(report).toMatchObject({ ended: { reason: 'Completed' }, plan: { tags: 1 } });
    expect(standing()).toEqual(['used', 'byDigest']);
  });

  it('R1: keeps everything beside a replica that does not record', async () => {
    await world.collect({ policies: [pulledLately] });
    await recordedFor(31 * day);
    await world.replica();
    expect(await world.collect({ policies: [pulledLately] })).toMatchObject({ plan: { tags: 0 } });
    expect(standing()).toHaveLength(3);
  });
});
