import { callReplica } from './client.ts';
import { withExecutor, withReplica } from './change.ts';
import { beginRun, giveUpRemoval, killExecutor, mayMisread, canGiveUpRemoval, stepExecutor } from './executor.ts';
import { hasHousework, keepHouse } from './housekeeping.ts';
import { must } from './names.ts';
import { canGiveUp, canGoOn, giveUp, stepOperation } from './operation.ts';
import { landLate, stop } from './passing.ts';
import { poll } from './polling.ts';
import { arrive } from './refusal.ts';
import { answerGate, endWindow, hasToAnswer, leaveInOrder, mayEndWindow, start } from './replica.ts';
import type { Tell, World } from './world.ts';

/** Everything that may happen next: one atomic step of one actor, or time. */
export type Move =
  | { readonly who: 'clock'; readonly ticks: number }
  | { readonly who: 'client'; readonly at: number; readonly to: number }
  | { readonly who: 'replica'; readonly at: number; readonly does: ReplicaMove; readonly index: number }
  | { readonly who: 'executor'; readonly at: number; readonly does: 'step' | 'misread'; readonly chance: number }
  | { readonly who: 'executor'; readonly at: number; readonly does: 'kill' | 'giveUp' }
  | { readonly who: 'housekeeper' }
  /** A request that was given up arrives, or never will. */
  | { readonly who: 'network'; readonly index: number; readonly does: 'arrive' | 'lose' }
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

type ReplicaMove = 'start' | 'poll' | 'answerGate' | 'endWindow' | 'operation' | 'giveUp' | 'late' | 'leave' | 'kill';

export function apply(world: World, move: Move, tell: Tell): World {
  switch (move.who) {
    case 'clock':
      return { ...world, now: world.now + move.ticks };
    case 'client':
      return callReplica(world, move.at, move.to, tell);
    case 'executor':
      return applyToExecutor(world, move, tell);
    case 'housekeeper':
      return keepHouse(world, tell);
    case 'network':
      if (move.does === 'arrive') return arrive(world, move.index, tell);
      return { ...world, network: world.network.toSpliced(move.index, 1) };
    case 'stall': {
      const { what, at, ticks } = move;
      const lag = must((what === 'replica' ? world.replicas : world.executors)[at]).lag + ticks;
      return what === 'replica' ? withReplica(world, at, { lag }) : withExecutor(world, at, { lag });
    }
    case 'replica':
      return applyToReplica(world, move.at, move.does, move.index, tell);
  }
}

function applyToExecutor(world: World, move: Extract<Move, { readonly who: 'executor' }>, tell: Tell): World {
  switch (move.does) {
    case 'begin':
      return beginRun(world, move.at, move.marks, move.overMarking, move.behind);
    case 'step':
    case 'misread':
      return stepExecutor(world, move.at, move.chance, move.does === 'misread', tell);
    case 'giveUp':
      return giveUpRemoval(world, move.at, tell);
    case 'kill':
      return killExecutor(world, move.at);
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
    case 'giveUp':
      return giveUp(world, at, index, tell);
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
    case 'housekeeper':
      return hasHousework(world);
    case 'network':
      return world.network[move.index] !== undefined;
    case 'executor': {
      const { running } = must(world.executors[move.at]);
      if (running === undefined) return move.does === 'begin';
      if (move.does === 'giveUp') return canGiveUpRemoval(world, running);
      if (move.does === 'misread') return mayMisread(world, running);
      return move.does !== 'begin';
    }
    case 'replica': {
      if (move.does === 'kill') return must(world.replicas[move.at]).phase !== 'down';
      if (move.does === 'leave') return must(world.replicas[move.at]).life?.leaving === false;
      const { does, index } = move;
      if (does === 'giveUp') {
        const operation = must(world.replicas[move.at]).operations[index];
        return operation !== undefined && canGiveUp(world, operation);
      }
      return movesOfReplica(world, move.at).some(
        (each) => each.who === 'replica' && each.does === does && each.index === index,
      );
    }
  }
}
