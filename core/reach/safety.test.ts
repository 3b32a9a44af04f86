import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { audit } from './audit.ts';
import type { PlanInput } from './plan.ts';
import type { CollectionItem, DecidedItem, PlanItem } from './planItem.ts';
import { removesManifests, tokensOf } from './planItem.ts';
import { Names } from './testing/names.ts';
import { allNames, policies, protections, requests, worlds } from './testing/randomWorld.ts';
import { now, type World } from './testing/world.ts';

const names = new Names(allNames);
const untagged = fc.constantFrom('Keep' as const, 'Delete' as const);
const setting = { worlds, policies, requests, protections, untagged };

/** What is removed, link by link: what G7 means by a subset. */
function linksOf(item: PlanItem): string[] {
  switch (item.step) {
    case 'request':
    case 'tag':
    case 'untagged': {
      const tags = item.step === 'tag' ? [item.tag] : item.step === 'request' ? item.tags.map(({ tag }) => tag) : [];
      const group = removesManifests(item) ? item.group : [];
      return [...tags.map((tag) => `${item.repository}:${tag}`), ...group.map((each) => `${item.repository}@${each}`)];
    }
    case 'manifest':
      return [`${item.repository}@${item.digest}`];
    case 'layer':
      return [`layer ${item.repository}@${item.digest}`];
    case 'data':
      return [item.digest];
  }
}

function isDecided(item: PlanItem): item is DecidedItem {
  return item.step === 'request' || item.step === 'tag' || item.step === 'untagged';
}

/** What a client pulling this manifest by its digest would miss. */
function* missingFrom(world: World, repository: string, digest: string, named: string): Generator<string> {
  const known = [...world.manifests].find(([each]) => each === digest)?.[1];
  if (![...world.data.keys()].some((each) => each === digest)) yield `${named}: data of ${digest}`;
  if (known?.is !== 'manifest') return;
  for (const { digest: reference, role } of known.manifest.references) {
    if (role === 'manifest') {
      if (!world.revisions.has(`${repository}@${reference}`)) yield `${named}: revision of ${reference}`;
      yield* missingFrom(world, repository, reference, named);
    } else if (!world.data.has(reference) || !world.layers.has(`${repository}@${reference}`)) {
      yield `${named}: layer ${reference}`;
    }
  }
}

/** D3: the executor looks at the storage after the acknowledgements, and leaves what something outside of the item still refers to. */
function isNeeded(world: World, item: DecidedItem): boolean {
  if (!removesManifests(item)) return false;
  return [...world.revisions.values()].some(({ repository, digest }) => {
    const known = world.manifests.get(digest);
    if (repository !== item.repository || item.group.includes(digest) || known?.is !== 'manifest') return false;
    return known.manifest.references.some(({ digest: reference }) => item.group.includes(reference));
  });
}

/** Everything that stands and cannot be pulled whole. */
function broken(world: World): string[] {
  const found: string[] = [];
  for (const { repository, tag, digest } of world.tags.values()) {
    if (!world.revisions.has(`${repository}@${digest}`)) found.push(`${repository}:${tag} dangles`);
  }
  for (const { repository, digest } of world.revisions.values()) {
    found.push(...missingFrom(world, repository, digest, `${repository}@${digest}`));
  }
  for (const { id, repository, group, until } of world.buried) {
    if (until < now) continue;
    for (const digest of group) {
      // Links of revisions are what an undelete puts back; everything else must still be there (D4).
      const lost = [...missingFrom(world, repository, digest, `tombstone ${id}`)];
      found.push(...lost.filter((each) => !each.includes('revision of')));
    }
  }
  return found.map((each) => names.in(each)).sort();
}

describe('a plan carried out', () => {
  it('G5: whatever part of it is carried out, up to any step, nothing that stands is broken', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({ ...setting, confirmed: fc.infiniteStream(fc.boolean()), goes: fc.infiniteStream(fc.nat(9)) }),
        async ({
          worlds: world,
          policies: retention,
          requests: asked,
          protections: kept,
          untagged: what,
          confirmed,
          goes,
        }) => {
          const before = await world.read();
          const atFirst = new Set(broken(world));
          const marked = await world.mark({ untagged: what, protections: kept });
          const some = (rows: Uint32Array): Uint32Array => rows.filter(() => confirmed.next().value === true);
          const { manifest, layer, data } = marked.suspects;
          const rows = { manifest: some(manifest), layer: some(layer), data: some(data) };
          const plan = await world.plan(
            { retention, requests: asked, confirmed: rows },
            { untagged: what, protections: kept },
          );
          const standing = plan.collection.standing();
          const history: string[] = [];
          for (const item of [...plan.items, ...plan.collection.items()]) {
            const isSpared = goes.next().value === 0 || (isDecided(item) && isNeeded(world, item));
            if (!isDecided(item) && (isSpared || !standing.mayGo(item))) standing.keep(item);
            else if (!isSpared) {
              world.remove(item);
              if (!isDecided(item)) standing.went(item);
              history.push(names.item(item));
              expect(
                broken(world).filter((each) => !atFirst.has(each)),
                history.join('\n'),
              ).toEqual([]);
            }
          }
          const after = await world.read();
          expect(
            audit(before, after, now).missing.map(({ object, neededBy }) => names.in(`${object} ${neededBy}`)),
            history.join('\n'),
          ).toEqual([]);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('R2: a listing in another order gives the same plan, byte for byte', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({ ...setting, seed: fc.nat() }),
        async ({ worlds: world, policies: retention, requests: asked, protections: kept, untagged: what, seed }) => {
          const written = async (): Promise<string> => {
            const { collection, ...plan } = await world.plan(
              { retention, requests: asked },
              { untagged: what, protections: kept },
            );
            const items = [...collection.items()].map(({ row: _row, ...item }: CollectionItem) => item);
            return JSON.stringify([plan, items, [...collection.spared()].map((each) => JSON.stringify(each)).sort()]);
          };
          const first = await written();
          world.order = (entries) => shuffled(entries, seed);
          expect(await written()).toBe(first);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('G7: protecting more keeps the digest, and removes a subset', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record(setting),
        async ({ worlds: world, policies: retention, requests: asked, protections: kept, untagged: what }) => {
          const wide: Partial<PlanInput> = { retention, requests: asked };
          const bare = await world.plan(wide, { untagged: what, freshMs: 0, minAgeMs: 0 });
          const guarded = await world.plan(wide, { untagged: what, protections: kept });
          expect(guarded.digest).toBe(bare.digest);
          const planned = new Set(bare.items.flatMap(linksOf));
          expect(guarded.items.flatMap(linksOf).filter((link) => !planned.has(link))).toEqual([]);
          const explained = new Set([...guarded.items.flatMap(linksOf), ...guarded.spared.map(({ object }) => object)]);
          // R3: what does not go any more says why; a manifest's tags do so by it.
          const heads = bare.items.map((item) =>
            item.step === 'tag' ? `${item.repository}:${item.tag}` : `${item.repository}@${item.digest}`,
          );
          const tagRequests = new Set(
            bare.items.flatMap((item) =>
              item.step === 'request' && item.kind === 'tag' ? [`${item.repository}@${item.digest}`] : [],
            ),
          );
          expect(heads.filter((head) => !explained.has(head) && !tagRequests.has(head))).toEqual([]);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('G3: nothing protected, fresh, tombstoned or under a live index is ever in a collection', async () => {
    await fc.assert(
      fc.asyncProperty(fc.record(setting), async ({ worlds: world, protections: kept, untagged: what }) => {
        const plan = await world.plan({}, { untagged: what, protections: kept });
        const roots = [
          ...kept.digests,
          ...[...world.tags.values()].map(({ digest }) => digest),
          ...[...world.revisions.values(), ...world.layers.values()].flatMap(({ digest, modifiedAt }) =>
            modifiedAt > now - 3_600_000 ? [digest] : [],
          ),
          ...world.buried.filter(({ until }) => until >= now).flatMap(({ group }) => group),
        ];
        const reached = new Set<string>();
        for (let waiting = roots; waiting.length > 0;) {
          const next = waiting.filter((each) => !reached.has(each));
          for (const each of next) reached.add(each);
          waiting = next.flatMap((each) => {
            const reading = world.manifests.get(each);
            const down = reading?.is === 'manifest' ? reading.manifest.references.map(({ digest }) => digest) : [];
            const up = [...world.manifests].flatMap(([referrer, of]) =>
              of.is === 'manifest' &&
              of.manifest.subject === each &&
              [...world.revisions.values()].some(({ digest }) => digest === referrer)
                ? [referrer]
                : [],
            );
            return [...down, ...up];
          });
        }
        const gone = [...plan.collection.items()].filter((item) => item.step === 'data' && reached.has(item.digest));
        expect(gone.map((item) => names.item(item))).toEqual([]);
        const copies = [...plan.collection.items()].filter(
          (item) => item.step === 'manifest' && reached.has(item.digest),
        );
        // Only a copy in a repository where no tag, no promise and no parent asks for it.
        expect(
          copies.filter(
            (item) =>
              'repository' in item &&
              [...world.tags.values()].some((tag) => tag.repository === item.repository && tag.digest === item.digest),
          ),
        ).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('holds every name that it removes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.record(setting), async ({ worlds: world, policies: retention, requests: asked }) => {
        const plan = await world.plan({ retention, requests: asked });
        for (const item of [...plan.items, ...plan.collection.items()]) {
          const tokens = new Set<string>(tokensOf(item));
          for (const link of linksOf(item)) expect(tokens).toContain(link.replace(/^.*@/, ''));
        }
      }),
      { numRuns: 100 },
    );
  });
});

function shuffled<T>(entries: readonly T[], seed: number): T[] {
  return entries
    .map((entry, at) => ({ entry, at: Math.imul(at + 1, seed * 2 + 1) >>> 0 }))
    .sort((left, right) => left.at - right.at)
    .map(({ entry }) => entry);
}
