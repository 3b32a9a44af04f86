import { admit, mayUseCache, windowLapsed } from '../../life.ts';
import { answer, fail, respond, withOperation } from './answer.ts';
import { obeys, withClient, withReplica, withStorage } from './change.ts';
import { isOver } from './door.ts';
import { workOf } from './frame.ts';
import { must, tokenOf } from './names.ts';
import { asAttempt } from './refusal.ts';
import { linkPath } from './setting.ts';
import { linkAt, takeStep } from './taking.ts';
import type { Call, Operation, Replica, Tell, World } from './world.ts';

/** What a replica does for its clients: admit, then step by step, then answer. */

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
  if (call.call === 'get') return respond(next, operation, get(next, replica, call), tell);
  if (call.call === 'protect') return protect(next, operation, tell);
  return withReplica(next, at, { operations: [...replica.operations, operation] });
}

function get(world: World, { life, cache, lag }: Replica, { digest }: Call): number {
  const now = obeys(world, 'cachedUnderPermit') ? world.now - lag : -1;
  const mayCache = life !== undefined && mayUseCache(life, [tokenOf(digest)], now);
  const path = linkPath(world.setting, undefined, digest);
  if (mayCache && cache.has(path)) return 200;
  return linkAt(world, path, digest) === undefined ? 404 : 200;
}

/** Somebody writes down a reason to keep what is there; no replica takes part in that. */
function protect(world: World, operation: Operation, tell: Tell): World {
  const { digest } = operation.call;
  tell({ on: 'protected', digest });
  const protections = new Set(world.storage.protections).add(digest);
  return respond(withStorage(world, { protections }), operation, 200, tell);
}

/** Whether a step would do anything: what waits for a permit, a newer gate, an expiry or an executor has none. */
export function canGoOn(world: World, replica: Replica, operation: Operation): boolean {
  const now = world.now - replica.lag;
  const overBudget = now - operation.since > world.setting.budgetMs;
  const step = operation.steps[0];
  if (step?.do === 'awaitExpiry') return world.now > step.until;
  if (step?.do === 'awaitRequest') {
    const { state } = must(world.storage.requests.get(step.id));
    if (state.is === 'claimed') return overBudget && isOver(world, state.window);
    return overBudget || state.is !== 'open';
  }
  if (operation.admitted || overBudget) return true;
  return admission(world, replica, operation).verdict.is === 'admitted';
}

function admission(world: World, { life, lag }: Replica, { id, kind, tokens }: Operation): ReturnType<typeof admit> {
  const now = world.now - lag;
  const mine = must(life);
  const isFreed = !obeys(world, 'releasedByGateOnly') && windowLapsed(mine, now);
  const state = isFreed ? { ...mine, held: new Set<never>() } : mine;
  return admit(state, id, kind === 'request' ? 'commit' : kind, tokens, now);
}

export function stepOperation(world: World, at: number, index: number, tell: Tell): World {
  const operation = must(must(world.replicas[at]).operations[index]);
  return operation.admitted ? takeStep(world, at, operation, tell) : tryAdmission(world, at, operation, tell);
}

/** A request commits nothing itself: its executor's window does. */
function tryAdmission(world: World, at: number, operation: Operation, tell: Tell): World {
  const replica = must(world.replicas[at]);
  const { state, verdict } = admission(world, replica, operation);
  if (verdict.is !== 'admitted' || state.at === 'ended')
    return answer(world, at, operation, verdict.is === 'held' ? 429 : 503, tell);
  tell({ on: 'admitted', operation, replica: at });
  const admitted = withOperation(world, at, { ...operation, admitted: true });
  if (operation.kind === 'request') return admitted;
  return withReplica(admitted, at, { life: { ...state, held: must(replica.life).held } });
}

/** Whether a request is on its way whose answer may fail to come. */
export function canGiveUp(world: World, { steps: [step] }: Operation): boolean {
  return world.setting.storage === 'objects' && (step?.do === 'land' || step?.do === 'renew');
}

/** No answer came: the client hears 503, and the operation stays in flight until the request has expired (F9). */
export function giveUp(world: World, at: number, index: number, tell: Tell): World {
  const operation = must(must(world.replicas[at]).operations[index]);
  const [step, ...rest] = operation.steps;
  if (step?.do !== 'land' && step?.do !== 'renew') throw new Error('only a request that was sent can be given up');
  tell({ on: 'givenUp' });
  const attempt = asAttempt(operation.id, step);
  const sent = { ...world, network: [...world.network, attempt] };
  if (!obeys(world, 'noRetries')) {
    const again = { do: step.do === 'land' ? 'write' : 'verify', path: step.path, digest: step.digest } as const;
    return withOperation(sent, at, { ...operation, steps: [again, ...rest] });
  }
  if (!obeys(world, 'unansweredInFlight')) return fail(sent, at, operation, 503, tell);
  const waiting = { ...operation, answered: true, steps: [{ do: 'awaitExpiry', until: attempt.expires } as const] };
  return respond(withOperation(sent, at, waiting), operation, 503, tell);
}
