import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FlawAsked, FlawFound } from './testing/explorer/ablationWorker.ts';
import { ablations } from './testing/explorer/ablations.ts';
import { nets } from './testing/explorer/evidence.ts';
import type { Setting } from './testing/explorer/setting.ts';
import { tellShortest } from './testing/explorer/shrinking.ts';
import { anyWorld } from './testing/explorer/worlds.ts';
import { Threads } from './testing/threads.ts';

const schedules = 50_000;
const calm = 3_000;
const threads = 2;

describe.concurrent('each rule of the protocol, switched off around the machines', () => {
  let crowd: Threads<FlawAsked, FlawFound | undefined>;
  beforeAll(() => {
    crowd = Threads.start(new URL('testing/explorer/ablationWorker.ts', import.meta.url), threads);
  });
  afterAll(async () => crowd.end());

  it('has a name of its own', () => {
    expect(new Set(ablations.map(({ name }) => name)).size).toBe(ablations.length);
  });

  it.each(ablations)('is missed within 50,000 schedules: $name', async ({ name }) => {
    const found = await crowd.ask({ ablation: name, schedules });
    console.log(`${name}: ${found === undefined ? 'nothing went wrong' : `seed ${found.seed}: ${found.flaw}`}`);
    expect(found).toBeDefined();
  });

  const storages: readonly Setting['storage'][] = ['filesystem', 'objects'];
  const withSwitch = nets.flatMap((net) =>
    'rule' in net ? storages.map((storage) => ({ name: net.name, rule: net.rule, storage })) : [],
  );

  it.each(withSwitch)('is a net, and nothing goes wrong without it: $name ($storage)', async ({ rule, storage }) => {
    const found = await crowd.ask({ rule, storage, schedules: calm });
    if (found !== undefined) expect.unreachable(tellShortest(found.seed, anyWorld([rule], storage)));
  });
});
