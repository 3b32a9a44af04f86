import { describe, expect, it } from 'vitest';
import type { Kind, Marked } from './mark.ts';
import { groupPairs } from './roots.ts';
import { Protecting } from './sparing.ts';
import { Names } from './testing/names.ts';
import { digest, hour, now, repo, tagNamed, World } from './testing/world.ts';

const names = new Names(['img', 'other', 'idx', 'child', 'sig', 'sig2', 'c', 'l', 'l2', 'wide', 'narrow']);

function fateOf(marked: Marked, repository: string, name: string): string {
  const row = marked.graph.revisionNamed(repo(repository), digest(name));
  return row === undefined ? 'no link' : marked.fate('manifest', row);
}

function all(marked: Marked): Record<Kind, string[]> {
  return {
    manifest: names.suspects(marked, 'manifest'),
    layer: names.suspects(marked, 'layer'),
    data: names.suspects(marked, 'data'),
  };
}

const nothing = { manifest: [], layer: [], data: [] };

describe('a mark', () => {
  it('finds what no tag leads to', async () => {
    const world = new World()
      .push('a', 'img', { config: 'c', layers: ['l'] })
      .push('a', 'other', { config: 'c', layers: ['l2'] });
    const marked = await world.tag('a', 't', 'img').mark();
    expect(all(marked)).toEqual({ manifest: ['a@other'], layer: ['a@l2'], data: ['l2', 'other'] });
    expect(fateOf(marked, 'a', 'img')).toBe('tagged');
  });

  it('keeps untagged manifests and all they refer to where they are to be kept', async () => {
    const marked = await new World()
      .push('a', 'img', { layers: ['l'] })
      .layer('a', 'l2')
      .mark({ untagged: 'Keep' });
    expect(all(marked)).toEqual({ manifest: [], layer: ['a@l2'], data: ['l2'] });
    expect(fateOf(marked, 'a', 'img')).toBe('untaggedKept');
  });

  it('G3: a live index keeps its children at any depth, also in another repository or without a link', async () => {
    const world = new World()
      .describe('child', { layers: ['l'] })
      .layer('a', 'l')
      .push('b', 'img', { layers: ['l2'] })
      .push('a', 'idx', { manifests: ['child', 'img'] })
      .push('a', 'other', { manifests: ['idx'] })
      .tag('a', 't', 'other');
    const marked = await world.mark();
    expect(all(marked)).toEqual(nothing);
    expect(fateOf(marked, 'b', 'img')).toBe('referenced');
  });

  it('G3: a live subject keeps its referrers, and a referrer not its subject', async () => {
    const world = new World()
      .push('a', 'img')
      .push('a', 'sig', { subject: 'img' })
      .push('a', 'sig2', { subject: 'sig' })
      .push('a', 'other')
      .push('a', 'idx', { subject: 'other' });
    const marked = await world.tag('a', 't', 'img').tag('a', 'u', 'idx').mark();
    expect(names.suspects(marked, 'manifest')).toEqual(['a@other']);
  });

  it('gives up a referrer whose subject is not there, like any untagged manifest', async () => {
    const marked = await new World().push('a', 'sig', { subject: 'img' }).mark();
    expect(names.suspects(marked, 'manifest')).toEqual(['a@sig']);
  });

  it('gives up an old copy in another repository, but not its bytes', async () => {
    const world = new World()
      .push('a', 'img', { layers: ['l'] })
      .push('b', 'img', { layers: ['l'] })
      .tag('a', 't', 'img');
    expect(all(await world.mark())).toEqual({ manifest: ['b@img'], layer: ['b@l'], data: [] });
  });

  it('takes a link for both what it is named and what it says', async () => {
    const world = new World()
      .push('a', 'img', { layers: ['wide'] })
      .layer('a', 'wide', { target: 'narrow' })
      .tag('a', 't', 'img');
    expect(all(await world.mark())).toEqual(nothing);
    const byTarget = new World()
      .push('a', 'img')
      .layer('a', 'wide', { target: 'narrow' })
      .describe('img', { layers: ['narrow'] });
    expect(all(await byTarget.tag('a', 't', 'img').mark()).layer).toEqual([]);
  });

  it('needs the link that is named by what an alias points to, through which distribution serves it', async () => {
    const world = new World()
      .push('a', 'img', { layers: ['wide'] })
      .layer('a', 'wide', { target: 'narrow' })
      .layer('a', 'narrow')
      .tag('a', 't', 'img');
    expect(all(await world.mark())).toEqual(nothing);
  });

  it('G3: keeps what was promised less than a promiseTTL and a quarter ago, and what is younger than minAge', async () => {
    const world = new World()
      .push('a', 'img', { layers: ['l'] }, now - 1.2 * hour)
      .push('a', 'other', {}, now - 2 * hour)
      .layer('a', 'l2', { modifiedAt: now - 1.2 * hour })
      .layer('b', 'l2', { modifiedAt: now - 2 * hour })
      .store('c', 1, now - 2 * hour);
    const marked = await world.mark({ minAgeMs: 3 * hour });
    expect(all(marked)).toEqual(nothing);
    expect([fateOf(marked, 'a', 'img'), fateOf(marked, 'a', 'other')]).toEqual(['fresh', 'young']);
    expect(all(await world.mark())).toEqual({ manifest: ['a@other'], layer: ['b@l2'], data: ['c', 'other'] });
    const young = await world.mark({ freshMs: 0, minAgeMs: 1.5 * hour });
    expect(fateOf(young, 'a', 'img')).toBe('young');
  });

  it('G3: an unexpired tombstone keeps its group with all it refers to, links of layers among it', async () => {
    const world = new World()
      .push('a', 'img', { layers: ['l'] })
      .push('a', 'idx', { manifests: ['img'] })
      .bury('a', 'idx', { group: [digest('idx'), digest('img')] });
    const linked = await world.mark();
    expect([fateOf(linked, 'a', 'idx'), fateOf(linked, 'a', 'img')]).toEqual(['tombstone', 'tombstone']);
    world.revisions.clear();
    expect(all(await world.mark())).toEqual(nothing);
  });

  it('a lapsed tombstone releases its group also where untagged manifests are kept, but not what was touched since', async () => {
    const world = new World()
      .push('a', 'img', { layers: ['l'] })
      .push('a', 'other', {}, now - 3 * hour)
      .push('b', 'img', { layers: ['l'] });
    const group = [digest('img'), digest('other'), digest('child')];
    world.bury('a', 'img', { group, at: now - 4 * hour, until: now - 1 });
    const marked = await world.mark({ untagged: 'Keep' });
    expect(all(marked)).toEqual({ manifest: ['a@img'], layer: ['a@l'], data: [] });
    expect(marked.isReleased(marked.suspects.manifest[0] ?? -1)).toBe(true);
  });

  it('a lapsed tombstone releases nothing that a tag names', async () => {
    const world = new World()
      .push('a', 'img')
      .tag('a', 't', 'img')
      .bury('a', 'img', { until: now - 1 });
    expect(all(await world.mark({ untagged: 'Keep' }))).toEqual(nothing);
  });

  it('G3: protections keep a manifest in every repository, by its digest, its tag, or the image ID of its configuration', async () => {
    const world = new World()
      .push('a', 'img', { config: 'c' })
      .push('b', 'img', { config: 'c' })
      .push('a', 'other')
      .tag('a', 't', 'other')
      .push('b', 'other')
      .push('b', 'child', { layers: ['l'] });
    const tags = [
      { repository: repo('a'), tag: tagNamed('t') },
      { repository: repo('a'), tag: tagNamed('absent') },
      { repository: repo('nowhere'), tag: tagNamed('t') },
    ];
    const marked = await world.mark({ protections: { digests: [digest('c'), digest('unheard')], tags } });
    expect(all(marked).manifest).toEqual(['b@child']);
    expect([fateOf(marked, 'a', 'img'), fateOf(marked, 'b', 'img'), fateOf(marked, 'b', 'other')]).toEqual(
      Array(3).fill('protected'),
    );
    const layer = await world.mark({ protections: { digests: [digest('l')], tags: [] } });
    expect(all(layer).layer).not.toContain('b@l');
    const target = new World().layer('a', 'wide', { target: 'narrow' });
    expect(all(await target.mark({ protections: { digests: [digest('narrow')], tags: [] } })).layer).toEqual([]);
  });

  it('keeps what a dangling tag names', async () => {
    const world = new World().push('a', 'img', { layers: ['l'] }).tag('a', 't', 'img');
    world.revisions.clear();
    expect(all(await world.mark())).toEqual(nothing);
  });

  it('finds nothing of a tombstone from another storage, and spares nothing for it', async () => {
    const marked = await new World().push('a', 'img').mark();
    const { buried } = new World().bury('b', 'img').bury('a', 'unheard');
    expect(buried.map((each) => groupPairs(marked.graph, each))).toEqual([[], []]);
    expect(new Protecting(marked).manifest(7, 0)).toBeUndefined();
  });

  it('refuses to say anything of rows it does not have', async () => {
    const marked = await new World().push('a', 'img').mark();
    expect(() => marked.fate('manifest', 7)).toThrow(RangeError);
    expect(() => marked.graph.repositoryName(7)).toThrow(RangeError);
    expect(() => marked.graph.tagOf(7)).toThrow(RangeError);
    expect(marked.graph.revisionNamed(repo('nowhere'), digest('img'))).toBeUndefined();
  });
});
