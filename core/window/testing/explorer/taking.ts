import { mayWrite } from '../../life.ts';
import { answer, fail, successOf, withOperation, withoutOperation } from './answer.ts';
import { drop, obeys, put, withReplica, withStorage } from './change.ts';
import { must, type Name } from './names.ts';
import { type Path, type Stored, versionOf } from './records.ts';
import { isStaged, land } from './refusal.ts';
import type { LandingStep, Operation, OperationStep, Tell, World } from './world.ts';

/** One step of an admitted operation. */

interface Taking {
  readonly world: World;
  readonly at: number;
  readonly operation: Operation;
  readonly rest: readonly OperationStep[];
  readonly tell: Tell;
}

export function takeStep(world: World, at: number, operation: Operation, tell: Tell): World {
  const { storage } = world;
  const { life, lag } = must(world.replicas[at]);
  const mine = must(life);
  const [step, ...rest] = operation.steps;
  const taking: Taking = { world, at, operation, rest, tell };
  const mayStillWrite = mayWrite(mine, operation.id, world.now - lag);
  switch (step?.do) {
    case undefined:
      return goOn(taking);
    case 'verify':
      return verify(taking, step.path, step.digest);
    case 'write':
      return mayStillWrite || !obeys(world, 'looksBeforeWriting')
        ? send(taking, step.path, step.digest)
        : failed(taking, 503);
    case 'land':
    case 'renew':
      return landed(taking, step);
    case 'awaitExpiry':
      return withoutOperation(world, at, operation);
    case 'lookAgain':
      return mayStillWrite || !obeys(world, 'looksAgain') ? goOn(taking) : failed(taking, 503);
    case 'tagIsFree': {
      const stored = storage.objects.get(`tag:${step.tag}`);
      return stored === undefined || stored.digest === step.digest ? goOn(taking) : failed(taking, 409);
    }
    case 'tombstoneStands': {
      const tombstone = storage.tombstones.get(step.id);
      return tombstone !== undefined && world.now <= tombstone.until ? goOn(taking) : failed(taking, 404);
    }
    case 'dropTombstone':
      if (!isStaged(world, mine.life) || isTooLate(taking)) return failed(taking, 503);
      return goOn(taking, withStorage(world, { tombstones: drop(storage.tombstones, step.id) }));
    case 'writeRequest': {
      if (!isStaged(world, mine.life) || isTooLate(taking)) return failed(taking, 503);
      const request = { life: mine.life, digest: step.digest, state: { is: 'open' } } as const;
      const requests = put(storage.requests, operation.id, request);
      return goOn(taking, withStorage(world, { requests }), [{ do: 'awaitRequest', id: operation.id }]);
    }
    case 'awaitRequest':
      return awaitRequest(taking, step.id);
    case 'withdraw':
      return answer(withdrawn(world, step.id), at, operation, step.code ?? 503, tell);
    case 'strikeAll': {
      const tags = storage.objects
        .entries()
        .filter(([path, { digest }]) => path.startsWith('tag:') && digest === step.digest);
      const own = world.setting.frame === 'whole' ? [`revision:${step.digest}`] : [];
      const paths = [...tags.map(([path]) => path), ...own];
      return goOn(
        taking,
        world,
        paths.map((path) => ({ do: 'strike', path })),
      );
    }
    case 'strike':
      return goOn(taking, strike(taking, step.path));
    case 'fail':
      return failed(taking, step.code);
  }
}

function goOn(taking: Taking, world = taking.world, steps = taking.rest): World {
  const { at, operation, tell } = taking;
  if (steps.length > 0) return withOperation(world, at, { ...operation, steps });
  return answer(world, at, operation, successOf(operation), tell);
}

function failed({ world, at, operation, tell }: Taking, code: number): World {
  const told = code === 503 && !obeys(world, 'refusedIsNotUnknown') ? 404 : code;
  return fail(world, at, operation, told, tell);
}

/** A link and, where bytes are not their own link, its bytes. */
export function linkAt({ storage }: World, path: Path, digest: Name): Stored | undefined {
  return storage.objects.has(`data:${digest}`) ? storage.objects.get(path) : undefined;
}

/** A link that is not young is renewed before anybody is told that it is there. */
function verify(taking: Taking, path: Path, digest: Name): World {
  const { world, at, rest } = taking;
  const { cache, lag } = must(world.replicas[at]);
  const quarter = world.setting.durations.promiseTTLMs / 4;
  const cached = cache.get(path);
  if (cached !== undefined && (world.now - lag - cached < quarter || !obeys(world, 'cacheAges'))) return goOn(taking);
  const stored = linkAt(world, path, digest);
  if (stored === undefined) return failed(taking, 404);
  if (world.now - stored.at < quarter || !obeys(world, 'freshness'))
    return goOn(taking, withReplica(world, at, { cache: put(cache, path, stored.at) }));
  return goOn(taking, world, [{ do: 'renew', path, digest, ...signature(taking, stored) }, ...rest]);
}

/** A tag is written also where it is right already: that renews it (F8). */
function send(taking: Taking, path: Path, digest: Name): World {
  const { world, rest } = taking;
  const stored = world.storage.objects.get(path);
  const isTag = path.startsWith('tag:');
  if (isTag && stored?.digest === digest && !obeys(world, 'renewsEqualTags')) return goOn(taking);
  const { expires, expects } = signature(taking, stored);
  const isCompared = isTag && expects !== undefined && obeys(world, 'comparesTags');
  return goOn(taking, world, [
    { do: 'land', path, digest, ...(expires === undefined ? {} : { expires }), ...(isCompared ? { expects } : {}) },
    ...rest,
  ]);
}

function signature({ world, at }: Taking, stored: Stored | undefined): Pick<LandingStep, 'expires' | 'expects'> {
  if (world.setting.storage === 'filesystem') return {};
  return { expires: must(world.replicas[at]).signedUntil, expects: versionOf(stored) };
}

/** Past the expiry of what it could sign. */
function isTooLate({ world, at }: Taking): boolean {
  return world.setting.storage === 'objects' && world.now > must(world.replicas[at]).signedUntil;
}

function landed(taking: Taking, step: LandingStep): World {
  const { world, at, operation, rest, tell } = taking;
  const { life, cache } = must(world.replicas[at]);
  const landing = land(world, must(life).life, operation.id, step, tell);
  if (landing.is === 'refused') return failed(taking, 503);
  const { path, digest } = step;
  if (landing.is === 'changed') {
    const again = { do: step.do === 'land' ? 'write' : 'verify', path, digest } as const;
    return goOn(taking, world, [again, ...rest]);
  }
  if (step.do === 'renew') {
    const renewed = withReplica(landing.world, at, { cache: put(cache, path, world.now) });
    return goOn(taking, renewed);
  }
  if (obeys(world, 'noUndo')) return goOn(taking, landing.world);
  return goOn({ ...taking, operation: { ...operation, wrote: [...(operation.wrote ?? []), path] } }, landing.world);
}

function strike({ world, operation, tell }: Taking, path: Path): World {
  const { objects } = world.storage;
  const stored = objects.get(path);
  if (stored === undefined) return world;
  const isRequested = operation.kind === 'request';
  tell({ on: 'removed', path, stored, ...(isRequested ? { request: operation.id } : { undoneBy: operation.id }) });
  return withStorage(world, { objects: drop(objects, path) });
}

/** Nothing but 202, 404 or 405 is answered before the request is withdrawn, in the same step that found it unserved. */
function awaitRequest({ world, at, operation, tell }: Taking, id: number): World {
  const { state } = must(world.storage.requests.get(id));
  if (state.is === 'done') return answer(world, at, operation, state.code, tell);
  if (state.is === 'withdrawn') return answer(world, at, operation, 503, tell);
  const code = state.is === 'open' ? 429 : 503;
  if (!obeys(world, 'withdrawnBeforeAnswer')) return answer(world, at, operation, code, tell);
  if (!obeys(world, 'withdrawnExclusively'))
    return withOperation(world, at, { ...operation, steps: [{ do: 'withdraw', id, code }] });
  return answer(withdrawn(world, id), at, operation, code, tell);
}

function withdrawn(world: World, id: number): World {
  const request = must(world.storage.requests.get(id));
  const requests = put(world.storage.requests, id, { ...request, state: { is: 'withdrawn' } as const });
  return withStorage(world, { requests });
}
