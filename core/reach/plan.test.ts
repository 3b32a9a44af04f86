import { describe, expect, it } from 'vitest';
import type { DeleteRequestResource } from '../resources/deleteRequest.ts';
import type { RetentionEvaluator } from '../retention/evaluation.ts';
import type { Plan } from './plan.ts';
import { Names } from './testing/names.ts';
import { requestDefaults } from './testing/randomWorld.ts';
import { digest, hour, longAgo, now, repo, tagNamed, World } from './testing/world.ts';

const names = new Names([
  'img',
  'other',
  'idx',
  'idx2',
  'child',
  'kid',
  'sig',
  'sig2',
  'att',
  'c',
  'l',
  'l2',
  'absent',
]);

const itemsOf = (plan: Plan): string[] => plan.items.map((item) => names.item(item));
const collectedOf = (plan: Plan): string[] => [...plan.collection.items()].map((item) => names.item(item));
const sparedOf = (plan: Plan): string[] =>
  plan.spared.map(({ step, object, why, by }) =>
    names.in(`${step} ${object} ${why}${by === undefined ? '' : ` by ${by}`}`),
  );

function ask(name: string, ...targets: DeleteRequestResource['targets']): DeleteRequestResource {
  return { ...requestDefaults, name, targets, cutoff: now };
}

const byDigest = (repository: string, name: string): DeleteRequestResource['targets'][number] => ({
  by: 'digest',
  repository: repo(repository),
  digest: digest(name),
});

const selectedBy = [
  { policy: 'ns/p', rule: 'second' },
  { policy: 'ns/p', rule: 'first' },
];

/** Removes tags of these names, and untagged manifests of these. */
function removing(tags: readonly string[], untagged: readonly string[] = []): RetentionEvaluator {
  return (contents) => [
    ...contents.tags
      .filter(({ tag }) => tags.includes(tag))
      .map(({ tag, digest: named }) => ({
        what: { kind: 'tag', tag, digest: named } as const,
        selectedBy,
        keptBy: [],
      })),
    ...contents.untagged
      .filter(({ digest: named }) => untagged.map(digest).includes(named))
      .map(({ digest: named }) => ({ what: { kind: 'manifest', digest: named } as const, selectedBy, keptBy: [] })),
  ];
}

/** An index with a child and signatures: what a release looks like. */
function release(): World {
  return new World()
    .push('a', 'child', { config: 'c', layers: ['l'] })
    .push('a', 'idx', { manifests: ['child'] })
    .push('a', 'sig', { config: 'c', subject: 'idx' })
    .push('a', 'att', { config: 'c', subject: 'sig' })
    .tag('a', 'v1', 'idx');
}

describe('requests in a plan', () => {
  it('take a manifest’s tags, untagged children and referrers along, as one item', async () => {
    const world = release().tag('a', 'latest', 'idx');
    const plan = await world.plan({ requests: [ask('dr', byDigest('a', 'idx'))] });
    expect(itemsOf(plan)).toHaveLength(1);
    expect(plan.items[0]).toMatchObject({
      tags: [
        { tag: 'latest', modifiedAt: longAgo },
        { tag: 'v1', modifiedAt: longAgo },
      ],
      request: 'ns/dr',
      group: ['child', 'idx', 'sig', 'att'].map(digest).sort(),
      shared: [],
      why: '',
    });
    expect(collectedOf(plan)).toEqual([]);
    expect(plan.uniqueBytes).toBe(600);
  });

  it('leave referrers where they are asked to', async () => {
    const request = { ...ask('dr', byDigest('a', 'idx')), referrers: 'Keep' as const, reason: 'CVE' };
    const plan = await release().plan({ requests: [request] });
    expect(plan.items[0]).toMatchObject({ group: ['child', 'idx'].map(digest).sort(), why: 'CVE' });
  });

  it('leave referrers that only another repository has', async () => {
    const world = release();
    world.revisions.delete(`a@${digest('sig')}`);
    const plan = await world.link('b', 'sig').plan({ requests: [ask('dr', byDigest('a', 'idx'))] });
    expect(plan.items[0]?.group).toEqual(['child', 'idx'].map(digest).sort());
  });

  it('leave what something else names, refers to, or is the subject of', async () => {
    const tagged = await release()
      .tag('a', 'arm', 'child')
      .plan({ requests: [ask('dr', byDigest('a', 'idx'))] });
    expect(tagged.items[0]?.group).not.toContain(digest('child'));
    const shared = await release()
      .push('a', 'idx2', { manifests: ['child', 'att'] })
      .plan({ requests: [ask('dr', byDigest('a', 'idx'))] });
    expect(shared.items[0]?.group).toEqual(['idx', 'sig'].map(digest).sort());
    const subject = await new World()
      .push('a', 'img')
      .push('a', 'sig', { subject: 'img' })
      .push('a', 'idx', { manifests: ['sig'] })
      .plan({ requests: [ask('dr', byDigest('a', 'idx'))] });
    expect(subject.items[0]?.group).toEqual([digest('idx')]);
  });

  it('D3: leave a manifest that a live index refers to, and say which', async () => {
    const plan = await release().plan({ requests: [ask('dr', byDigest('a', 'child'))] });
    expect([itemsOf(plan), sparedOf(plan)]).toEqual([[], ['request a@child referenced by idx']]);
    const elsewhere = await new World()
      .push('a', 'child')
      .push('b', 'idx', { manifests: ['child'] })
      .plan({ requests: [ask('dr', byDigest('a', 'child'))] });
    expect(sparedOf(elsewhere)).toEqual(['request a@child referenced by idx']);
    const both = await new World()
      .push('a', 'child')
      .push('b', 'child')
      .push('b', 'idx', { manifests: ['child'] })
      .plan({ requests: [ask('dr', byDigest('a', 'child'))] });
    expect(itemsOf(both)).toEqual(['request manifest a@child [] {child}']);
  });

  it('D4: leave what a tombstone has to bring back an index with', async () => {
    const world = release().bury('a', 'idx');
    world.revisions.delete(`a@${digest('idx')}`);
    world.tags.clear();
    const plan = await world.plan({ requests: [ask('dr', byDigest('a', 'child'))] });
    expect(sparedOf(plan)).toEqual(['request a@child referenced by idx']);
  });

  it('remove a signature from under its living subject when they name it', async () => {
    const plan = await release().plan({ requests: [ask('dr', byDigest('a', 'att'))] });
    expect(itemsOf(plan)).toEqual(['request manifest a@att [] {att}']);
    const all = { ...ask('dr', { by: 'repository', glob: 'a' }), cutoff: longAgo };
    const subject = await release()
      .link('a', 'att', longAgo - 1)
      .plan({ requests: [all] });
    expect(sparedOf(subject)).toEqual(['request a@att referenced by sig']);
  });

  it('remove an index and its child when they name both, the index first', async () => {
    const plan = await release().plan({ requests: [ask('dr', byDigest('a', 'child'), byDigest('a', 'idx'))] });
    expect(plan.items.map(({ digest: head }) => head)).toEqual(['idx', 'child'].map(digest));
    expect(plan.items.flatMap(({ group }) => group).sort()).toEqual(['idx', 'child', 'sig', 'att'].map(digest).sort());
  });

  it('D4: let what two indexes share go with the last, and have both tombstones name it', async () => {
    const world = new World()
      .push('a', 'child')
      .push('a', 'idx', { manifests: ['child'] })
      .push('a', 'idx2', { manifests: ['child'] });
    const plan = await world.plan({ requests: [ask('dr', { by: 'repository', glob: 'a' })] });
    const [first, last] = plan.items;
    expect(first).toMatchObject({ group: [first?.digest], shared: [digest('child')] });
    expect(last).toMatchObject({ group: [digest('child'), last?.digest ?? ''].sort(), shared: [] });
  });

  it('take a circle of a reference and a subject whole', async () => {
    const world = new World().push('a', 'idx', { manifests: ['child'] }).push('a', 'child', { manifests: ['idx'] });
    const plan = await world.plan({ requests: [ask('dr', { by: 'repository', glob: 'a' })] });
    expect(plan.items).toHaveLength(1);
    expect(plan.items[0]?.group).toEqual(['child', 'idx'].map(digest).sort());
  });

  it('D2: remove a tag only while it points to the digest, and only what was pushed before the cutoff', async () => {
    const world = new World().push('a', 'img').tag('a', 'v1', 'img').tag('a', 'v2', 'img', now);
    const tag = (named: string, to: string): DeleteRequestResource['targets'][number] =>
      ({
        ...{ by: 'tag', repository: repo('a'), tag: tagNamed(named), digest: digest(to) },
      }) as const;
    const plan = await world.plan({
      requests: [ask('dr', tag('v1', 'img'), tag('v1', 'other'), tag('v2', 'img'), tag('v3', 'img'))],
    });
    expect(itemsOf(plan)).toEqual(['request tag a@img [v1] {}']);
    const { cutoff: _none, ...open } = ask('dr', tag('v2', 'img'), byDigest('a', 'absent'), byDigest('b', 'img'));
    expect(itemsOf(await world.plan({ requests: [open] }))).toEqual(['request tag a@img [v2] {}']);
    const old = await world.plan({ requests: [ask('dr', byDigest('a', 'img'))] });
    expect(itemsOf(old)).toEqual([]);
  });

  it('remove tags by glob, and release what nothing else names', async () => {
    const world = release().tag('a', 'keep', 'other').push('a', 'other').tag('a', 'vx', 'other').tag('b', 'v1', 'img');
    const plan = await world.plan({ requests: [ask('dr', { by: 'tagGlob', repository: repo('a'), glob: 'v?' })] });
    expect(plan.items.map(({ group }) => group.length)).toEqual([4, 0]);
    expect(itemsOf(plan)[1]).toBe('request tag a@other [vx] {}');
  });

  it('remove whole repositories, dangling tags too', async () => {
    const world = release().tag('a', 'gone', 'absent').push('b', 'img').tag('b', 't', 'img').tag('a', 'arm', 'child');
    const plan = await world.plan({ requests: [ask('dr', { by: 'repository', glob: 'a' })] });
    const items = itemsOf(plan);
    expect(items.slice(1)).toEqual(['request manifest a@child [arm] {child}', 'request tag a@absent [gone] {absent}']);
    expect(items[0]).toMatch(/^request manifest a@idx \[v1\]/);
  });

  it('G3: leave what is protected, but not what is fresh', async () => {
    const world = new World()
      .push('a', 'img', {}, now)
      .tag('a', 'v1', 'img', now - 1)
      .push('a', 'other')
      .tag('a', 'v2', 'other');
    const requests = [
      ask('dr', byDigest('a', 'img'), byDigest('a', 'other'), {
        by: 'tag',
        repository: repo('a'),
        tag: tagNamed('v2'),
      }),
    ];
    const protections = { digests: [digest('other')], tags: [] };
    const plan = await world.plan({ requests }, { protections });
    expect(itemsOf(plan)).toEqual(['request manifest a@img [v1] {img}']);
    expect(sparedOf(plan)).toEqual(['request a@other protected']);
    const tags = await world.plan(
      { requests: [ask('dr', { by: 'tagGlob', repository: repo('a'), glob: 'v2' })] },
      { protections },
    );
    expect(sparedOf(tags)).toEqual(['request a:v2 protected']);
  });

  it('G3: leave a child that was just promised, with all that it refers to', async () => {
    const world = new World()
      .push('a', 'kid')
      .push('a', 'child', { manifests: ['kid'] }, now - 1)
      .push('a', 'idx', { manifests: ['child'] });
    const plan = await world.plan({ requests: [ask('dr', byDigest('a', 'idx'))] });
    expect(itemsOf(plan)).toEqual(['request manifest a@idx [] {idx}']);
    expect(sparedOf(plan).sort()).toEqual(['request a@child fresh', 'request a@kid referenced']);
  });
});

describe('policies in a plan', () => {
  it('R3: remove tags with the rules that selected them, and release the manifest when nothing else names it', async () => {
    const plan = await release().plan({ retention: removing(['v1']) });
    expect(plan.items).toMatchObject([
      { step: 'tag', tag: 'v1', why: 'selected by ns/p/first, ns/p/second; kept by none', modifiedAt: longAgo },
    ]);
    expect(plan.items[0]?.group).toEqual(['idx', 'child', 'sig', 'att'].map(digest).sort());
    expect(collectedOf(plan)).toEqual([]);
    const kept = await release()
      .tag('a', 'latest', 'idx')
      .plan({ retention: removing(['v1']) });
    expect(itemsOf(kept)).toEqual(['tag a:v1@idx {}']);
    const both = await release()
      .tag('a', 'latest', 'idx')
      .plan({ retention: removing(['v1', 'latest']) });
    expect(both.items.map(({ group }) => group.length)).toEqual([4, 4]);
  });

  it('release nothing that an index still refers to', async () => {
    const plan = await release()
      .tag('a', 'arm', 'child')
      .plan({ retention: removing(['arm']) });
    expect(itemsOf(plan)).toEqual(['tag a:arm@child {}']);
  });

  it('G3: leave tags that were just pushed, are young, or are protected', async () => {
    const world = new World().push('a', 'img').push('a', 'other').push('a', 'child');
    world
      .tag('a', 't1', 'img', now - hour)
      .tag('a', 't2', 'img', now - 2 * hour)
      .tag('a', 't3', 'other')
      .tag('a', 't4', 'child');
    const protections = { digests: [digest('other')], tags: [{ repository: repo('a'), tag: tagNamed('t4') }] };
    const plan = await world.plan(
      { retention: removing(['t1', 't2', 't3', 't4']) },
      { minAgeMs: 3 * hour, protections },
    );
    expect(sparedOf(plan)).toEqual(['tag a:t1 fresh', 'tag a:t2 young', 'tag a:t3 protected', 'tag a:t4 protected']);
    expect(itemsOf(plan)).toEqual([]);
  });

  it('remove untagged manifests with their group, but none that a live index or subject keeps', async () => {
    const world = release()
      .push('a', 'idx2', { manifests: ['img', 'other'] })
      .push('a', 'img')
      .push('a', 'other', {}, now - hour);
    const plan = await world.plan({ retention: removing([], ['idx2', 'img', 'child', 'sig', 'other']) });
    expect(plan.items.map(({ digest: head }) => names.in(head))).toEqual(['idx2']);
    expect(plan.items[0]?.group).toEqual(['idx2', 'img'].map(digest).sort());
    expect(sparedOf(plan).sort()).toEqual([
      'untagged a@child referenced by idx',
      'untagged a@other fresh',
      'untagged a@sig referenced by idx',
    ]);
  });

  it('leave to a request what it names', async () => {
    const plan = await release().plan({
      retention: removing(['v1'], ['child', 'att']),
      requests: [ask('z', byDigest('a', 'idx')), ask('b', { by: 'tag', repository: repo('a'), tag: tagNamed('v1') })],
    });
    expect(plan.items.map(({ step }) => step)).toEqual(['request', 'request']);
    const whole = await release().plan({
      retention: removing(['v1'], ['child', 'att']),
      requests: [ask('z', byDigest('a', 'idx'))],
    });
    expect(whole.items.map(({ step }) => step)).toEqual(['request']);
  });

  it('R1: ignore a verdict about what is not there', async () => {
    const retention: RetentionEvaluator = () => [
      { what: { kind: 'tag', tag: tagNamed('none'), digest: digest('none') }, selectedBy, keptBy: [] },
      { what: { kind: 'manifest', digest: digest('none') }, selectedBy, keptBy: [] },
    ];
    expect((await release().plan({ retention })).items).toEqual([]);
  });
});

describe('a plan', () => {
  it('G7: has a digest that a request’s reason, times and protections do not change', async () => {
    const requests = [ask('dr', byDigest('a', 'idx'))];
    const base = await release().plan({ requests });
    expect(
      (
        await release()
          .tag('a', 'v1', 'idx', longAgo + 1)
          .plan({ requests })
      ).digest,
    ).toBe(base.digest);
    expect((await release().plan({ requests: requests.map((each) => ({ ...each, reason: 'x' })) })).digest).toBe(
      base.digest,
    );
    const protections = { digests: [digest('idx')], tags: [] };
    const guarded = await release().plan({ requests }, { protections });
    expect([guarded.digest, guarded.items]).toEqual([base.digest, []]);
    expect((await release().tag('a', 'more', 'idx').plan({ requests })).digest).not.toBe(base.digest);
    expect((await release().plan({ retention: removing(['v1']) })).digest).not.toBe(base.digest);
    expect((await release().plan({ retention: removing([], ['child']) })).digest).not.toBe(base.digest);
  });

  it('G7: spares what came to a policy’s candidates after its plan was approved', async () => {
    const approved = await release()
      .push('a', 'kid')
      .plan({ retention: removing(['v1'], ['kid']) });
    const later = release().push('a', 'kid').push('a', 'img').tag('a', 'v0', 'img').push('a', 'other');
    const plan = await later.plan({
      retention: removing(['v0', 'v1'], ['kid', 'other']),
      approved: new Set(approved.keys),
    });
    expect(itemsOf(plan)).toEqual(itemsOf(approved));
    expect(sparedOf(plan)).toEqual(['tag a:v0 notApproved', 'untagged a@other notApproved']);
    expect(plan.digest).not.toBe(approved.digest);
  });

  it('G7: spares what came to a request’s targets after its plan was approved, and what that refers to', async () => {
    const world = (): World =>
      release()
        .push('a', 'img', { layers: ['l2'] })
        .tag('a', 't1', 'img');
    const requests = [ask('dr', byDigest('a', 'idx'), { by: 'tagGlob', repository: repo('a'), glob: 't*' })];
    const approved = await world().plan({ requests });
    const later = await world()
      .push('a', 'idx2', { manifests: ['child'] })
      .push('a', 'other')
      .tag('a', 't2', 'other')
      .plan({
        requests: [...requests, ask('more', byDigest('a', 'idx2'))],
        approved: new Set(approved.keys),
      });
    expect(later.items.flatMap(({ group }) => group)).not.toContain(digest('idx2'));
    expect(later.items.flatMap(({ group }) => group)).not.toContain(digest('child'));
    expect(sparedOf(later)).toEqual(expect.arrayContaining(['request a:t2 notApproved', 'request a@idx2 notApproved']));
    expect(later.items.map(({ digest: head }) => head)).toContain(digest('img'));
  });

  it('G7: carries a request’s approved manifest out beside one that was not approved', async () => {
    const requests = [ask('dr', byDigest('a', 'idx'))];
    const approved = await release().plan({ requests });
    const later = await release()
      .push('a', 'other')
      .plan({ requests: [...requests, ask('more', byDigest('a', 'other'))], approved: new Set(approved.keys) });
    expect(itemsOf(later)).toEqual(itemsOf(approved));
    expect(sparedOf(later)).toEqual(['request a@other notApproved']);
  });

  it('G7: takes up nothing of an approved plan that is no longer there', async () => {
    const approved = await release().plan({
      retention: removing(['v1'], []),
      requests: [ask('dr', byDigest('b', 'img'))],
    });
    const plan = await new World()
      .push('b', 'img')
      .tag('b', 'v1', 'img')
      .plan({
        retention: removing(['v1']),
        approved: new Set(approved.keys),
      });
    expect(itemsOf(plan)).toEqual([]);
  });

  it('refuses a hash that is none', async () => {
    await expect(release().plan({ sha256: () => 'x' })).rejects.toThrow('no sha256');
  });

  it('G8: brakes on too many deletions, too large a share, and a repository without tags', async () => {
    const world = new World();
    for (let n = 0; n < 20; n++) world.push('a', `m${n}`).tag('a', `t${n}`, `m${n}`);
    const five = removing(['t0', 't1', 't2', 't3', 't4']);
    expect(
      (await world.plan({ retention: five, limits: { maxDeletesPerRun: 5, maxDeletePercent: 25 } })).brake,
    ).toBeUndefined();
    const over = await world.plan({ retention: five, limits: { maxDeletesPerRun: 4, maxDeletePercent: 24 } });
    expect(over.brake).toEqual({
      why: ['5 deletions, where a run may do 4', '5 of 20 tags, where a run may remove 24 %'],
      approve: over.digest,
    });
    const few = new World()
      .push('b', 'img')
      .tag('b', 't0', 'img')
      .push('b', 'other')
      .tag('b', 'x', 'other')
      .push('a', 'img')
      .tag('a', 't0', 'img');
    expect((await few.plan({ retention: removing(['t0']), limits: { maxDeletePercent: 1 } })).brake?.why).toEqual([
      'every tag of a',
    ]);
    const asked = await few.plan({ requests: [ask('dr', { by: 'repository', glob: '**' })] });
    expect(asked.brake).toBeUndefined();
    const garbage = new World();
    for (let n = 0; n < 20; n++) garbage.push('a', `m${n}`);
    expect((await garbage.plan({ limits: { maxDeletePercent: 99 } })).brake?.why).toEqual([
      '20 of 20 manifests, where a run may remove 99 %',
      '20 of 20 data objects, where a run may remove 99 %',
    ]);
  });
});

describe('a collection', () => {
  it('goes parents first, then links of layers, then data, and counts its bytes', async () => {
    const world = new World()
      .push('a', 'img', { layers: ['l'] })
      .push('a', 'idx', { manifests: ['img'] })
      .push('a', 'idx2', { manifests: ['idx'] });
    world.store('l', 5_000);
    const plan = await world.plan();
    expect(collectedOf(plan).slice(0, 4)).toEqual([
      'manifest a@idx2 unreachable',
      'manifest a@idx unreachable',
      'manifest a@img unreachable',
      'layer a@l',
    ]);
    expect(plan.collection.sizeBytes).toBe(5_300);
    expect((['manifest', 'layer', 'data'] as const).map((kind) => plan.collection.count(kind))).toEqual([3, 1, 4]);
  });

  it('says what a lapsed tombstone released', async () => {
    const plan = await new World()
      .push('a', 'img')
      .bury('a', 'img', { until: now - 1 })
      .plan({}, { untagged: 'Keep' });
    expect(collectedOf(plan)).toEqual(['manifest a@img released', 'data img']);
  });

  it('G4: what is not confirmed keeps what it refers to, and says so', async () => {
    const world = new World()
      .push('a', 'img', { layers: ['l'] })
      .push('a', 'idx', { manifests: ['img'] })
      .layer('a', 'l2', { modifiedAt: now });
    const marked = await world.mark();
    const confirmed = {
      manifest: marked.suspects.manifest.filter((row) => marked.graph.revisionOf(row).digest === digest('img')),
      layer: marked.suspects.layer,
      data: marked.suspects.data.filter((row) => marked.graph.dataOf(row).digest !== digest('idx')),
    };
    const plan = await world.plan({ confirmed });
    expect(collectedOf(plan)).toEqual([]);
    const spared = [...plan.collection.spared()]
      .map(({ step, object, why }) => names.in(`${step} ${object} ${why}`))
      .sort();
    expect(spared).toEqual([
      'data idx unconfirmed',
      'data img referenced',
      'data l referenced',
      'layer a@l referenced',
      'layer a@l2 fresh',
      'manifest a@idx unconfirmed',
      'manifest a@img referenced',
    ]);
  });

  it('G4: an unconfirmed subject keeps its confirmed referrer', async () => {
    const world = new World().push('a', 'img').push('a', 'sig', { subject: 'img' });
    const { graph, suspects } = await world.mark();
    const manifest = suspects.manifest.filter((row) => graph.revisionOf(row).digest === digest('sig'));
    expect(collectedOf(await world.plan({ confirmed: { ...suspects, manifest } }))).toEqual([]);
  });

  it('G4: an unconfirmed link keeps the bytes it is named by and those it points to', async () => {
    const world = new World().layer('a', 'l', { target: 'l2' }).store('l').store('other');
    const { suspects } = await world.mark();
    const plan = await world.plan({ confirmed: { ...suspects, layer: new Uint32Array() } });
    expect(collectedOf(plan)).toEqual(['data other']);
    const spared = [...plan.collection.spared()].map(({ step, object, why }) => names.in(`${step} ${object} ${why}`));
    expect(spared).toEqual(['layer a@l unconfirmed', 'data l2 referenced', 'data l referenced']);
  });

  it('leaves what a dangling tag needs, and takes the rest of its repository', async () => {
    const world = new World()
      .push('a', 'img', { layers: ['l'] })
      .tag('a', 't', 'img')
      .layer('a', 'l2');
    world.revisions.clear();
    expect(collectedOf(await world.plan())).toEqual(['layer a@l2', 'data l2']);
  });

  it('leaves nothing of what a request of the same run removes', async () => {
    const world = new World().push('a', 'img', { layers: ['l'] });
    const plan = await world.plan({ requests: [ask('dr', byDigest('a', 'img'))] });
    expect([itemsOf(plan).length, collectedOf(plan)]).toEqual([1, []]);
  });

  it('stops short of what a failed or spared removal still needs', async () => {
    const world = new World()
      .push('a', 'img', { layers: ['l'] })
      .push('a', 'idx', { manifests: ['img'] })
      .push('a', 'other');
    const plan = await world.plan();
    const standing = plan.collection.standing();
    const went: string[] = [];
    for (const item of plan.collection.items()) {
      if (names.item(item).startsWith('manifest a@idx') || !standing.mayGo(item)) standing.keep(item);
      else {
        standing.went(item);
        went.push(names.item(item));
      }
    }
    expect(went).toEqual(['manifest a@other unreachable', 'data other']);
  });

  it('leaves a child whose parent nothing was told about', async () => {
    const plan = await new World()
      .push('a', 'img')
      .push('a', 'idx', { manifests: ['img'] })
      .plan();
    const [, child] = [...plan.collection.items()];
    expect(child !== undefined && plan.collection.standing().mayGo(child)).toBe(false);
  });
});
