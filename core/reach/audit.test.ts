import { describe, expect, it } from 'vitest';
import { audit } from './audit.ts';
import { censusOf, shrunk } from './census.ts';
import { Names } from './testing/names.ts';
import { digest, now, repo, World } from './testing/world.ts';
import { uniqueBytes } from './uniqueBytes.ts';

const names = new Names(['img', 'idx', 'c', 'l', 'f', 'wide', 'other']);

const world = (): World =>
  new World()
    .push('a', 'img', { config: 'c', layers: ['l'], foreign: ['f'] })
    .push('a', 'idx', { manifests: ['img'] })
    .tag('a', 't', 'idx')
    .layer('b', 'wide', { target: 'l' });

async function missingAfter(change: (world: World) => void, from = world()): Promise<string[]> {
  const before = await from.read();
  change(from);
  const { missing } = audit(before, await from.read(), now);
  return missing.map(({ object, neededBy }) => names.in(`${object} for ${neededBy}`));
}

describe('an audit', () => {
  it('G6: counts what it walked, and misses nothing of what is whole; a foreign layer may be elsewhere', async () => {
    const graph = await world().bury('a', 'img').read();
    expect(audit(graph, graph, now)).toEqual({
      ...{ tags: 1, manifests: 2, references: 4, links: 3, data: 4, tombstones: 1 },
      missing: [],
    });
  });

  const cases: { name: string; change: (world: World) => void; missing: string[] }[] = [
    { name: 'data of a layer', change: ({ data }) => data.delete(digest('l')), missing: ['l for a@img'] },
    {
      name: 'a link of a layer',
      change: ({ layers }) => layers.delete(`a@${digest('l')}`),
      missing: ['a@l for a@img'],
    },
    {
      name: 'a child',
      change: ({ revisions }) => revisions.delete(`a@${digest('img')}`),
      missing: ['a@img for a@idx'],
    },
    {
      name: 'a revision',
      change: ({ revisions }) => revisions.delete(`a@${digest('idx')}`),
      missing: ['a@idx for a:t'],
    },
    {
      name: 'nothing that was a tag’s alone',
      change: ({ tags }) => {
        tags.clear();
      },
      missing: [],
    },
  ];

  it.each(cases)('G6: names $name that is gone', async ({ change, missing }) => {
    expect(await missingAfter(change)).toEqual(missing);
  });

  it('G6: names what a link points to', async () => {
    const linked = new World().layer('b', 'wide', { target: 'l' });
    expect(await missingAfter(({ data }) => data.delete(digest('l')), linked)).toEqual(['l for b@wide']);
  });

  it('G6: names what a tombstone has to bring back, until it lapses', async () => {
    const buried = (until: number): World => {
      const made = new World().push('a', 'img', { layers: ['l'] }).bury('a', 'img', { until });
      made.revisions.clear();
      made.layers.clear();
      return made;
    };
    const lose = ({ data }: World): boolean => data.delete(digest('l'));
    expect(await missingAfter(lose, buried(now))).toEqual(['l for tombstone t0']);
    expect(await missingAfter(lose, buried(now - 1))).toEqual([]);
  });

  it('G6: leaves out what was missing before', async () => {
    const incomplete = world();
    incomplete.data.delete(digest('c'));
    expect(await missingAfter(({ data }) => data.delete(digest('l')), incomplete)).toEqual(['l for a@img']);
  });
});

describe('a census', () => {
  const nothing = { tags: 0, revisions: 0, layers: 0, data: 0 };

  async function wide(manifests: number): Promise<ReturnType<typeof censusOf>> {
    const made = new World();
    made.repositories.add(repo('z')).add(repo('b'));
    for (let n = 0; n < manifests; n++) made.push('a', `m${n}`);
    return censusOf(await made.read());
  }

  it('G1: doubts a listing that lost a repository, and names it', async () => {
    const before = censusOf(await world().read());
    expect(before.repositories).toEqual(['a', 'b']);
    const now = censusOf(await new World().push('b', 'img').read());
    expect(shrunk(before, now, nothing)).toMatchObject({ object: 'a' });
  });

  it('G1: doubts a listing that lost more than our removals explain', async () => {
    const [before, after] = [await wide(100), await wide(79)];
    expect(shrunk(before, after, nothing)).toMatchObject({ object: 'revisions' });
    expect(shrunk(before, after, { ...nothing, revisions: 21, data: 21 })).toBeUndefined();
    expect(shrunk(before, await wide(81), nothing)).toBeUndefined();
    expect(shrunk(await wide(300), await wide(275), nothing)).toBeUndefined();
    expect(shrunk(after, before, nothing)).toBeUndefined();
  });
});

describe('unique bytes', () => {
  it('are those that only these manifests lead to', async () => {
    const graph = await new World()
      .store('l', 1_000)
      .push('a', 'img', { layers: ['l', 'c'] })
      .push('a', 'other', { layers: ['c'] })
      .read();
    const row = graph.revisionNamed(repo('a'), digest('img')) ?? -1;
    expect(uniqueBytes(graph, new Set([row]))).toBe(1_100);
    expect(uniqueBytes(graph, new Set([0, 1]))).toBe(1_300);
    expect(uniqueBytes(graph, new Set())).toBe(0);
  });
});
