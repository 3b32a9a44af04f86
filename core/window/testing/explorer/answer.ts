import { type Serving, settle } from '../../life.ts';
import { obeys, withClient, withReplica } from './change.ts';
import { must } from './names.ts';
import type { Operation, Tell, World } from './world.ts';

/** How an operation ends, and what its client makes of it. */

export function withOperation(world: World, at: number, operation: Operation): World {
  const { operations } = must(world.replicas[at]);
  return withReplica(world, at, {
    operations: operations.map((other) => (other.id === operation.id ? operation : other)),
  });
}

export function answer(world: World, at: number, operation: Operation, code: number, tell: Tell): World {
  return respond(withoutOperation(world, at, operation), operation, code, tell);
}

/** Refused or failed; without the rule against it, what was written before is taken back first (F1). */
export function fail(world: World, at: number, operation: Operation, code: number, tell: Tell): World {
  const { wrote = [] } = operation;
  if (code < 500 || wrote.length === 0 || obeys(world, 'noUndo')) return answer(world, at, operation, code, tell);
  const steps = [...wrote.map((path) => ({ do: 'strike', path }) as const), { do: 'fail', code } as const];
  return withOperation(world, at, { ...operation, steps, wrote: [] });
}

export function withoutOperation(world: World, at: number, operation: Operation): World {
  const replica = must(world.replicas[at]);
  const operations = replica.operations.filter(({ id }) => id !== operation.id);
  return withReplica(world, at, { life: settled(must(replica.life), operation), operations });
}

function settled(life: Serving, operation: Operation): Serving {
  const state = settle(life, operation.id);
  return state.at === 'serving' ? state : life;
}

export function successOf({ call }: Operation): number {
  if (call.call === 'delete') return 202;
  return call.call === 'head' || call.call === 'undelete' ? 200 : 201;
}

/** Code 0: the connection broke, and the client knows nothing. */
export function respond(world: World, operation: Operation, code: number, tell: Tell): World {
  if (operation.answered) return world;
  tell({ on: 'answered', operation, code });
  const client = must(world.clients[operation.client]);
  const { call } = operation;
  const [, ...calls] = client.calls;
  const done = { waiting: false };
  const { tries } = world.setting;
  if (code === 404 && client.wishes[0]?.call === 'push') {
    const blob = { call: 'blob', digest: call.digest } as const;
    if (call.call === 'head') return withClient(world, operation.client, { ...done, calls: [blob, ...calls] });
    if (call.call === 'mount') return withClient(world, operation.client, { ...done, calls: [blob, call, ...calls] });
  }
  if (code >= 400 || code === 0) {
    const isTired = client.tries <= 1;
    return withClient(world, operation.client, {
      ...done,
      calls: [],
      tries: isTired ? tries : client.tries - 1,
      ...(isTired ? { wishes: client.wishes.slice(1) } : {}),
    });
  }
  return withClient(world, operation.client, {
    ...done,
    calls,
    ...(calls.length > 0 ? {} : { tries, wishes: client.wishes.slice(1) }),
  });
}
