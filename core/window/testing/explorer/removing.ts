import type { WindowGate } from '../../gate.ts';
import type { WindowId } from '../../identity.ts';
import { obeys, put, withStorage } from './change.ts';
import { isAbsent } from './batch.ts';
import { isProtected, referrersOf } from './marking.ts';
import { must, type Name } from './names.ts';
import type { Attempt } from './records.ts';
import { mayRemove, remove } from './refusal.ts';
import type { Item, Notebook, RemovalStep } from './running.ts';
import type { Tell, World } from './world.ts';

/** Removing one item, one atomic step at a time. */

export function removalOf(world: World, item: Item): readonly RemovalStep[] {
  const { digest } = item;
  switch (item.of) {
    case 'request': {
      const { id, tags, ahead } = item;
      const links = world.setting.frame === 'whole' ? [...tagPaths(tags), `revision:${digest}`] : tagPaths(tags);
      return [
        { do: 'checkReferrers', id, digest, ...(ahead === undefined ? {} : { ahead }) },
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
    case 'layer':
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
  { window, epoch, expires: windowExpires }: WindowGate,
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
      if (step.ahead?.isAbsent ?? isAbsent(world, step.digest)) {
        const isOwnDoing = isBuriedBy(world, step.id) && obeys(world, 'ownTombstoneIsDone');
        return { world, steps: [{ do: 'carriedOut', id: step.id, code: isOwnDoing ? 202 : 404 }] };
      }
      const isReferredTo = step.ahead?.isUnneeded !== true && referrers(world, mark, step.digest).length > 0;
      const isKept = isReferredTo || isProtected(world, mark, { of: 'revision', digest: step.digest });
      return { world, steps: isKept ? [{ do: 'carriedOut', id: step.id, code: 405 }] : rest };
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
      const { gate, objects } = world.storage;
      if (gate.epoch !== epoch && obeys(world, 'looksAtGate')) return { windowOver: true };
      if (objects.get(step.path)?.digest !== step.digest) return { world, steps: rest };
      const expires = Math.min(world.now + world.setting.attemptMs, windowExpires);
      return { world, steps: [{ ...step, do: 'land', expires }, ...rest] };
    }
    case 'awaitExpiry':
      return { world, steps: world.now > step.until ? rest : steps };
    case 'land':
      return landRemoval(world, window, step, rest, tell);
  }
}

/** Its own tombstone, left by a claim that did not come to its end. */
function isBuriedBy(world: World, id: number): boolean {
  return [...world.storage.tombstones.values()].some(({ request }) => request === id);
}

function referrers(world: World, mark: Notebook['mark'], digest: Name): readonly Name[] {
  if (obeys(world, 'referrersListedAgain') || mark === undefined) return referrersOf(world, digest);
  return [...mark.revisions.keys()].filter((parent) => world.setting.manifests[parent]?.references.includes(digest));
}

function landRemoval(
  world: World,
  window: WindowId,
  step: LandingRemoval,
  rest: readonly RemovalStep[],
  tell: Tell,
): RemovalStepOutcome {
  const { doors } = world.storage;
  const door = doors.get(window);
  const isRefused =
    world.setting.storage === 'objects'
      ? !mayRemove(world, removalAttempt(window, step))
      : door === undefined && obeys(world, 'door');
  if (isRefused) {
    tell({ on: 'removalRefused', path: step.path });
    return { windowOver: true };
  }
  const isThere = world.storage.objects.has(step.path);
  const removed = remove(world, removalAttempt(window, step), tell);
  if (!isThere || door === undefined) return { world: removed, steps: rest };
  return { world: withStorage(removed, { doors: put(doors, window, [...door, step.path]) }), steps: rest };
}

export type LandingRemoval = Extract<RemovalStep, { readonly path: string }>;

export function removalAttempt(window: WindowId, { path, digest, request, expires }: LandingRemoval): Attempt {
  return { of: 'removal', path, digest, operation: request, expires: expires ?? 0, window };
}

/** Over with the window: only while it is still this window's claim. */
export function markDone(world: World, window: WindowId, id: number, code: number): World {
  const { requests } = world.storage;
  const request = must(requests.get(id));
  const isOurs = request.state.is === 'claimed' && request.state.window === window;
  if (!isOurs) return world;
  const done = { is: 'done', code } as const;
  if (obeys(world, 'requestsById'))
    return withStorage(world, { requests: put(requests, id, { ...request, state: done }) });
  const all = [...requests].map(([other, each]) =>
    each.digest === request.digest && each.state.is !== 'withdrawn'
      ? ([other, { ...each, state: done }] as const)
      : ([other, each] as const),
  );
  return withStorage(world, { requests: new Map(all) });
}
