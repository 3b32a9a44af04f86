import type { TokenLog } from '../../journal.ts';
import { obeys } from './change.ts';
import { type Name, nameOf } from './names.ts';
import { freshMs, referencesOf } from './setting.ts';
import type { Item, Marked, Notebook, Stored, World } from './world.ts';

/** What the executor's shell will do with the contents: mark, plan, closure. Small, and as the protocol says it. */

export function beginMark(world: World): Marked {
  const none: ReadonlyMap<Name, Stored> = new Map();
  return { at: world.now, tags: none, tombstones: [], revisions: none, data: none, next: 'tags' };
}

/** Roots before lists of candidates, and the storage's clock before the first root. */
export function readOn(world: World, mark: Marked): Marked {
  const { tombstones } = world.storage;
  switch (mark.next) {
    case 'tags':
      return { ...mark, tags: namedBy(world, 'tag:'), next: 'tombstones' };
    case 'tombstones': {
      const standing = [...tombstones.values()].filter(({ until }) => until >= mark.at);
      return { ...mark, tombstones: standing, next: 'revisions' };
    }
    case 'revisions':
      return { ...mark, revisions: namedBy(world, 'revision:'), next: 'data' };
    case 'data':
      return { ...mark, data: namedBy(world, 'data:'), next: 'complete' };
    case 'complete':
      return mark;
  }
}

function namedBy(world: World, kind: string): ReadonlyMap<Name, Stored> {
  const found = new Map<Name, Stored>();
  for (const [path, stored] of world.storage.objects)
    if (path.startsWith(kind)) found.set(path.slice(kind.length), stored);
  return found;
}

export function planFrom(world: World, mark: Marked): readonly Item[] {
  const { setting } = world;
  const isFresh = ({ at }: Stored): boolean => obeys(world, 'freshness') && at > mark.at - freshMs(setting);
  const roots = [
    ...[...mark.tags.values()].map(({ digest }) => digest),
    ...(obeys(world, 'tombstonesAreRoots') ? mark.tombstones.map(({ digest }) => digest) : []),
    ...[...mark.revisions, ...mark.data].filter(([, stored]) => isFresh(stored)).map(([name]) => name),
  ];
  const live = closure(world, mark, roots);
  const tags = [...mark.tags].filter(([tag, stored]) => setting.policy.includes(tag) && !isFresh(stored));
  const dead = (names: ReadonlyMap<Name, Stored>): Name[] => [...names.keys()].filter((name) => !live.has(name)).sort();
  return [
    ...tags.map(([tag, { digest }]): Item => ({ of: 'tag', tag, digest })),
    ...parentsFirst(world, dead(mark.revisions)).map((digest): Item => ({ of: 'revision', digest })),
    ...dead(mark.data).map((digest): Item => ({ of: 'data', digest })),
  ];
}

function parentsFirst(world: World, manifests: readonly Name[]): Name[] {
  const depth = (digest: Name): number =>
    Math.max(0, ...referencesOf(world.setting, digest).map((each) => 1 + depth(each)));
  return manifests.toSorted((left, right) => depth(right) - depth(left) || (left < right ? -1 : 1));
}

/** From tags to digests, from manifests that the mark has seen to what they refer to, and to their referrers: to a fixed point. */
function closure(world: World, mark: Marked, seeds: Iterable<Name>): ReadonlySet<Name> {
  const { manifests, frame } = world.setting;
  const isKnown = (digest: Name): boolean => frame === 'tagOnly' || mark.revisions.has(digest) || mark.data.has(digest);
  const reached = new Set<Name>(seeds);
  for (const name of reached) {
    const tag = mark.tags.get(name);
    if (tag !== undefined) reached.add(tag.digest);
    if (isKnown(name)) for (const reference of referencesOf(world.setting, name)) reached.add(reference);
    for (const [referrer, { subject }] of Object.entries(manifests))
      if (subject === name && isKnown(referrer)) reached.add(referrer);
  }
  return reached;
}

/** What this window may not remove: all that was heard, with what it reaches. */
export function sparedBy(world: World, { mark, usedUp }: Notebook, heard: TokenLog): ReadonlySet<Name> {
  const from = obeys(world, 'sparesCarried') ? 0 : usedUp;
  const seeds = heard.since(from).map(nameOf);
  if (mark === undefined || !obeys(world, 'spareClosure')) return new Set(seeds);
  return closure(world, mark, seeds);
}

/** A manifest that still stands keeps what it refers to, reachable or not. */
export function isKeptByParent(world: World, { mark, gone }: Notebook, item: Item): boolean {
  if (item.of === 'request' || item.of === 'tag' || mark === undefined) return false;
  if (!obeys(world, 'staysKeepsItsReferences')) return false;
  const standing = [...mark.revisions.keys()].filter((digest) => !gone.includes(digest));
  return standing.some((parent) => {
    const isItsData = item.of === 'data' && parent === item.digest;
    return isItsData || referencesOf(world.setting, parent).includes(item.digest);
  });
}

export function tagsOf(world: World, digest: Name): readonly Name[] {
  const tags = [...namedBy(world, 'tag:')].filter(([, stored]) => stored.digest === digest);
  return tags.map(([tag]) => tag).sort();
}

/** Manifests on the storage that refer to this one, listed now. */
export function referrersOf(world: World, digest: Name): readonly Name[] {
  const revisions = namedBy(world, 'revision:').keys();
  return [...revisions].filter((parent) => referencesOf(world.setting, parent).includes(digest));
}
