import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { prepareRetention } from '../retention/evaluation.ts';
import { Flags } from './column.ts';
import type { Graph } from './graph.ts';
import { Reach } from './reach.ts';
import { requestDefaults, requests, severalPolicies, worlds } from './testing/randomWorld.ts';
import { now, repo, World } from './testing/world.ts';
import { uniqueBytes } from './uniqueBytes.ts';

const everything = (glob: string) => ({
  ...{ ...requestDefaults, name: 'dr', cutoff: now },
  targets: [{ by: 'repository', glob } as const],
});

/** By its definition, over the whole graph. */
function uniqueByDefinition(world: World, graph: Graph, going: ReadonlySet<number>): number {
  const goes = new Flags(graph.revisions.digest.length);
  const [left, stays] = [new Reach(graph), new Reach(graph)];
  for (const row of going) goes.add(row);
  for (const [row, digest] of graph.revisions.digest.entries()) (goes.has(row) ? left : stays).add(digest);
  return [...world.data].reduce((sum, [name, { sizeBytes }]) => {
    const digest = graph.digests.find(name) ?? -1;
    return sum + (left.has(digest) && !stays.has(digest) ? sizeBytes : 0);
  }, 0);
}

describe('what a plan counts', () => {
  it('is entries, tags and manifests, each once, by repository, those with the most first', async () => {
    const world = new World();
    for (let n = 0; n < 12; n++) {
      const name = `r${String(n).padStart(2, '0')}`;
      for (let each = 0; each <= n % 3; each++)
        world.push(name, `${name}-${each}`).tag(name, `t${each}`, `${name}-${each}`);
    }
    const plan = await world.plan({ requests: [everything('**')] });
    expect(plan.counts).toMatchObject({ entries: 24, repositories: 12, tags: 24, manifests: 24, protected: 0 });
    expect(plan.counts.topRepositories).toHaveLength(10);
    expect(plan.counts.topRepositories.slice(0, 5).map(({ repository, tags }) => [repository, tags])).toEqual([
      ['r02', 3],
      ['r05', 3],
      ['r08', 3],
      ['r11', 3],
      ['r01', 2],
    ]);
  });

  it('counts what tags release once, and what is protected, but not what was not approved', async () => {
    const world = new World()
      .push('a', 'img')
      .tag('a', 't0', 'img')
      .tag('a', 't1', 'img')
      .push('a', 'other')
      .tag('a', 'x', 'other');
    const rules = [{ name: 'r', select: { by: 'glob', globs: ['*'] } as const, keep: { orderBy: 'pushed' } as const }];
    const retention = prepareRetention([{ name: 'ns/p', repositories: { include: ['**'], exclude: [] }, rules }]);
    const protections = { digests: [], tags: [...world.tags.values()].filter(({ tag }) => tag === 'x') };
    const { counts } = await world.plan({ retention }, { protections });
    expect(counts).toEqual({
      ...{ entries: 2, repositories: 1, tags: 2, manifests: 1, protected: 1 },
      topRepositories: [{ repository: repo('a'), tags: 2, manifests: 1 }],
    });
    const nothingApproved = await world.plan({ retention, approved: new Set() });
    expect(nothingApproved.counts).toMatchObject({ entries: 0, protected: 0 });
    expect(nothingApproved.spared).toHaveLength(3);
  });
});

describe('unique bytes', () => {
  it('are what only leads from what goes, whatever else leads where', async () => {
    const plans = fc.record({ world: worlds, policies: severalPolicies, asked: requests });
    await fc.assert(
      fc.asyncProperty(plans, fc.infiniteStream(fc.boolean()), async ({ world, policies, asked }, goes) => {
        const graph = await world.read();
        const some = new Set([...graph.revisions.digest.keys()].filter(() => goes.next().value === true));
        expect(uniqueBytes(graph, some)).toBe(uniqueByDefinition(world, graph, some));
        const plan = await world.plan({ retention: prepareRetention(policies), requests: asked });
        const rows = plan.items.flatMap(({ repository, group }) =>
          group.flatMap((digest) => graph.revisionNamed(repository, digest) ?? []),
        );
        expect(plan.uniqueBytes).toBe(uniqueByDefinition(world, graph, new Set(rows)));
      }),
      { numRuns: 500 },
    );
  });
});
