import { admit, mayUseCache, mayWrite, type Serving, settle } from '../../life.ts';
import { workOf } from './frame.ts';
import { drop, obeys, put, withClient, withReplica, withStorage } from './change.ts';
import { must, type Name, tokenOf } from './names.ts';
import { isManifest } from './setting.ts';
import type { Call, LateWrite, Operation, OperationStep, Path, Replica, Stored, Tell, World } from './world.ts';

/** What a replica does for its clients, step by step: admit, verify each, write revision, then tag, answer. */

/** A client's call arrives at a replica. A GET is answered in the same step: it is never held and promises nothing. */
export function receive(world: World, at: number, client: number, call: Call, tell: Tell): World {
  const id = world.serial + 1;
  const replica = must(world.replicas[at]);
  const work = workOf(world, call);
  const since = world.now - replica.lag;
  const operation: Operation = {
    id,
    client,
    call,
    kind: work?.kind ?? 'promise',
    tokens: work?.tokens ?? [],
    steps: work?.steps ?? [],
    admitted: false,
    since,
  };
  const next = withClient({ ...world, serial: id }, client, { waiting: true });
  if (work === undefined) return respond(next, operation, 404, tell);
  if (call.call === 'get') return respond(next, operation, get(next, replica, call.digest), tell);
  return withReplica(next, at, { operations: [...replica.operations, operation] });
}

function get(world: World, { life, cache, lag }: Replica, digest: Name): number {
  const now = obeys(world, 'cachedUnderPermit') ? world.now - lag : -1;
  const mayCache = life !== undefined && mayUseCache(life, [tokenOf(digest)], now);
  if (mayCache && cache.has(digest)) return 200;
  return linkOf(world, digest) === undefined ? 404 : 200;
}

/** The link that stands for a digest, with its data; in a world of tags only, data is its own link. */
function linkOf(world: World, digest: Name): { readonly path: Path; readonly stored: Stored } | undefined {
  const data = world.storage.objects.get(`data:${digest}`);
  const path = isManifest(world.setting, digest) ? `revision:${digest}` : `data:${digest}`;
  const stored = world.storage.objects.get(path);
  return data === undefined || stored === undefined ? undefined : { path, stored };
}

/** Whether a step would do anything: what waits for a permit, a newer gate or an executor has none. */
export function canGoOn(world: World, replica: Replica, operation: Operation): boolean {
  const now = world.now - replica.lag;
  const overBudget = now - operation.since > world.setting.budgetMs;
  const step = operation.steps[0];
  if (step?.do === 'awaitRequest') {
    const { state } = must(world.storage.requests.get(step.id));
    if (state.is === 'claimed') return overBudget && !world.storage.doors.has(state.window);
    return overBudget || state.is !== 'open';
  }
  if (operation.admitted || overBudget) return true;
  const life = must(replica.life);
  return admit(life, operation.id, kindOf(operation), operation.tokens, now).verdict.is === 'admitted';
}

/** A request waits for the run that carries it out, so it takes no part in what an acknowledgement waits for. */
function kindOf({ kind }: Operation): 'commit' | 'promise' {
  return kind === 'promise' ? 'promise' : 'commit';
}

export function stepOperation(world: World, at: number, index: number, tell: Tell): World {
  const replica = must(world.replicas[at]);
  const operation = must(replica.operations[index]);
  return operation.admitted ? take(world, at, operation, tell) : enter(world, at, operation, tell);
}

function enter(world: World, at: number, operation: Operation, tell: Tell): World {
  const replica = must(world.replicas[at]);
  const now = world.now - replica.lag;
  const { state, verdict } = admit(must(replica.life), operation.id, kindOf(operation), operation.tokens, now);
  if (verdict.is !== 'admitted' || state.at === 'ended')
    return answer(world, at, operation, verdict.is === 'held' ? 429 : 503, tell);
  tell({ on: 'admitted', operation, replica: at });
  const admitted = withOperation(world, at, { ...operation, admitted: true });
  return withReplica(admitted, at, operation.kind === 'request' ? {} : { life: state });
}

function take(world: World, at: number, operation: Operation, tell: Tell): World {
  const { storage, setting } = world;
  const replica = must(world.replicas[at]);
  const life = must(replica.life);
  const now = world.now - replica.lag;
  const [step, ...rest] = operation.steps;
  const goOn = (from: World, steps: readonly OperationStep[] = rest): World =>
    steps.length > 0
      ? withOperation(from, at, { ...operation, steps })
      : answer(from, at, operation, successOf(operation), tell);
  const fail = (code: number): World => answer(world, at, operation, code, tell);
  switch (step?.do) {
    case undefined:
      return goOn(world);
    case 'verify': {
      const verified = verify(world, at, step.digest);
      return verified === undefined ? fail(404) : goOn(verified);
    }
    case 'write':
      return mayWrite(life, operation.id, now) ? goOn(world, [{ ...step, do: 'land' }, ...rest]) : fail(503);
    case 'land': {
      const write = { life: life.life, operation: operation.id, path: step.path, digest: step.digest };
      const landed = land(world, write, tell);
      return landed === undefined ? fail(503) : goOn(landed);
    }
    case 'lookAgain':
      return mayWrite(life, operation.id, now) ? goOn(world) : fail(503);
    case 'tagIsFree': {
      const stored = storage.objects.get(`tag:${step.tag}`);
      return stored === undefined || stored.digest === step.digest ? goOn(world) : fail(409);
    }
    case 'tombstoneStands': {
      const tombstone = storage.tombstones.get(step.id);
      return tombstone !== undefined && world.now <= tombstone.until ? goOn(world) : fail(404);
    }
    case 'dropTombstone':
      if (!storage.stages.has(life.life)) return fail(503);
      return goOn(withStorage(world, { tombstones: drop(storage.tombstones, step.id) }));
    case 'writeRequest': {
      if (!storage.stages.has(life.life)) return fail(503);
      const request = { life: life.life, digest: step.digest, state: { is: 'open' } } as const;
      const requests = put(storage.requests, operation.id, request);
      return goOn(withStorage(world, { requests }), [{ do: 'awaitRequest', id: operation.id }]);
    }
    case 'awaitRequest':
      return awaitRequest(world, at, operation, step.id, tell);
    case 'strikeAll': {
      const tags = storage.objects
        .entries()
        .filter(([path, { digest }]) => path.startsWith('tag:') && digest === step.digest);
      const paths = [...tags.map(([path]) => path), ...(setting.frame === 'whole' ? [`revision:${step.digest}`] : [])];
      return goOn(
        world,
        paths.map((path) => ({ do: 'strike', path })),
      );
    }
    case 'strike':
      return goOn(withStorage(world, { objects: drop(storage.objects, step.path) }));
  }
}

function verify(world: World, at: number, digest: Name): World | undefined {
  const { cache, lag } = must(world.replicas[at]);
  const quarter = world.setting.durations.promiseTTLMs / 4;
  const cached = cache.get(digest);
  const isYoung = (written: number): boolean => world.now - lag - written < quarter;
  if (cached !== undefined && (isYoung(cached) || !obeys(world, 'cacheAgesAndDrops'))) return world;
  const link = linkOf(world, digest);
  if (link === undefined) return undefined;
  const written = isYoung(link.stored.at) || !obeys(world, 'freshness') ? link.stored.at : world.now;
  const objects = put(world.storage.objects, link.path, { ...link.stored, at: written });
  return withReplica(withStorage(world, { objects }), at, { cache: put(cache, digest, written) });
}

function awaitRequest(world: World, at: number, operation: Operation, id: number, tell: Tell): World {
  const request = must(world.storage.requests.get(id));
  const { state } = request;
  if (state.is === 'done') return answer(world, at, operation, state.code, tell);
  if (state.is === 'withdrawn') return answer(world, at, operation, 503, tell);
  const requests = put(world.storage.requests, id, { ...request, state: { is: 'withdrawn' } as const });
  return answer(withStorage(world, { requests }), at, operation, state.is === 'open' ? 429 : 503, tell);
}

/** The storage call of a write: a rename out of the life's stage, which fails once that is gone. */
export function land(world: World, { life, operation, path, digest }: LateWrite, tell: Tell): World | undefined {
  const { stages, objects } = world.storage;
  if (!stages.has(life) && obeys(world, 'stage')) {
    tell({ on: 'refused', path, operation });
    return undefined;
  }
  tell({ on: 'landed', path, digest, operation });
  return withStorage(world, { objects: put(objects, path, { at: world.now, digest, writer: operation }) });
}

function successOf({ call }: Operation): number {
  if (call.call === 'delete') return 202;
  return call.call === 'head' || call.call === 'undelete' ? 200 : 201;
}

function withOperation(world: World, at: number, operation: Operation): World {
  const { operations } = must(world.replicas[at]);
  return withReplica(world, at, {
    operations: operations.map((other) => (other.id === operation.id ? operation : other)),
  });
}

function answer(world: World, at: number, operation: Operation, code: number, tell: Tell): World {
  const replica = must(world.replicas[at]);
  const life = settled(must(replica.life), operation);
  const operations = replica.operations.filter(({ id }) => id !== operation.id);
  return respond(withReplica(world, at, { life, operations }), operation, code, tell);
}

function settled(life: Serving, operation: Operation): Serving {
  const state = settle(life, operation.id);
  return state.at === 'serving' ? state : life;
}

/** Code 0: the connection broke, and the client knows nothing. */
export function respond(world: World, operation: Operation, code: number, tell: Tell): World {
  tell({ on: 'answered', operation, code });
  const client = must(world.clients[operation.client]);
  const { call } = operation;
  const [, ...calls] = client.calls;
  const done = { waiting: false };
  const { tries } = world.setting;
  const again =
    client.tries > 1
      ? { ...done, calls: [], tries: client.tries - 1 }
      : { ...done, calls: [], tries, wishes: client.wishes.slice(1) };
  if (call.call === 'head' && code === 404 && client.wishes[0]?.call === 'push')
    return withClient(world, operation.client, { ...done, calls: [{ call: 'blob', digest: call.digest }, ...calls] });
  if (code >= 400 || code === 0) return withClient(world, operation.client, again);
  return withClient(world, operation.client, {
    ...done,
    calls,
    ...(calls.length > 0 ? {} : { tries, wishes: client.wishes.slice(1) }),
  });
}
