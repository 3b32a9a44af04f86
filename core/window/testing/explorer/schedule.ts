import { isWindow } from '../../gate.ts';
import { type Coverage, Judge } from './judge.ts';
import { beginMark, planFrom, readOn } from './marking.ts';
import { apply, isPossible, type Move, movesOfClient, movesOfReplica } from './moves.ts';
import { must } from './names.ts';
import { type Random, randomOf } from './random.ts';
import { tellMove } from './words.ts';
import type { Note, World } from './world.ts';

/** Whose turn it is. */
interface Actor {
  readonly is: 'replica' | 'executor' | 'client';
  readonly at: number;
}

/** How rough it gets: each is "once in so many". */
export interface Mood {
  readonly steps: number;
  readonly tick: number;
  /** How seldom a client uses its turn. */
  readonly call: number;
  readonly longTick: number;
  readonly pause: number;
  readonly executorPause: number;
  /** The longest pause, in ticks. */
  readonly sleep: number;
  readonly kill: number;
  readonly executorKill: number;
  readonly leave: number;
  readonly stall: number;
  /** Executors name their runs by clocks that are apart by up to so much. */
  readonly skew: number;
  /** Who sleeps from the beginning, and for up to how many ticks. */
  readonly firstSleep?: Actor & { readonly ticks: number };
}

export interface Start {
  readonly world: World;
  readonly mood: Mood;
}

export type MakeStart = (random: Random) => Start;

export interface Explored {
  readonly flaw: string | undefined;
  readonly moves: readonly Move[];
  readonly covered: Coverage;
}

interface Trial {
  world: World;
  flaw: string | undefined;
  readonly judge: Judge;
  readonly moves: Move[];
}

/** One seed is one schedule: trouble first, then calm, then a last run that must find an open registry and leave nothing unreachable. */
export function explore(seed: number, makeStart: MakeStart): Explored {
  const random = randomOf(seed);
  const { world, mood } = makeStart(random);
  const trial: Trial = { world, flaw: undefined, judge: new Judge(), moves: [] };
  trouble(trial, mood, random);
  const { covered } = trial.judge; // what happens in the calm is not what is looked for
  settleDown(trial);
  return { flaw: trial.flaw, moves: trial.moves, covered };
}

function move(trial: Trial, next: Move): void {
  if (trial.flaw !== undefined) return;
  trial.moves.push(next);
  trial.world = apply(trial.world, next, trial.judge.tell);
  trial.flaw = trial.judge.judge(trial.world);
}

function trouble(trial: Trial, mood: Mood, random: Random): void {
  const actors = actorsOf(trial.world);
  const asleepUntil = new Map<Actor, number>();
  const { firstSleep } = mood;
  const sleeper = actors.find(({ is, at }) => is === firstSleep?.is && at === firstSleep.at);
  if (sleeper !== undefined && firstSleep !== undefined)
    asleepUntil.set(sleeper, trial.world.now + random.below(firstSleep.ticks));
  for (let step = 0; step < mood.steps && trial.flaw === undefined; step += 1) {
    if (random.oneIn(mood.tick)) {
      move(trial, { who: 'clock', ticks: random.oneIn(mood.longTick) ? 4 + random.below(20) : 1 });
      continue;
    }
    const actor = random.pick(actors);
    if ((asleepUntil.get(actor) ?? -1) > trial.world.now) continue;
    if (random.oneIn(actor.is === 'executor' ? mood.executorPause : mood.pause))
      asleepUntil.set(actor, trial.world.now + 1 + random.below(mood.sleep));
    for (let burst = 1 + random.below(actor.is === 'executor' ? 12 : 6); burst > 0; burst -= 1) {
      const next = nextOf(trial.world, actor, mood, random);
      if (next !== undefined) move(trial, next);
    }
  }
}

function actorsOf({ replicas, executors, clients }: World): Actor[] {
  return [
    ...replicas.map((_, at) => ({ is: 'replica', at }) as const),
    ...executors.flatMap((_, at) => {
      const executor = { is: 'executor', at } as const;
      return [executor, executor]; // two turns for one of others
    }),
    ...clients.map((_, at) => ({ is: 'client', at }) as const),
  ];
}

function nextOf(world: World, { is, at }: Actor, mood: Mood, random: Random): Move | undefined {
  switch (is) {
    case 'client': {
      const moves = movesOfClient(world, at);
      return moves.length > 0 && random.oneIn(mood.call) ? random.pick(moves) : undefined;
    }
    case 'executor': {
      const { running, runsLeft } = must(world.executors[at]);
      if (running !== undefined) {
        if (random.oneIn(mood.stall)) return { who: 'stall', what: 'executor', at, ticks: 1 + random.below(30) };
        return { who: 'executor', at, does: random.oneIn(mood.executorKill) ? 'kill' : 'step' };
      }
      // Two at once supersede each other more often than they end; that happens, but not all the time.
      const isAlone = world.executors.every((other) => other.running === undefined);
      if (runsLeft <= 0 || !random.oneIn(isAlone ? 2 : 12)) return undefined;
      const behind = random.below(mood.skew + 1);
      return { who: 'executor', at, does: 'begin', marks: !random.oneIn(5), overMarking: !random.oneIn(3), behind };
    }
    case 'replica': {
      const { phase, life } = must(world.replicas[at]);
      if (phase !== 'down') {
        if (random.oneIn(mood.kill)) return { who: 'replica', at, does: 'kill', index: 0 };
        if (random.oneIn(mood.stall)) return { who: 'stall', what: 'replica', at, ticks: 1 + random.below(30) };
        if (life?.leaving === false && random.oneIn(mood.leave)) return { who: 'replica', at, does: 'leave', index: 0 };
      }
      if (phase === 'up' && random.oneIn(3)) return { who: 'replica', at, does: 'poll', index: 0 };
      return random.pick(movesOfReplica(world, at));
    }
  }
}

const patience = 600;

/** No more faults: whatever stands must end of itself. */
function settleDown(trial: Trial): void {
  for (let round = 0; round < patience && trial.flaw === undefined; round += 1) {
    if (isQuiet(trial.world)) {
      finish(trial);
      return;
    }
    calmRound(trial);
  }
  const { phase } = trial.world.storage.gate;
  trial.flaw ??= `W5: ${patience} quiet rounds on, the gate is ${phase} and somebody still waits`;
}

function isQuiet({ storage, executors, clients }: World): boolean {
  const isIdle = executors.every(({ running }) => running === undefined);
  return !isWindow(storage.gate) && isIdle && clients.every(({ wishes }) => wishes.length === 0);
}

function calmRound(trial: Trial): void {
  const { replicas, executors, clients } = trial.world;
  for (const at of replicas.keys()) {
    for (const next of movesOfReplica(trial.world, at)) if (isPossible(trial.world, next)) move(trial, next);
    while (trial.flaw === undefined && trial.world.replicas[at]?.asking !== undefined)
      move(trial, { who: 'replica', at, does: 'poll', index: 0 });
  }
  for (const at of executors.keys())
    for (let more = 0; more < 6 && trial.world.executors[at]?.running !== undefined; more += 1)
      move(trial, { who: 'executor', at, does: 'step' });
  for (const at of clients.keys()) {
    const moves = movesOfClient(trial.world, at);
    const next = moves[trial.world.now % Math.max(1, moves.length)];
    if (next !== undefined) move(trial, next);
  }
  // A request that nobody carries out calls for a run of requests.
  const isWaiting = clients.some(({ waiting }) => waiting) && trial.world.now % 8 === 0;
  if (isWaiting && trial.world.executors[0]?.running === undefined)
    move(trial, { who: 'executor', at: 0, does: 'begin', marks: false, overMarking: true, behind: 0 });
  move(trial, { who: 'clock', ticks: 1 });
}

/** Long after, one more run: it completes, the gate opens, and nothing that could go is left. */
function finish(trial: Trial): void {
  const { durations, undoMs } = trial.world.setting;
  for (let run = 0; run < 6 && trial.flaw === undefined; run += 1) {
    if (run === 0) {
      move(trial, { who: 'clock', ticks: undoMs + 2 * durations.promiseTTLMs });
      for (let round = 0; round < 6; round += 1) calmRound(trial);
    }
    move(trial, { who: 'executor', at: 0, does: 'begin', marks: true, overMarking: true, behind: 0 });
    for (let round = 0; round < patience && trial.world.executors[0]?.running !== undefined; round += 1)
      calmRound(trial);
    if (trial.world.storage.gate.phase === 'OPEN' && leftOver(trial.world) === 0) return;
  }
  trial.flaw ??= `W5: six quiet runs on, the gate is ${trial.world.storage.gate.phase} and ${leftOver(trial.world)} things are left that nothing keeps`;
}

function leftOver(world: World): number {
  let mark = beginMark(world);
  while (mark.next !== 'complete') mark = readOn(world, mark);
  return planFrom(world, mark).length;
}

/** Takes moves away for as long as the world still goes wrong, and tells what is left in words. */
export function tellShortest(seed: number, makeStart: MakeStart, limit = 400): string {
  const { moves, flaw } = explore(seed, makeStart);
  if (flaw === undefined) return `seed ${seed}: nothing wrong`;
  let shortest = flaw.startsWith('W5') ? moves : retell(seed, makeStart, moves).kept;
  let tries = 0;
  for (
    let size = Math.ceil(shortest.length / 2);
    size >= 1 && !flaw.startsWith('W5');
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let from = 0; from < shortest.length && tries < limit * 10;) {
      tries += 1;
      const shorter = retell(seed, makeStart, shortest.toSpliced(from, size));
      if (shorter.flaw !== undefined) shortest = shorter.kept;
      else from += size;
    }
  }
  const told = retell(seed, makeStart, shortest);
  return [`seed ${seed}: ${told.flaw ?? flaw}`, ...told.words.slice(-limit)].join('\n');
}

function retell(
  seed: number,
  makeStart: MakeStart,
  moves: readonly Move[],
): { readonly flaw: string | undefined; readonly words: readonly string[]; readonly kept: readonly Move[] } {
  let { world } = makeStart(randomOf(seed));
  const judge = new Judge();
  const words: string[] = [];
  const kept: Move[] = [];
  for (const each of moves) {
    if (!isPossible(world, each)) continue;
    const notes: Note[] = [];
    const next = apply(world, each, (note) => {
      notes.push(note);
      judge.tell(note);
    });
    words.push(tellMove(world, each, notes));
    kept.push(each);
    world = next;
    const flaw = judge.judge(world);
    if (flaw !== undefined) return { flaw, words, kept };
  }
  return { flaw: undefined, words, kept };
}
