import type { LifeId } from '../../identity.ts';
import { obeys, put, withStorage } from './change.ts';
import { type Attempt, type Stored, versionOf } from './records.ts';
import type { LandingStep, Tell, World } from './world.ts';

/**
 * How the storage takes a call, and refuses one that is late. On a filesystem a write is a rename out of its life's stage and a removal one into its
 * window's door, and both can be taken away. On object storage a request is signed to an expiry, and nobody can take back one that was sent.
 */

export type Landing =
  | { readonly is: 'landed'; readonly world: World }
  /** Never by this request. */
  | { readonly is: 'refused' }
  /** Somebody else wrote in between: look again. */
  | { readonly is: 'changed' };

/** Whether there is still something that a life could write through. */
export function isStaged({ setting, storage }: World, life: LifeId): boolean {
  return setting.storage === 'objects' || storage.stages.has(life);
}

export function land(world: World, life: LifeId, operation: number, step: LandingStep, tell: Tell): Landing {
  if (world.setting.storage === 'objects') return take(world, asAttempt(operation, step), tell);
  if (step.do === 'renew') return renew(world, step, operation, tell);
  if (!isStaged(world, life) && obeys(world, 'stage')) return refuse(step, operation, tell);
  return write(world, step, operation, tell);
}

export function asAttempt(operation: number, { do: does, path, digest, expires, expects }: LandingStep): Attempt {
  return {
    of: does === 'renew' ? 'renewal' : 'write',
    path,
    digest,
    operation,
    expires: expires ?? 0,
    ...(expects === undefined ? {} : { expects }),
  };
}

function take(world: World, attempt: Attempt, tell: Tell): Landing {
  const operation = attempt.operation ?? 0;
  if (isExpired(world, attempt)) return refuse(attempt, operation, tell);
  const isAsExpected =
    attempt.expects === undefined || attempt.expects === versionOf(world.storage.objects.get(attempt.path));
  if (!isAsExpected) return { is: 'changed' };
  return attempt.of === 'renewal' ? renew(world, attempt, operation, tell) : write(world, attempt, operation, tell);
}

function isExpired(world: World, { of, expires }: Attempt): boolean {
  const isSigned = obeys(world, of === 'removal' ? 'signedRemovals' : 'signedWrites');
  return isSigned && world.now > expires;
}

type Target = Pick<LandingStep, 'path' | 'digest'>;

function refuse({ path }: Target, operation: number, tell: Tell): Landing {
  tell({ on: 'refused', path, operation });
  return { is: 'refused' };
}

function write(world: World, { path, digest }: Target, operation: number, tell: Tell): Landing {
  const { objects } = world.storage;
  tell({ on: 'landed', path, digest, operation, over: objects.get(path) });
  const written = put(objects, path, { at: world.now, digest, writer: operation });
  return { is: 'landed', world: withStorage(world, { objects: written }) };
}

/** In place: what is gone stays gone (F7). */
function renew(world: World, target: Target, operation: number, tell: Tell): Landing {
  const { objects } = world.storage;
  const stored = objects.get(target.path);
  if (stored === undefined)
    return obeys(world, 'renewsInPlace') ? { is: 'refused' } : write(world, target, operation, tell);
  const renewed: Stored = { ...stored, at: world.now };
  return { is: 'landed', world: withStorage(world, { objects: put(objects, target.path, renewed) }) };
}

/** What was given up arrives after all. */
export function arrive(world: World, index: number, tell: Tell): World {
  const attempt = world.network[index];
  const rest = { ...world, network: world.network.toSpliced(index, 1) };
  if (attempt === undefined) return rest;
  if (attempt.of === 'removal') return isExpired(world, attempt) ? rest : remove(rest, attempt, tell);
  const landing = take(rest, attempt, tell);
  return landing.is === 'landed' ? landing.world : rest;
}

export function mayRemove(world: World, attempt: Attempt): boolean {
  return !isExpired(world, attempt);
}

/** Takes away whatever lies there. */
export function remove(world: World, { path, operation, window }: Attempt, tell: Tell): World {
  const stored = world.storage.objects.get(path);
  if (stored === undefined) return world;
  const objects = new Map(world.storage.objects);
  objects.delete(path);
  tell({
    on: 'removed',
    path,
    stored,
    ...(operation === undefined ? {} : { request: operation }),
    ...(window === undefined ? {} : { window }),
  });
  return withStorage(world, { objects });
}
