import { describe, expect, it } from 'vitest';
import { ablations } from './testing/explorer/ablations.ts';
import { nets } from './testing/explorer/evidence.ts';
import type { Setting } from './testing/explorer/setting.ts';
import { explore } from './testing/explorer/schedule.ts';
import { tellShortest } from './testing/explorer/shrinking.ts';
import { anyWorld } from './testing/explorer/worlds.ts';

const schedules = 50_000;
const calm = 3_000;

describe('each rule of the protocol, switched off around the machines', () => {
  it.each(ablations)('is missed within 50,000 schedules: $name', ({ name, makeStart }) => {
    let seed = 1;
    let flaw: string | undefined;
    while (seed <= schedules && (flaw = explore(seed, makeStart).flaw) === undefined) seed += 1;
    console.log(`${name}: seed ${seed}: ${flaw ?? 'nothing went wrong'}`);
    expect(flaw).toBeDefined();
  });

  const storages: readonly Setting['storage'][] = ['filesystem', 'objects'];
  const withSwitch = nets.flatMap((net) =>
    'rule' in net ? storages.map((storage) => ({ name: net.name, rule: net.rule, storage })) : [],
  );

  it.each(withSwitch)('is a net, and nothing goes wrong without it: $name ($storage)', ({ rule, storage }) => {
    for (let seed = 1; seed <= calm; seed += 1) {
      const makeStart = anyWorld([rule], storage);
      if (explore(seed, makeStart).flaw !== undefined) expect.unreachable(tellShortest(seed, makeStart));
    }
  });
});
