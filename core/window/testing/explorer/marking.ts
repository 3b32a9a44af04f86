import type { TokenLog } from '../../journal.ts';
import { obeys } from './change.ts';
import { must, type Name, nameOf } from './names.ts';
import { freshMs, referencesOf } from './setting.ts';
import type { Stored } from './records.ts';
import type { Item, Marked, Notebook } from './running.ts';
import type { World } from './world.ts';

/** What the executor's shell will do with the contents: mark, plan, closure. Small, and as the protocol says it. */

export function beginMark(world: World): Marked {
  const none: ReadonlyMap<Name, Stored> = new Map();
  return {
    at: world.now,
    tags: none,
    tombstones: [],
    protections: new Set(),
    revisions: none,
    layers: none,
    data: none,
    next: 'tags',
  };
}

/** Roots before lists of candidates, and the storage's clock before the first root. A listing that lies omits one tag. */
export function readOn(world: World, mark: Marked, omits?: number): Marked {
  const { tombstones, protections } = world.storage;
  switch (mark.next) {
    case 'tags': {
      const tags = [...namedBy(world, 'tag:')];
      const listed = omits === undefined || tags.length === 0 ? tags : tags.toSpliced(omits % tags.length, 1);
      return { ...mark, tags: new Map(listed), next: 'tombstones' };
    }
    case 'tombstones': {
      const standing = [...tombstones.values()].filter(({ until }) => until >= mark.at);
      return { ...mark, tombstones: standing, protections, next: 'revisions' };
    }
    case 'revisions':
      return {
        ...mark,
        revisions: namedBy(world, 'revision:'),
        next: world.setting.frame === 'whole' ? 'layers' : 'data',
      };
    case 'layers':
      return { ...mark, layers: namedBy(world, 'layer:'), next: 'data' };
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
  const dead = unreachable(world, mark);
  const confirmed = (names: readonly Name[], seen: ReadonlyMap<Name, Stored>, called: (name: Name) => Name): Name[] =>
    names.filter((name) => isConfirmed(world, mark.at, called(name), must(seen.get(name))));
  const itself = (name: Name): Name => name;
  const aged = [...mark.tags].filter(([tag, stored]) => setting.policy.includes(tag) && !isFresh(stored));
  const halfDone = obeys(world, 'tombstonesActOnce') ? [] : namedByTombstones(mark);
  const revisions = parentsFirst(world, confirmed(dead.revisions, mark.revisions, itself));
  return [
    ...[...aged, ...halfDone].map(([tag, { digest }]): Item => ({ of: 'tag', tag, digest })),
    ...revisions.map((digest): Item => ({ of: 'revision', digest })),
    ...confirmed(dead.layers, mark.layers, layerOf).map((digest): Item => ({ of: 'layer', digest })),
    ...confirmed(dead.data, mark.data, itself).map((digest): Item => ({ of: 'data', digest })),
  ];
}

interface Dead {
  readonly revisions: readonly Name[];
  readonly layers: readonly Name[];
  readonly data: readonly Name[];
}

function unreachable(world: World, mark: Marked): Dead {
  const { setting } = world;
  const isFresh = ([, { at }]: readonly [Name, Stored]): boolean =>
    obeys(world, 'freshness') && at > mark.at - freshMs(setting);
  const live = closure(world, mark, [
    ...[...mark.tags.values()].map(({ digest }) => digest),
    ...(obeys(world, 'tombstonesAreRoots') ? mark.tombstones.map(({ digest }) => digest) : []),
    ...(obeys(world, 'protectionsAreRoots') ? mark.protections : []),
    ...[...mark.revisions, ...mark.data].filter(isFresh).map(([name]) => name),
    ...[...mark.layers].filter(isFresh).map(([name]) => layerOf(name)),
  ]);
  const dead = (names: ReadonlyMap<Name, Stored>): Name[] => [...names.keys()].filter((name) => !live.has(name)).sort();
  const layers = [...mark.layers.keys()].filter((name) => !live.has(layerOf(name))).sort();
  return { revisions: dead(mark.revisions), layers, data: dead(mark.data) };
}

/** What this mark has to say to later ones. */
export function suspectedBy(world: World, mark: Marked): readonly Name[] {
  const { revisions, layers, data } = unreachable(world, mark);
  return [...new Set([...revisions, ...layers.map(layerOf), ...data])];
}

/**
 * Whether every complete mark since one that began long enough ago named the same (G4): the same as it lies there. What was written since, or renewed,
 * those marks did not see; if the listing lies now, it would be this mark alone that says so.
 */
function isConfirmed(world: World, markedAt: number, name: Name, stored: Stored): boolean {
  const { confirmMs } = world.setting;
  const { suspects } = world.storage;
  if (confirmMs === 0 || !obeys(world, 'twoMarks')) return true;
  const first = suspects.findLastIndex(({ at }) => at <= markedAt - confirmMs);
  const asked = first < 0 ? [] : suspects.slice(first);
  const isOlder = stored.at <= (asked[0]?.at ?? -Infinity) || !obeys(world, 'writtenBeforeSuspected');
  return asked.length > 0 && isOlder && asked.every(({ names }) => names.includes(name));
}

/** What a deletion left undone, if a tombstone were taken for an order. */
function namedByTombstones({ tags, tombstones }: Marked): (readonly [Name, Stored])[] {
  const buried = tombstones.filter(({ of }) => of === 'manifest');
  return [...tags].filter(([tag, { digest }]) =>
    buried.some((tombstone) => tombstone.digest === digest && tombstone.tags.includes(tag)),
  );
}

/** A blob's link in the repository that mounts; its bytes are a thing of their own. */
function layerOf(blob: Name): Name {
  return `layer:${blob}`;
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
    if (name.startsWith('layer:')) reached.add(name.slice('layer:'.length));
    if (isKnown(name))
      for (const reference of referencesOf(world.setting, name)) {
        reached.add(reference);
        if (manifests[name]?.mounts === true) reached.add(layerOf(reference));
      }
    for (const [referrer, { subject }] of Object.entries(manifests))
      if (subject === name && isKnown(referrer)) reached.add(referrer);
  }
  return reached;
}

/** What this window may not remove: all that was heard, with what it reaches, over the graph as it is known now. */
export function sparedBy(world: World, { mark, usedUp, reached }: Notebook, heard: TokenLog): ReadonlySet<Name> {
  const isAnew = obeys(world, 'sparesCarried') && obeys(world, 'closureAnew');
  const seeds = heard.since(isAnew ? 0 : usedUp).map(nameOf);
  const known = obeys(world, 'closureAnew') ? [] : reached;
  if (mark === undefined || !obeys(world, 'spareClosure')) return new Set([...seeds, ...known]);
  return new Set([...closure(world, mark, seeds), ...known]);
}

/** Protections bind whoever removes, as they are when the window opens. */
export function isProtected(world: World, mark: Marked | undefined, item: Item): boolean {
  const marked = obeys(world, 'protectionsAreRoots') ? mark?.protections : undefined;
  const protections = obeys(world, 'protectionsReadAgain') ? world.storage.protections : (marked ?? new Set<Name>());
  if (protections.size === 0) return false;
  const kept = mark === undefined ? protections : closure(world, mark, protections);
  return kept.has(item.of === 'layer' ? layerOf(item.digest) : item.digest);
}

/** A manifest that still stands keeps what it refers to, reachable or not. */
export function isKeptByParent(world: World, { mark, gone }: Notebook, item: Item): boolean {
  if (item.of === 'request' || item.of === 'tag' || mark === undefined) return false;
  if (!obeys(world, 'staysKeepsItsReferences')) return false;
  const standing = [...mark.revisions.keys()].filter((digest) => !gone.includes(digest));
  return standing.some((parent) => {
    const isItsData = item.of === 'data' && parent === item.digest;
    if (item.of === 'layer' && world.setting.manifests[parent]?.mounts !== true) return false;
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
