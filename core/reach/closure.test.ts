import { describe, expect, it } from 'vitest';
import { digestToken, tagToken, type TokenHash } from '../window/token.ts';
import { Closure } from './closure.ts';
import type { PlanItem } from './planItem.ts';
import { tokensOf } from './planItem.ts';
import { digest, hashToken, repo, tagNamed, World } from './testing/world.ts';

const digestSeed = (name: string): TokenHash => hashToken(digestToken(digest(name)));
const tagSeed = (repository: string, tag: string): TokenHash => hashToken(tagToken(repo(repository), tagNamed(tag)));

const all = ['img', 'idx', 'sig', 'att', 'l', 'c', 'other', 'absent'];

async function sparedBy(world: World, ...seeds: TokenHash[]): Promise<string[]> {
  const closure = new Closure(await world.read(), hashToken);
  closure.add(seeds);
  return all.filter((name) => closure.has(digest(name)));
}

const world = (): World =>
  new World()
    .push('a', 'img', { config: 'c', layers: ['l'] })
    .push('a', 'idx', { manifests: ['img'] })
    .push('b', 'sig', { subject: 'idx' })
    .push('a', 'other')
    .tag('a', 't', 'img');

describe('a closure over touches', () => {
  it('spares what a touched manifest refers to, at any depth, and its referrers in every repository', async () => {
    expect(await sparedBy(world(), digestSeed('img'))).toEqual(['img', 'l', 'c']);
    expect(await sparedBy(world(), digestSeed('idx'))).toEqual(['img', 'idx', 'sig', 'l', 'c']);
  });

  it('spares the digest of a touched tag', async () => {
    expect(await sparedBy(world(), tagSeed('a', 't'))).toEqual(['img', 'l', 'c']);
  });

  it('spares the referrers of a subject that the graph lacks, and what it never heard of', async () => {
    const orphan = new World().push('a', 'sig', { subject: 'absent', layers: ['l'] });
    expect(await sparedBy(orphan, digestSeed('absent'))).toEqual(['sig', 'l', 'absent']);
    expect(await sparedBy(new World(), digestSeed('other'))).toEqual(['other']);
  });

  it('is not misled by a tag that was given a digest’s token', async () => {
    const hostile = world().tag('sha256', digest('img').slice('sha256:'.length), 'other');
    expect(await sparedBy(hostile, digestSeed('img'))).toEqual(['img', 'l', 'c', 'other']);
  });

  it('grows with each seed', async () => {
    const closure = new Closure(await world().read(), hashToken);
    closure.add([digestSeed('other')]);
    closure.add([digestSeed('img')]);
    expect(all.filter((name) => closure.has(digest(name)))).toEqual(['img', 'l', 'c', 'other']);
  });

  const at = { repository: repo('a'), why: '' };
  const group = [digest('idx'), digest('img')];
  const request = {
    step: 'request',
    kind: 'manifest',
    digest: digest('idx'),
    tags: [],
    group,
    shared: [],
    request: 'ns/r',
    ...at,
  } as const;
  const items: { item: PlanItem; spared: boolean; tokens: string[] }[] = [
    { item: request, spared: false, tokens: ['idx', 'img'] },
    {
      item: { ...request, kind: 'tag', tags: [{ tag: tagNamed('t'), modifiedAt: 1 }] },
      spared: false,
      tokens: ['a:t'],
    },
    {
      item: { step: 'tag', tag: tagNamed('t'), digest: digest('img'), modifiedAt: 1, group: [], ...at },
      spared: true,
      tokens: ['a:t'],
    },
    {
      item: { step: 'tag', tag: tagNamed('u'), digest: digest('img'), modifiedAt: 1, group: [], ...at },
      spared: false,
      tokens: ['a:u'],
    },
    {
      item: { step: 'untagged', digest: digest('img'), group: [digest('img')], shared: [], ...at },
      spared: true,
      tokens: ['img'],
    },
    {
      item: { step: 'manifest', row: 0, digest: digest('other'), repository: repo('a'), why: 'unreachable' },
      spared: false,
      tokens: ['other'],
    },
    {
      item: { step: 'layer', row: 0, digest: digest('wide'), target: digest('l'), repository: repo('b') },
      spared: true,
      tokens: ['wide', 'l'],
    },
    {
      item: { step: 'layer', row: 0, digest: digest('l'), target: digest('l'), repository: repo('b') },
      spared: true,
      tokens: ['l'],
    },
    { item: { step: 'data', row: 0, digest: digest('c'), sizeBytes: 1 }, spared: true, tokens: ['c'] },
  ];

  it.each(items)('G7: decides $item.step by what it names', async ({ item, spared, tokens }) => {
    const closure = new Closure(await world().read(), hashToken);
    closure.add([tagSeed('a', 't')]);
    expect(closure.spares(item)).toBe(spared);
    expect(tokensOf(item)).toEqual(tokens.map((each) => (each.includes(':') ? each : digest(each))));
  });

  it('G2: narrows a group to what no promise was made about', async () => {
    const closure = new Closure(await world().read(), hashToken);
    closure.add([digestSeed('img')]);
    expect(closure.narrowed(request).group).toEqual([digest('idx')]);
    const tagAlone = { ...request, kind: 'tag' } as const;
    expect(closure.narrowed(tagAlone)).toBe(tagAlone);
  });
});
