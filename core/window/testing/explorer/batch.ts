import type { HeldReference } from '../../gate.ts';
import type { TokenLog } from '../../journal.ts';
import type { WindowId } from '../../identity.ts';
import type { TokenHash } from '../../token.ts';
import { obeys, put, withStorage } from './change.ts';
import { isOver } from './door.ts';
import { isKeptByParent, isProtected, referrersOf, sparedBy, tagsOf } from './marking.ts';
import { must, type Name, tokenOf } from './names.ts';
import type { Request } from './records.ts';
import type { Item, Notebook, RequestItem } from './running.ts';
import type { Tell, World } from './world.ts';

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
  const plan = notebook.plan.filter(
    (item) => !isKeptByParent(world, notebook, item) && !isProtected(world, notebook.mark, item),
  );
  const first = plan[0];
  if (first === undefined) return { items: [], plan };
  const items = plan.filter(({ of }) => of === first.of).slice(0, world.setting.batchSize);
  return { items, plan: plan.filter((item) => !items.includes(item)) };
}

/** Open, or claimed for a window that is over. Requests of a life that is no more are nobody's. */
export function waitingRequests(world: World): (readonly [number, Request])[] {
  return [...world.storage.requests].filter(([, request]) => isServing(world, request.life) && isFree(world, request));
}

function isFree(world: World, { state }: Request): boolean {
  return state.is === 'open' || (state.is === 'claimed' && isOver(world, state.window));
}

function isServing(world: World, life: Request['life']): boolean {
  if (!obeys(world, 'orphansWithdrawn')) return true;
  const member = world.storage.members.get(life);
  return member !== undefined && !member.record.left;
}

/** Requests whose life is fenced, left or without record are withdrawn, not carried out. */
export function withdrawOrphans(world: World): World {
  let { requests } = world.storage;
  for (const [id, request] of requests) {
    const isOrphan = isFree(world, request) && !isServing(world, request.life);
    if (isOrphan) requests = put(requests, id, { ...request, state: { is: 'withdrawn' } as const });
  }
  return requests === world.storage.requests ? world : withStorage(world, { requests });
}

/** `undefined`: somebody else was first. */
export function claim(world: World, id: number, window: WindowId): World | undefined {
  const { requests } = world.storage;
  const request = must(requests.get(id));
  if (!isFree(world, request)) return undefined;
  return withStorage(world, { requests: put(requests, id, { ...request, state: { is: 'claimed', window } as const }) });
}

/**
 * On a filesystem a door that somebody tidied away before the gate named it refuses what follows. On object storage a window has no door: a claim may be
 * withdrawn, and answered, before its executor comes to the gate. From then on nobody takes the window for one that is over.
 */
function isStillClaimed(world: World, id: number, window: WindowId): boolean {
  if (world.setting.storage === 'filesystem' || !obeys(world, 'claimsLookedAtAgain')) return true;
  const state = world.storage.requests.get(id)?.state;
  return state?.is === 'claimed' && state.window === window;
}

export function listTags(world: World, item: Item): Item {
  return item.of === 'request' ? { ...item, tags: tagsOf(world, item.digest) } : item;
}

/** Links and tags are looked at in one step, referrers in a later one. */
export function lookAhead(world: World, item: Item): Item {
  if (item.of !== 'request') return item;
  return {
    ...item,
    tags: tagsOf(world, item.digest),
    ahead: { isAbsent: isAbsent(world, item.digest), isUnneeded: false },
  };
}

export function referrersAhead(world: World, item: Item): Item {
  if (item.of !== 'request' || item.ahead === undefined) return item;
  return { ...item, ahead: { ...item.ahead, isUnneeded: referrersOf(world, item.digest).length === 0 } };
}

export function isAbsent(world: World, digest: Name): boolean {
  return world.setting.frame === 'whole'
    ? !world.storage.objects.has(`revision:${digest}`)
    : tagsOf(world, digest).length === 0;
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
export function narrow(
  world: World,
  window: WindowId,
  notebook: Notebook,
  heard: TokenLog,
  tell: Tell,
): readonly Item[] {
  const spared = sparedBy(world, notebook, heard);
  const left = notebook.batch.flatMap((item): readonly Item[] => {
    if (item.of !== 'request') return namesOf(item).some((name) => spared.has(name)) ? [] : [item];
    if (!isStillClaimed(world, item.id, window)) return [];
    if (isStillTrue(world, notebook, item)) return [item];
    const { ahead: _, ...unsure } = item;
    const isHeld = tagsOf(world, item.digest).every((tag) => item.tags.includes(tag));
    return isHeld || !obeys(world, 'tagsListedAgain') ? [unsure] : [];
  });
  if (left.length < notebook.batch.length) tell({ on: 'spared' });
  return left;
}

function isStillTrue(world: World, { touched }: Notebook, item: RequestItem): boolean {
  if (item.ahead === undefined) return false;
  return !obeys(world, 'touchedLookedAtAgain') || !namesOf(item).some((name) => touched.has(tokenOf(name)));
}
