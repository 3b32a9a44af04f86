import { describe, expect, it } from 'vitest';
import type { RetentionPolicy } from '../retention/policy.ts';
import { prepareRetention } from '../retention/evaluation.ts';
import type { DeleteRequestResource } from '../resources/deleteRequest.ts';
import type { Plan } from './plan.ts';
import type { Pulls } from './pulls.ts';
import { requestDefaults } from './testing/randomWorld.ts';
import { digest, hour, now, repo, World } from './testing/world.ts';

const day = 24 * hour;

function ruling(select: RetentionPolicy['rules'][number]['select'], keep: object): ReturnType<typeof prepareRetention> {
  const rule = { name: 'rule', select, keep: { orderBy: 'pushed' as const, ...keep } };
  return prepareRetention([{ name: 'ns/policy', repositories: { include: ['**'], exclude: [] }, rules: [rule] }]);
}

const tags = { by: 'glob', globs: ['*'] } as const;
const lately = { pulledWithinMs: 30 * day };
const pulledAt =
  (since: number, known: Record<string, number>): Pulls =>
  () => ({ since, tag: (tag) => known[tag], manifest: (each) => known[each] });
const goingIn = ({ items }: Plan): unknown[] => items.map((item) => ('tag' in item ? item.tag : item.digest));

describe('pulls in a plan', () => {
  const world = new World();
  for (const name of ['byTag', 'byDigest', 'byBoth', 'never']) world.push('app', name).tag('app', name, name);
  world.push('app', 'used').push('app', 'unused');

  it('R1: nothing goes where nothing is known of them', async () => {
    expect(goingIn(await world.plan({ retention: ruling(tags, lately) }))).toEqual([]);
    expect(goingIn(await world.plan({ retention: ruling(tags, lately), pulls: () => undefined }))).toEqual([]);
    const tooLate = pulledAt(now - 30 * day, {});
    expect(goingIn(await world.plan({ retention: ruling(tags, lately), pulls: tooLate }))).toEqual([]);
  });

  it('count for a tag by its own name and by the digest that it leads to', async () => {
    const [recent, old] = [now - day, now - 40 * day];
    const both = { byBoth: old, [digest('byBoth')]: recent };
    const pulls = pulledAt(now - 99 * day, { byTag: recent, [digest('byDigest')]: recent, ...both, never: old });
    expect(goingIn(await world.plan({ retention: ruling(tags, lately), pulls }))).toEqual(['never']);
  });

  it('count for a manifest that no tag names', async () => {
    const pulls = pulledAt(now - 99 * day, { [digest('used')]: now - day });
    const retention = ruling({ by: 'untagged' }, lately);
    expect(goingIn(await world.plan({ retention, pulls }))).toEqual([digest('unused')]);
  });
});

describe('a plan of a repository with the times of a copy', () => {
  const asked: DeleteRequestResource = {
    ...{ ...requestDefaults, name: 'dr', cutoff: now },
    targets: [
      { by: 'digest', repository: repo('app'), digest: digest('t1') },
      { by: 'digest', repository: repo('app'), digest: digest('u1') },
    ],
  };
  const copied = new World();
  for (let at = 0; at < 100; at += 1) {
    copied.push('app', `t${at}`).tag('app', `t${at}`, `t${at}`);
    copied.push('app', `u${at}`);
  }

  it.each([
    ['tag', tags, 'app:t5'],
    ['untagged', { by: 'untagged' }, `app@${digest('u5')}`],
  ] as const)('spares what a rule would choose by its times, and says so: %s', async (step, select, object) => {
    const plan = await copied.plan({ retention: ruling(select, { latest: 1 }) });
    expect(plan.items).toEqual([]);
    expect(plan.spared).toHaveLength(99);
    const by = 'selected by ns/policy/rule; kept by none';
    expect(plan.spared).toContainEqual({ step, object, why: 'evidenceReset', by });
  });

  it.each([[tags], [{ by: 'untagged' }]] as const)('says nothing of what goes for a request', async (select) => {
    const plan = await copied.plan({ retention: ruling(select, { latest: 1 }), requests: [asked] });
    expect(plan.items).toHaveLength(2);
    expect(plan.spared).toHaveLength(98);
  });
});
