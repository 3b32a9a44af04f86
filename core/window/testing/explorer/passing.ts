import type { LifeId } from '../../identity.ts';
import { respond } from './answer.ts';
import { obeys, withReplica } from './change.ts';
import { must } from './names.ts';
import type { Attempt } from './records.ts';
import { asAttempt, land } from './refusal.ts';
import type { LateWrite, Operation, Replica, Tell, World } from './world.ts';

/** How a life or its process passes away, and what of it arrives late. */

/** Of a process without a life. */
const lifeless = {
  life: undefined,
  coming: undefined,
  asking: undefined,
  answering: undefined,
  ending: undefined,
  operations: [],
  signedUntil: 0,
} as const satisfies Partial<Replica>;

export function newReplica(instance: string): Replica {
  return { ...lifeless, phase: 'down', instance, generation: 0, lag: 0, late: [], cache: new Map() };
}

/** The life ends and the process goes on: what it had on the way to the storage may still arrive there. */
export function endLife(world: World, at: number, tell: Tell): World {
  const { life, operations, late, generation, cache } = must(world.replicas[at]);
  tell({ on: 'lifeEnded' });
  const isSigned = world.setting.storage === 'objects';
  const sent = isSigned ? [] : sentBy(operations, must(life).life);
  const ended = withReplica(isSigned ? onTheWire(world, operations) : world, at, {
    ...lifeless,
    phase: 'staging',
    generation: generation + 1,
    late: [...late, ...sent],
    cache: obeys(world, 'newLifeForgets') ? new Map() : cache,
  });
  return operations.reduce((next, each) => respond(next, each, each.kind === 'request' ? 0 : 503, tell), ended);
}

/** The process is no more, killed or gone in order. */
export function stop(world: World, at: number, tell: Tell): World {
  const { operations, lag } = must(world.replicas[at]);
  const left = world.setting.storage === 'objects' ? onTheWire(world, operations) : world;
  const stopped = withReplica(left, at, { ...newReplica(''), lag });
  return operations.reduce((next, each) => respond(next, each, 0, tell), stopped);
}

function sentBy(operations: readonly Operation[], life: LifeId): LateWrite[] {
  return operations.flatMap(({ id, steps: [step] }): LateWrite[] =>
    step?.do === 'land' || step?.do === 'renew' ? [{ life, operation: id, step }] : [],
  );
}

function onTheWire(world: World, operations: readonly Operation[]): World {
  const sent = operations.flatMap(({ id, steps: [step] }): Attempt[] =>
    step?.do === 'land' || step?.do === 'renew' ? [asAttempt(id, step)] : [],
  );
  return sent.length === 0 ? world : { ...world, network: [...world.network, ...sent] };
}

export function landLate(world: World, at: number, index: number, tell: Tell): World {
  const { late } = must(world.replicas[at]);
  const rest = withReplica(world, at, { late: late.toSpliced(index, 1) });
  const { life, operation, step } = must(late[index]);
  const landing = land(rest, life, operation, step, tell);
  return landing.is === 'landed' ? landing.world : rest;
}
