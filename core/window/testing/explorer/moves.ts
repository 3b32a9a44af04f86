import { callReplica } from './client.ts';
import { withExecutor, withReplica } from './change.ts';
import { beginRun, killExecutor, stepExecutor } from './executor.ts';
import { must } from './names.ts';
import { canGoOn, stepOperation } from './operation.ts';
import {
  answerGate,
  endWindow,
  hasToAnswer,
  landLate,
  leaveInOrder,
  mayEndWindow,
  poll,
  start,
  stop,
} from './replica.ts';
import type { Tell, World } from './world.ts';

/** Everything that may happen next: one atomic step of one actor, or time. */
export type Move =
  | { readonly who: 'clock'; readonly ticks: number }
  | { readonly who: 'client'; readonly at: number; readonly to: number }
  | { readonly who: 'replica'; readonly at: number; readonly does: ReplicaMove; readonly index: number }
  | { readonly who: 'executor'; readonly at: number; readonly does: 'step' | 'kill' }
  | {
      readonly who: 'executor';
      readonly at: number;
      readonly does: 'begin';
      readonly marks: boolean;
      readonly overMarking: boolean;
      readonly behind: number;
    }
  /** Its machine stands still, and its monotonic clock with it. */
  | { readonly who: 'stall'; readonly what: 'replica' | 'executor'; readonly at: number; readonly ticks: number };

type ReplicaMove = 'start' | 'poll' | 'answerGate' | 'endWindow' | 'operation' | 'late' | 'leave' | 'kill';

export function apply(world: World, move: Move, tell: Tell): World {
  switch (move.who) {
    case 'clock':
      return { ...world, now: world.now + move.ticks };
    case 'client':
      return callReplica(world, move.at, move.to, tell);
    case 'executor':
      if (move.does === 'begin') return beginRun(world, move.at, move.marks, move.overMarking, move.behind);
      return move.does === 'step' ? stepExecutor(world, move.at, tell) : killExecutor(world, move.at);
    case 'stall': {
      const { what, at, ticks } = move;
      const lag = must((what === 'replica' ? world.replicas : world.executors)[at]).lag + ticks;
      return what === 'replica' ? withReplica(world, at, { lag }) : withExecutor(world, at, { lag });
    }
    case 'replica':
      return applyToReplica(world, move.at, move.does, move.index, tell);
  }
}

function applyToReplica(world: World, at: number, does: ReplicaMove, index: number, tell: Tell): World {
  switch (does) {
    case 'start':
      return start(world, at);
    case 'poll':
      return poll(world, at, tell);
    case 'answerGate':
      return answerGate(world, at, tell);
    case 'endWindow':
      return endWindow(world, at, tell);
    case 'operation':
      return stepOperation(world, at, index, tell);
    case 'late':
      return landLate(world, at, index, tell);
    case 'leave':
      return leaveInOrder(world, at);
    case 'kill':
      return stop(world, at, tell);
  }
}

/** What this replica can do of itself; polling is always among it once it is up. */
export function movesOfReplica(world: World, at: number): Move[] {
  const replica = must(world.replicas[at]);
  const moves: Move[] = replica.late.map((_, index) => ({ who: 'replica', at, does: 'late', index }));
  const add = (does: ReplicaMove, index = 0): void => {
    moves.push({ who: 'replica', at, does, index });
  };
  if (replica.phase !== 'up') {
    add('start');
    return moves;
  }
  if (replica.coming !== undefined) add('start');
  add('poll');
  if (hasToAnswer(world, replica)) add('answerGate');
  if (mayEndWindow(world, replica)) add('endWindow');
  replica.operations.forEach((operation, index) => {
    if (canGoOn(world, replica, operation)) add('operation', index);
  });
  return moves;
}

export function movesOfClient(world: World, at: number): Move[] {
  const { wishes, waiting } = must(world.clients[at]);
  if (waiting || wishes.length === 0) return [];
  return world.replicas.flatMap(({ phase, life }, to): Move[] =>
    phase === 'up' && life?.leaving === false ? [{ who: 'client', at, to }] : [],
  );
}

/** A shortened history may ask for what can no longer happen. */
export function isPossible(world: World, move: Move): boolean {
  switch (move.who) {
    case 'clock':
    case 'stall':
      return true;
    case 'client':
      return movesOfClient(world, move.at).some((each) => each.who === 'client' && each.to === move.to);
    case 'executor':
      return (must(world.executors[move.at]).running === undefined) === (move.does === 'begin');
    case 'replica': {
      if (move.does === 'kill') return must(world.replicas[move.at]).phase !== 'down';
      if (move.does === 'leave') return must(world.replicas[move.at]).life?.leaving === false;
      const { does, index } = move;
      return movesOfReplica(world, move.at).some(
        (each) => each.who === 'replica' && each.does === does && each.index === index,
      );
    }
  }
}
