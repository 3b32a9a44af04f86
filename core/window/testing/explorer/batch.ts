import type { HeldReference } from '../../gate.ts';
import type { TokenLog } from '../../journal.ts';
import type { WindowId } from '../../identity.ts';
import type { TokenHash } from '../../token.ts';
import { obeys, put, withStorage } from './change.ts';
import { isKeptByParent, referrersOf, sparedBy, tagsOf } from './marking.ts';
import { must, type Name, tokenOf } from './names.ts';
import type { Item, Notebook, RemovalStep, Request, Tell, World } from './world.ts';

/** Choosing, narrowing and removing one batch, one atomic step at a time. */

/** Requests first; else the next items of one kind. */
export function pick(
  world: World,
  notebook: Notebook,
  requestsOnly: boolean,
): { items: readonly Item[]; plan: readonly Item[] } {
  const requests = waitingRequests(world).slice(0, world.setting.batchSize);
  if (requests.length > 0 || requestsOnly) {
    const items = requests.map(([id, { digest }]): Item => ({ of: 'request', id, digest, tags: [] }));
    return { items, plan: notebook.plan };
  }
  const plan = notebook.plan.filter((item) => !isKeptByParent(world, notebook, item));
  const first = plan[0];
  if (first === undefined) return { items: [], plan };
  const items = plan.filter(({ of }) => of === first.of).slice(0, world.setting.batchSize);
  return { items, plan: plan.filter((item) => !items.includes(item)) };
}

/** Open, or claimed for a window that is over. Requests of a life that is no more are nobody's. */
export function waitingRequests(world: World): (readonly [number, Request])[] {
  const { requests, doors } = world.storage;
  return [...requests].filter(([, { state, life }]) => {
    if (!isServing(world, life)) return false;
    return state.is === 'open' || (state.is === 'claimed' && !doors.has(state.window));
  });
}

function isServing(world: World, life: Request['life']): boolean {
  const member = world.storage.members.get(life);
  return member !== undefined && !member.record.left;
}

/** Requests whose life is fenced, left or without record are withdrawn, not carried out. */
export function withdrawOrphans(world: World): World {
  let { requests } = world.storage;
  for (const [id, request] of requests) {
    const isOrphan = request.state.is === 'open' && !isServing(world, request.life);
    if (isOrphan) requests = put(requests, id, { ...request, state: { is: 'withdrawn' } as const });
  }
  return requests === world.storage.requests ? world : withStorage(world, { requests });
}

/** `undefined`: somebody else was first. */
export function claim(world: World, id: number, window: WindowId): World | undefined {
  const { requests, doors } = world.storage;
  const request = must(requests.get(id));
  const { state } = request;
  const isFree = state.is === 'open' || (state.is === 'claimed' && !doors.has(state.window));
  if (!isFree) return undefined;
  return withStorage(world, { requests: put(requests, id, { ...request, state: { is: 'claimed', window } as const }) });
}

export function listTags(world: World, item: Item): Item {
  return item.of === 'request' ? { ...item, tags: tagsOf(world, item.digest) } : item;
}

export function heldNames(items: readonly Item[]): readonly Name[] {
  return [...new Set(items.flatMap(namesOf))].sort();
}

function namesOf(item: Item): readonly Name[] {
  if (item.of === 'request') return [item.digest, ...item.tags];
  return [item.of === 'tag' ? item.tag : item.digest];
}

/** What gets a tombstone. */
export function buried(world: World, items: readonly Item[]): readonly TokenHash[] {
  if (!obeys(world, 'tombstonesSpare')) return [];
  return items.filter(({ of }) => of === 'request' || of === 'tag').map(({ digest }) => tokenOf(digest));
}

export function writeHeld(world: World, name: string, held: readonly TokenHash[]): World {
  return withStorage(world, { held: put(world.storage.held, name, held) });
}

export function referenceTo(name: string, held: readonly TokenHash[]): HeldReference {
  return { name, sha256: '', count: held.length };
}

/** Requests stay unless a tag appeared, or moved, since the held set was made: then they wait for a window that holds it, too. */
export function narrow(world: World, notebook: Notebook, heard: TokenLog, tell: Tell): readonly Item[] {
  const spared = sparedBy(world, notebook, heard);
  const left = notebook.batch.filter((item) => {
    if (item.of !== 'request') return !namesOf(item).some((name) => spared.has(name));
    return !obeys(world, 'tagsListedAgain') || tagsOf(world, item.digest).every((tag) => item.tags.includes(tag));
  });
  if (left.length < notebook.batch.length) tell({ on: 'spared' });
  return left;
}

export function removalOf(world: World, item: Item): readonly RemovalStep[] {
  const { digest } = item;
  switch (item.of) {
    case 'request': {
      const { id, tags } = item;
      const links = world.setting.frame === 'whole' ? [...tagPaths(tags), `revision:${digest}`] : tagPaths(tags);
      return [
        { do: 'checkReferrers', id, digest },
        { do: 'bury', tombstone: { digest, tags, of: 'manifest', request: id } },
        ...links.map((path): RemovalStep => ({ do: 'look', path, digest, request: id })),
        { do: 'carriedOut', id, code: 202 },
      ];
    }
    case 'tag':
      return [
        { do: 'bury', tombstone: { digest, tags: [item.tag], of: 'tag' } },
        { do: 'look', path: `tag:${item.tag}`, digest },
      ];
    case 'revision':
    case 'data':
      return [{ do: 'look', path: `${item.of}:${digest}`, digest }];
  }
}

function tagPaths(tags: readonly Name[]): string[] {
  return tags.map((tag) => `tag:${tag}`);
}

export type RemovalStepOutcome =
  { readonly world: World; readonly steps: readonly RemovalStep[] } | { readonly windowOver: true };

/** One atomic step of a removal: `look` asks the gate, `land` is the rename through the door that follows, however late. */
export function stepRemoval(
  world: World,
  window: WindowId,
  epoch: number,
  { mark }: Notebook,
  steps: readonly RemovalStep[],
  tell: Tell,
): RemovalStepOutcome {
  const [step, ...rest] = steps;
  switch (step?.do) {
    case undefined:
    case 'carriedOut':
      return { world, steps: rest };
    case 'checkReferrers': {
      if (isAbsent(world, step.digest))
        return { world, steps: [{ do: 'carriedOut', id: step.id, code: isBuriedBy(world, step.id) ? 202 : 404 }] };
      const known =
        obeys(world, 'referrersListedAgain') || mark === undefined
          ? referrersOf(world, step.digest)
          : knownReferrers(world, mark, step.digest);
      return { world, steps: known.length === 0 ? rest : [{ do: 'carriedOut', id: step.id, code: 405 }] };
    }
    case 'bury': {
      const id = world.serial + 1;
      const tombstone = { ...step.tombstone, until: world.now + world.setting.undoMs };
      tell({ on: 'buried' });
      return {
        world: withStorage({ ...world, serial: id }, { tombstones: put(world.storage.tombstones, id, tombstone) }),
        steps: rest,
      };
    }
    case 'look': {
      if (world.storage.gate.epoch !== epoch) return { windowOver: true };
      const stored = world.storage.objects.get(step.path);
      if (stored?.digest !== step.digest) return { world, steps: rest };
      return { world, steps: [{ ...step, do: 'land' }, ...rest] };
    }
    case 'land':
      return landRemoval(world, window, step, rest, tell);
  }
}

function isAbsent(world: World, digest: Name): boolean {
  return world.setting.frame === 'whole'
    ? !world.storage.objects.has(`revision:${digest}`)
    : tagsOf(world, digest).length === 0;
}

/** Its own tombstone, left by a claim that did not come to its end. */
function isBuriedBy(world: World, id: number): boolean {
  return [...world.storage.tombstones.values()].some(({ request }) => request === id);
}

function knownReferrers(world: World, mark: NonNullable<Notebook['mark']>, digest: Name): readonly Name[] {
  return [...mark.revisions.keys()].filter((parent) => world.setting.manifests[parent]?.references.includes(digest));
}

function landRemoval(
  world: World,
  window: WindowId,
  step: Extract<RemovalStep, { readonly path: string }>,
  rest: readonly RemovalStep[],
  tell: Tell,
): RemovalStepOutcome {
  const { doors, objects } = world.storage;
  const door = doors.get(window);
  if (door === undefined && obeys(world, 'door')) {
    tell({ on: 'removalRefused', path: step.path });
    return { windowOver: true };
  }
  const stored = objects.get(step.path);
  if (stored === undefined) return { world, steps: rest };
  const left = new Map(objects);
  left.delete(step.path);
  const { request } = step;
  tell({ on: 'removed', path: step.path, stored, ...(request === undefined ? {} : { request }) });
  const moved = door === undefined ? doors : put(doors, window, [...door, step.path]);
  return { world: withStorage(world, { objects: left, doors: moved }), steps: rest };
}

/** Over with the window: only while it is still this window's claim. */
export function markDone(world: World, window: WindowId, id: number, code: number): World {
  const { requests } = world.storage;
  const request = must(requests.get(id));
  const isOurs = request.state.is === 'claimed' && request.state.window === window;
  if (!isOurs) return world;
  return withStorage(world, { requests: put(requests, id, { ...request, state: { is: 'done', code } as const }) });
}
