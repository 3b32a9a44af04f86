import { canGiveUpRemoval } from './executor.ts';
import { Fingerprints } from './fingerprint.ts';
import { flawOf } from './flaws.ts';
import { apply, type Move, movesOfClient, movesOfReplica } from './moves.ts';
import { must } from './names.ts';
import { canGiveUp } from './operation.ts';
import type { Running } from './running.ts';
import { Seen } from './seen.ts';
import { tellMove } from './words.ts';
import type { Note, World } from './world.ts';

/** How much may go wrong, and how long it may take, in a world that is searched to its end. */
export interface Allowance {
  readonly ticks: number;
  readonly kills: number;
  readonly leaves: number;
  /** Answers of signed requests that are given up. */
  readonly givenUp: number;
}

export const untroubled: Allowance = { ticks: 0, kills: 0, leaves: 0, givenUp: 0 };

/** Worlds are kept for one level only; the way to a state is kept as the moves that lead there. */
interface Reached {
  readonly world: World;
  readonly left: Allowance;
  readonly at: number;
}

export interface Searched {
  readonly states: number;
  /** Nothing was left to try. */
  readonly isComplete: boolean;
  readonly removals: number;
  readonly pushes: number;
  /** The shortest way to what is wrong, in words. */
  readonly history: readonly string[] | undefined;
}

/** Breadth first through every state that any order of steps can reach, up to so many. */
export function searchAll(start: World, allowance: Allowance, limit: number): Searched {
  const fingerprints = new Fingerprints(start);
  const seen = new Seen();
  const ways: Ways = { from: [-1], by: [undefined] };
  let removals = 0;
  let pushes = 0;
  let level: Reached[] = [{ world: start, left: allowance, at: 0 }];
  while (level.length > 0) {
    const below: Reached[] = [];
    for (const reached of level) {
      for (const by of movesFrom(reached)) {
        const notes: Note[] = [];
        const world = apply(reached.world, by, (note) => notes.push(note));
        const left = spend(reached.left, by);
        if (!seen.add(fingerprints.of(world, Object.values(left)))) continue;
        const at = ways.from.push(reached.at) - 1;
        ways.by.push(by);
        for (const note of notes) {
          if (note.on === 'removed') removals += 1;
          if (note.on === 'answered' && note.code === 201) pushes += 1;
        }
        const flaw =
          notes.length > 0 ? (lostTag(world, notes) ?? flawOf(world.setting, world.now, world.storage)) : undefined;
        const counts = { states: seen.size, removals, pushes };
        if (flaw !== undefined) return { ...counts, isComplete: false, history: [...historyOf(start, ways, at), flaw] };
        if (seen.size >= limit) return { ...counts, isComplete: false, history: undefined };
        below.push({ world, left, at });
      }
    }
    level = below;
  }
  return { states: seen.size, isComplete: true, removals, pushes, history: undefined };
}

function lostTag({ storage }: World, notes: readonly Note[]): string | undefined {
  for (const note of notes) {
    if (note.on !== 'answered' || note.code !== 201 || note.operation.call.call !== 'put') continue;
    const { tag } = note.operation.call;
    if (tag !== undefined && !storage.objects.has(`tag:${tag}`)) return `W7: answered 201, and ${tag} is not there`;
  }
  return undefined;
}

function movesFrom({ world, left }: Reached): Move[] {
  const { replicas, executors, clients, network } = world;
  const moves = [
    ...replicas.keys().flatMap((at) => movesOfReplica(world, at)),
    ...clients.keys().flatMap((at) => movesOfClient(world, at)),
    ...network.keys().map((index): Move => ({ who: 'network', index, does: 'arrive' })),
  ];
  for (const [at, { running, runsLeft }] of executors.entries()) {
    if (running !== undefined) moves.push(...stepsOf(at, running));
    else if (runsLeft > 0)
      moves.push({ who: 'executor', at, does: 'begin', marks: true, overMarking: true, behind: 0 });
  }
  if (left.givenUp > 0) moves.push(...givingUp(world));
  for (const [at, { phase, life }] of replicas.entries()) {
    if (phase !== 'down' && left.kills > 0) moves.push({ who: 'replica', at, does: 'kill', index: 0 });
    if (life?.leaving === false && left.leaves > 0) moves.push({ who: 'replica', at, does: 'leave', index: 0 });
  }
  if (left.kills > 0)
    for (const [at, { running }] of executors.entries())
      if (running !== undefined) moves.push({ who: 'executor', at, does: 'kill' });
  if (left.ticks > 0) moves.push({ who: 'clock', ticks: 1 });
  return moves;
}

/** Records are read in any order. */
function stepsOf(at: number, { progress }: Running): Move[] {
  const isChoosing = progress.on === 'members' && progress.record === undefined;
  const ways = isChoosing ? Math.max(1, progress.left.size) : 1;
  return Array.from({ length: ways }, (_, chance) => ({ who: 'executor', at, does: 'step', chance }));
}

function givingUp(world: World): Move[] {
  const ofReplicas = world.replicas.flatMap(({ operations }, at) =>
    operations.flatMap((operation, index): Move[] =>
      canGiveUp(world, operation) ? [{ who: 'replica', at, does: 'giveUp', index }] : [],
    ),
  );
  const ofExecutors = world.executors.flatMap(({ running }, at): Move[] =>
    running !== undefined && canGiveUpRemoval(world, running) ? [{ who: 'executor', at, does: 'giveUp' }] : [],
  );
  return [...ofReplicas, ...ofExecutors];
}

function spend(left: Allowance, move: Move): Allowance {
  if (move.who === 'clock') return { ...left, ticks: left.ticks - move.ticks };
  if (move.who !== 'replica' && move.who !== 'executor') return left;
  switch (move.does) {
    case 'kill':
      return { ...left, kills: left.kills - 1 };
    case 'giveUp':
      return { ...left, givenUp: left.givenUp - 1 };
    case 'leave':
      return { ...left, leaves: left.leaves - 1 };
    default:
      return left;
  }
}

interface Ways {
  readonly from: number[];
  readonly by: (Move | undefined)[];
}

function historyOf(start: World, { from, by }: Ways, last: number): string[] {
  const moves: Move[] = [];
  for (let at = last; at > 0; at = must(from[at])) moves.unshift(must(by[at]));
  let world = start;
  return moves.map((move) => {
    const notes: Note[] = [];
    const next = apply(world, move, (note) => notes.push(note));
    const told = tellMove(world, move, notes);
    world = next;
    return told;
  });
}
