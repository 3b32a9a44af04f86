import fc from 'fast-check';
import type { RetentionEvaluator } from '../../retention/evaluation.ts';
import type { RetentionPolicy, RetentionRule } from '../../retention/policy.ts';
import type { DeleteRequestResource } from '../../resources/deleteRequest.ts';
import { digest, hour, longAgo, now, repo, tagNamed, World } from './world.ts';

const repositories = ['a', 'b'];
const images = ['i0', 'i1', 'i2', 'i3'];
const indexes = ['x0', 'x1'];
const referrers = ['r0', 'r1', 'r2'];
const everything = [...images, ...indexes, ...referrers];
const blobs = ['l0', 'l1', 'l2', 'l3'];
const tags = ['t0', 't1', 't2', 't3', 't4'];
export const allNames = [...everything, ...blobs, 'c0', 'c1'];

const age = fc.constantFrom(longAgo, longAgo + hour, now - 2 * hour, now - 0.5 * hour);
const push = fc.record({
  repository: fc.constantFrom(...repositories),
  name: fc.constantFrom(...everything),
  at: age,
});
const contents = fc.record({
  layers: fc.array(fc.subarray(blobs), { minLength: images.length, maxLength: images.length }),
  children: fc.array(fc.subarray([...images, 'x0']), { minLength: 2, maxLength: 2 }),
  subjects: fc.array(fc.constantFrom(...images, ...indexes, 'r0', 'nowhere'), { minLength: 3, maxLength: 3 }),
});

/** Registries as clients leave them: whatever is pushed brings along all that it refers to. With garbage, old and fresh, and tombstones. */
export const worlds = fc
  .record({
    contents,
    pushes: fc.array(push, { maxLength: 8 }),
    tagged: fc.array(fc.record({ push: fc.nat(), tag: fc.constantFrom(...tags), at: age }), { maxLength: 5 }),
    stray: fc.array(
      fc.record({ repository: fc.constantFrom(...repositories), name: fc.constantFrom(...blobs), at: age }),
    ),
    buried: fc.array(
      fc.record({ push: fc.nat(), until: fc.constantFrom(now - hour, now + hour), links: fc.boolean() }),
      {
        maxLength: 2,
      },
    ),
  })
  .map(({ contents: made, pushes, tagged, stray, buried }) => {
    const world = new World();
    const contentOf = (name: string): { layers: string[]; config?: string; manifests: string[]; subject?: string } => {
      const number = Number(name.slice(1));
      if (name.startsWith('i')) return { layers: made.layers[number] ?? [], config: `c${number % 2}`, manifests: [] };
      if (name.startsWith('r'))
        return { layers: [], config: 'c0', manifests: [], subject: made.subjects[number] ?? 'i0' };
      return { layers: [], manifests: (made.children[number] ?? []).filter((child) => number > 0 || child !== 'x0') };
    };
    const bring = (repository: string, name: string, at: number): void => {
      const content = contentOf(name);
      for (const child of content.manifests) bring(repository, child, at);
      world.push(repository, name, content, at);
    };
    for (const { repository, name, at } of pushes) bring(repository, name, at);
    const pick = (number: number): { repository: string; name: string } | undefined => pushes[number % pushes.length];
    for (const { push: number, tag, at } of tagged) {
      const target = pick(number);
      if (target !== undefined) world.tag(target.repository, tag, target.name, at);
    }
    for (const { repository, name, at } of stray)
      world.layer(repository, name, { modifiedAt: at }).store(name, 100, at);
    for (const { push: number, until, links } of buried) {
      const target = pick(number);
      if (target === undefined) continue;
      const { repository, name } = target;
      world.bury(repository, name, { until });
      const isTagged = [...world.tags.values()].some(
        (tag) => tag.repository === repo(repository) && tag.digest === digest(name),
      );
      const isChild = everything.some((each) => contentOf(each).manifests.includes(name));
      if (links && !isTagged && !isChild) world.revisions.delete(`${repository}@${digest(name)}`);
    }
    return world;
  });

/** Whatever policies may say: any tags, any untagged manifests. */
export const policies = fc
  .record({ tags: fc.subarray(tags), untagged: fc.subarray(everything) })
  .map((chosen): RetentionEvaluator => (contentsOfOne) => {
    const selectedBy = [{ policy: 'ns/p', rule: 'r' }];
    return [
      ...contentsOfOne.tags.map(({ tag, digest: named }) => ({
        what: { kind: 'tag', tag, digest: named } as const,
        selectedBy,
        keptBy: chosen.tags.includes(tag) ? [] : [{ ...{ policy: 'ns/p', rule: 'r' }, because: 'latest' as const }],
      })),
      ...contentsOfOne.untagged
        .filter(({ digest: named }) => chosen.untagged.map(digest).includes(named))
        .map(({ digest: named }) => ({ what: { kind: 'manifest', digest: named } as const, selectedBy, keptBy: [] })),
    ];
  });

const rules = fc
  .array(
    fc.record({
      select: fc.oneof(
        fc.subarray(tags, { minLength: 1 }).map((globs) => ({ by: 'glob' as const, globs })),
        fc.constant({ by: 'untagged' as const }),
      ),
      keep: fc.record({ orderBy: fc.constant('pushed' as const), latest: fc.nat(2) }),
    }),
    { minLength: 1, maxLength: 2 },
  )
  .map((made) => made.map((each, at): RetentionRule => ({ name: `r${at}`, ...each })));

/** Several policies as people write them, which select, and keep, in part the same. */
export const severalPolicies = fc
  .array(fc.record({ include: fc.subarray([...repositories, '**'], { minLength: 1 }), rules }), {
    minLength: 1,
    maxLength: 4,
  })
  .map((made) =>
    made.map((each, at): RetentionPolicy => ({
      name: `ns/p${at}`,
      repositories: { include: each.include, exclude: [] },
      rules: each.rules,
    })),
  );

export const requestDefaults: Omit<DeleteRequestResource, 'name' | 'targets'> = {
  namespace: 'ns',
  registry: 'main',
  referrers: 'Delete',
  mode: 'Execute',
  suspend: false,
};

const targets = fc.oneof(
  fc.record({
    by: fc.constant('digest' as const),
    repository: fc.constantFrom(...repositories.map(repo)),
    digest: fc.constantFrom(...everything.map(digest)),
  }),
  fc.record({
    by: fc.constant('tag' as const),
    repository: fc.constantFrom(...repositories.map(repo)),
    tag: fc.constantFrom(...tags.map(tagNamed)),
  }),
  fc.record({
    by: fc.constant('tagGlob' as const),
    repository: fc.constantFrom(...repositories.map(repo)),
    glob: fc.constantFrom('t?', '*'),
  }),
  fc.record({ by: fc.constant('repository' as const), glob: fc.constantFrom('a', '**') }),
);

export const requests = fc
  .array(
    fc.record({
      targets: fc.array(targets, { minLength: 1, maxLength: 3 }),
      cutoff: fc.constantFrom(longAgo + 0.5 * hour, now),
      referrers: fc.constantFrom('Delete' as const, 'Keep' as const),
    }),
    { maxLength: 2 },
  )
  .map((made) => made.map((each, at): DeleteRequestResource => ({ ...requestDefaults, name: `dr-${at}`, ...each })));

export const protections = fc.record({
  digests: fc.subarray([...images, ...blobs, 'c1'].map(digest), { maxLength: 2 }),
  tags: fc.subarray(
    tags.map((tag) => ({ repository: repo('a'), tag: tagNamed(tag) })),
    { maxLength: 1 },
  ),
});
