import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { prepareRetention } from '../retention/evaluation.ts';
import type { RetentionEvaluator } from '../retention/evaluation.ts';
import type { RetentionPolicy } from '../retention/policy.ts';
import { type EachPlan, planEach } from './eachPlan.ts';
import type { Plan } from './plan.ts';
import { protections, requestDefaults, requests, severalPolicies, worlds } from './testing/randomWorld.ts';
import { digest, longAgo, now, repo, sha256, World } from './testing/world.ts';

const latest = (name: string, count: number, globs = ['*']): RetentionPolicy => ({
  name,
  repositories: { include: ['**'], exclude: [] },
  rules: [{ name: 'r', select: { by: 'glob', globs }, keep: { orderBy: 'pushed', latest: count } }],
});

/** All that a plan is, but for what it collects, which none of these does. */
function written({ collection, ...plan }: Plan): unknown {
  return { ...plan, collected: [...collection.items()], spared: [...collection.spared()] };
}

describe('a plan for each', () => {
  it('G7: is the plan of a run in which that policy alone acts and the others keep, or of that request alone', async () => {
    const input = { worlds, policies: severalPolicies, requests, protections, acting: fc.infiniteStream(fc.boolean()) };
    await fc.assert(
      fc.asyncProperty(fc.record(input), async ({ worlds: world, policies, requests: asked, ...more }) => {
        const marking = { protections: more.protections };
        const names = policies.map(({ name }) => name).filter(() => more.acting.next().value === true);
        const limitsOf = (name: string): { maxDeletesPerRun: number } => ({ maxDeletesPerRun: Number(name.at(-1)) });
        const plans = new Map(
          planEach({
            ...{ marked: await world.mark(marking), retention: prepareRetention(policies), requests: asked, sha256 },
            acting: names.map((name) => ({ name, limits: limitsOf(name) })),
            limits: { maxDeletesPerRun: 1 },
          }).map(({ name, plan }) => [name, written(plan)]),
        );
        expect([...plans.keys()]).toEqual([...names, ...asked.map(({ name }) => `ns/${name}`)]);
        const alone = { confirmed: undefined, limits: { maxDeletesPerRun: 1 } };
        for (const name of names) {
          const acts = (policy: string): boolean => policy === name;
          const retention = prepareRetention(policies, acts);
          const plan = await world.plan({ ...alone, retention, acts, limits: limitsOf(name) }, marking);
          expect(plans.get(name)).toEqual(written(plan));
        }
        for (const request of asked) {
          const plan = await world.plan({ ...alone, requests: [request] }, marking);
          expect(plans.get(`ns/${request.name}`)).toEqual(written(plan));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('evaluates retention once for all of them, and makes each when it is asked for', async () => {
    const world = new World();
    for (const tag of ['t0', 't1', 't2']) world.push('a', tag).tag('a', tag, tag);
    const marked = await world.mark();
    let evaluations = 0;
    const policies = [latest('ns/one', 1), latest('ns/two', 2), latest('ns/none', 0, ['x']), latest('ns/idle', 2)];
    const evaluate = prepareRetention(policies);
    const retention: RetentionEvaluator = (contents, at) => {
      evaluations++;
      return evaluate(contents, at);
    };
    const acting = policies.slice(0, 3).map(({ name }) => ({ name, limits: {} }));
    const absent = { ...requestDefaults, name: 'dr', cutoff: now, targets: [{ by: 'repository', glob: 'x' } as const] };
    const plans = planEach({ marked, retention, acting, requests: [absent], limits: {}, sha256 });
    const made: EachPlan[] = [];
    for (let next = plans.next(); next.done !== true; next = plans.next()) made.push(next.value);
    expect(evaluations).toBe(1);
    // Keep beats delete across policies: what the one keeps, the other must not remove.
    expect(made.map(({ name, plan }) => [name, plan.counts.tags])).toEqual([
      ['ns/one', 1],
      ['ns/two', 1],
      ['ns/none', 0],
      ['ns/dr', 0],
    ]);
  });
});

describe('policies of which some only keep', () => {
  it('R1: a tag goes only if a policy that acts selects it and no policy at all keeps it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({ world: worlds, policies: severalPolicies, acting: fc.infiniteStream(fc.boolean()) }),
        async ({ world, policies, acting }) => {
          const names = new Set(policies.map(({ name }) => name).filter(() => acting.next().value === true));
          const acts = (policy: string): boolean => names.has(policy);
          const open = { freshMs: 0, minAgeMs: 0 };
          const plan = await world.plan({ retention: prepareRetention(policies, acts), acts }, open);
          const gone = plan.items.flatMap((item) => (item.step === 'tag' ? [`${item.repository}:${item.tag}`] : []));
          const candidates = policies
            .filter(({ name }) => names.has(name))
            .map(async ({ name }) => {
              // Alone it would remove these; that all the others keep none of them is asked of each by itself.
              const alone = await world.plan(
                { retention: prepareRetention(policies.filter((p) => p.name === name)) },
                open,
              );
              return alone.items.flatMap((item) => (item.step === 'tag' ? [`${item.repository}:${item.tag}`] : []));
            });
          const anyWould = new Set((await Promise.all(candidates)).flat());
          expect(gone.filter((tag) => !anyWould.has(tag))).toEqual([]);
          for (const keeper of policies) {
            const selected = new Set(world.tags.keys());
            const { items } = await world.plan({ retention: prepareRetention([keeper]) }, open);
            for (const item of items) if (item.step === 'tag') selected.delete(`${item.repository}:${item.tag}`);
            const keeps = [...selected].filter((tag) => isSelected(keeper, tag));
            expect(gone.filter((tag) => keeps.includes(tag))).toEqual([]);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('R3: names only rules of policies that act, so that one that only keeps changes no digest', async () => {
    const world = new World();
    for (const tag of ['t0', 't1', 't2']) world.push('a', tag).tag('a', tag, tag, longAgo + Number(tag.at(-1)));
    const policies = [latest('ns/one', 1), latest('ns/two', 2)];
    const acts = (policy: string): boolean => policy === 'ns/one';
    const plan = await world.plan({ retention: prepareRetention(policies, acts), acts });
    expect(plan.items).toMatchObject([{ step: 'tag', tag: 't0', why: 'selected by ns/one/r; kept by none' }]);
    const whole = await world.plan({ retention: prepareRetention([latest('ns/one', 2)]) });
    expect(plan.digest).toBe(whole.digest);
  });
});

describe('a plan without a collection', () => {
  it('G8: leaves what nothing reaches, spares none of it, and counts none of it', async () => {
    const world = new World().push('a', 'img').tag('a', 't', 'img');
    for (let n = 0; n < 40; n++) world.push('a', `garbage-${n}`);
    const limits = { maxDeletesPerRun: 1, maxDeletePercent: 1 };
    expect((await world.plan({ limits })).brake?.why).toHaveLength(3);
    const request = { ...requestDefaults, name: 'dr', cutoff: now };
    const target = { by: 'digest', repository: repo('a'), digest: digest('garbage-0') } as const;
    const plan = await world.plan({ limits, confirmed: undefined, requests: [{ ...request, targets: [target] }] });
    expect(plan).toMatchObject({ counts: { entries: 1 } });
    expect([...plan.collection.items(), ...plan.collection.spared()]).toEqual([]);
    expect(plan.brake?.why).toEqual(['1 of 41 manifests, where a run may remove 1 %']);
  });
});

function isSelected({ repositories: { include }, rules }: RetentionPolicy, named: string): boolean {
  const [repository = '', tag = ''] = named.split(':');
  const speaks = include.some((glob) => glob === '**' || glob === repository);
  return speaks && rules.some(({ select }) => select.by === 'glob' && select.globs.includes(tag));
}
