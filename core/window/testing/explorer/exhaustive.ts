import { flawOf } from './judge.ts';
import { Keys } from './key.ts';
import { apply, type Move, movesOfClient, movesOfReplica } from './moves.ts';
import { must } from './names.ts';
import { tellMove } from './words.ts';
import type { Note, World } from './world.ts';

/** How much may go wrong, and how long it may take, in a world that is searched to its end. */
export interface Allowance {
  readonly ticks: number;
  readonly kills: number;
  readonly leaves: number;
}

interface Reached {
  readonly world: World;
  readonly left: Allowance;
  readonly from: Reached | undefined;
  readonly by: Move | undefined;
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
  const keys = new Keys();
  const seen = new Set<string>();
  let removals = 0;
  let pushes = 0;
  let level: Reached[] = [{ world: start, left: allowance, from: undefined, by: undefined }];
  while (level.length > 0) {
    const below: Reached[] = [];
    for (const reached of level) {
      for (const by of movesFrom(reached)) {
        const notes: Note[] = [];
        const world = apply(reached.world, by, (note) => notes.push(note));
        const left = spend(reached.left, by);
        const key = keyOf(keys, world, left);
        if (seen.has(key)) continue;
        seen.add(key);
        const next = { world, left, from: reached, by };
        for (const note of notes) {
          if (note.on === 'removed') removals += 1;
          if (note.on === 'answered' && note.code === 201) pushes += 1;
        }
        const flaw =
          notes.length > 0 ? (lostTag(world, notes) ?? flawOf(world.setting, world.now, world.storage)) : undefined;
        const counts = { states: seen.size, removals, pushes };
        if (flaw !== undefined) return { ...counts, isComplete: false, history: [...historyOf(next), flaw] };
        if (seen.size >= limit) return { ...counts, isComplete: false, history: undefined };
        below.push(next);
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

function keyOf(keys: Keys, world: World, { ticks, kills, leaves }: Allowance): string {
  const { storage, replicas, executors, clients, now, serial } = world;
  return [
    keys.ofParts(storage),
    keys.ofParts(replicas),
    keys.ofParts(executors),
    keys.of(clients),
    now,
    serial,
    ticks,
    kills,
    leaves,
  ].join();
}

function movesFrom({ world, left }: Reached): Move[] {
  const { replicas, executors, clients } = world;
  const moves = [
    ...replicas.keys().flatMap((at) => movesOfReplica(world, at)),
    ...clients.keys().flatMap((at) => movesOfClient(world, at)),
  ];
  for (const [at, { running, runsLeft }] of executors.entries()) {
    if (running !== undefined) moves.push({ who: 'executor', at, does: 'step' });
    else if (runsLeft > 0)
      moves.push({ who: 'executor', at, does: 'begin', marks: true, overMarking: true, behind: 0 });
  }
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

function spend(left: Allowance, move: Move): Allowance {
  if (move.who === 'clock') return { ...left, ticks: left.ticks - move.ticks };
  if ((move.who === 'replica' || move.who === 'executor') && move.does === 'kill')
    return { ...left, kills: left.kills - 1 };
  return move.who === 'replica' && move.does === 'leave' ? { ...left, leaves: left.leaves - 1 } : left;
}

function historyOf(last: Reached): string[] {
  const steps: Reached[] = [];
  for (let at: Reached | undefined = last; at !== undefined; at = at.from) steps.unshift(at);
  return steps.slice(1).map(({ from, by }) => {
    const notes: Note[] = [];
    apply(must(from).world, must(by), (note) => notes.push(note));
    return tellMove(must(from).world, must(by), notes);
  });
}
