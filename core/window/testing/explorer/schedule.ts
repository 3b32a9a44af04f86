import { settleDown } from './calm.ts';
import { mayMisread, canGiveUpRemoval } from './executor.ts';
import { hasHousework } from './housekeeping.ts';
import { Judge } from './judge.ts';
import { type Move, movesOfClient, movesOfReplica } from './moves.ts';
import { must } from './names.ts';
import { canGiveUp } from './operation.ts';
import { type Random, randomOf } from './random.ts';
import { type Actor, type Explored, type MakeStart, type Mood, move, type Trial } from './trial.ts';
import type { Executor, Running } from './running.ts';
import type { Replica, World } from './world.ts';

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

function trouble(trial: Trial, mood: Mood, random: Random): void {
  const actors = actorsOf(trial.world);
  const chooser = new Chooser(mood, random);
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
      const next = chooser.next(trial.world, actor);
      if (next === undefined) break;
      move(trial, next);
    }
  }
}

function actorsOf({ replicas, executors, clients, setting }: World): Actor[] {
  return [
    ...replicas.map((_, at) => ({ is: 'replica', at }) as const),
    ...executors.flatMap((_, at) => {
      const executor = { is: 'executor', at } as const;
      return [executor, executor]; // two turns for one of others
    }),
    ...clients.map((_, at) => ({ is: 'client', at }) as const),
    { is: 'housekeeper', at: 0 },
    ...(setting.storage === 'objects' ? [{ is: 'network', at: 0 } as const] : []),
  ];
}

/** What an executor saw when it last looked in vain: until something of it changes, another look is in vain too. */
type Sight = Pick<World, 'now'> & Pick<World['storage'], 'gate' | 'members'>;

class Chooser {
  readonly #mood: Mood;
  readonly #random: Random;
  readonly #sights = new Map<number, Sight>();

  constructor(mood: Mood, random: Random) {
    this.#mood = mood;
    this.#random = random;
  }

  next(world: World, { is, at }: Actor): Move | undefined {
    const random = this.#random;
    switch (is) {
      case 'client': {
        const moves = movesOfClient(world, at);
        return moves.length > 0 && random.oneIn(this.#mood.call) ? random.pick(moves) : undefined;
      }
      case 'housekeeper':
        return hasHousework(world) && random.oneIn(this.#mood.housework) ? { who: 'housekeeper' } : undefined;
      case 'network': {
        if (world.network.length === 0 || !random.oneIn(this.#mood.arrive)) return undefined;
        const index = random.below(world.network.length);
        return { who: 'network', index, does: random.oneIn(4) ? 'lose' : 'arrive' };
      }
      case 'executor':
        return this.#ofExecutor(world, at, must(world.executors[at]));
      case 'replica':
        return this.#ofReplica(world, at, must(world.replicas[at]));
    }
  }

  #ofExecutor(world: World, at: number, { running, runsLeft }: Executor): Move | undefined {
    const random = this.#random;
    if (running === undefined) {
      // Two at once supersede each other more often than they end; that happens, but not all the time.
      const isAlone = world.executors.every((other) => other.running === undefined);
      if (runsLeft <= 0 || !random.oneIn(isAlone ? 2 : 12)) return undefined;
      const behind = random.below(2 * this.#mood.skew + 1) - this.#mood.skew;
      return { who: 'executor', at, does: 'begin', marks: !random.oneIn(5), overMarking: !random.oneIn(3), behind };
    }
    if (random.oneIn(this.#mood.stall)) return this.#stall('executor', at, world);
    if (random.oneIn(this.#mood.executorKill)) return { who: 'executor', at, does: 'kill' };
    if (this.#isInVain(world, at, running)) return undefined;
    if (canGiveUpRemoval(world, running) && random.oneIn(this.#mood.giveUp))
      return { who: 'executor', at, does: 'giveUp' };
    const misreads = mayMisread(world, running) && random.oneIn(this.#mood.misread);
    return { who: 'executor', at, does: misreads ? 'misread' : 'step', chance: random.below(6) };
  }

  #isInVain({ now, storage }: World, at: number, { effect, progress }: Running): boolean {
    if (effect.do !== 'wait' && progress.on !== 'waiting') return false;
    const before = this.#sights.get(at);
    const { gate, members } = storage;
    if (before?.now === now && before.gate === gate && before.members === members) return true;
    this.#sights.set(at, { now, gate, members });
    return false;
  }

  #ofReplica(world: World, at: number, replica: Replica): Move | undefined {
    const random = this.#random;
    const { phase, life, operations } = replica;
    if (phase !== 'down') {
      if (random.oneIn(this.#mood.kill)) return { who: 'replica', at, does: 'kill', index: 0 };
      if (random.oneIn(this.#mood.stall)) return this.#stall('replica', at, world);
      if (life?.leaving === false && random.oneIn(this.#mood.leave))
        return { who: 'replica', at, does: 'leave', index: 0 };
    }
    const index = operations.findIndex((operation) => canGiveUp(world, operation));
    if (index >= 0 && random.oneIn(this.#mood.giveUp)) return { who: 'replica', at, does: 'giveUp', index };
    const mayPoll = phase === 'up' && !isUpToDate(world, replica);
    if (mayPoll && random.oneIn(3)) return { who: 'replica', at, does: 'poll', index: 0 };
    const all = movesOfReplica(world, at);
    const moves = mayPoll ? all : all.filter((each) => each.who !== 'replica' || each.does !== 'poll');
    return moves.length > 0 ? random.pick(moves) : undefined;
  }

  /** A machine stands still, and its monotonic clock with it; or a clock runs ahead. A fencing on a filesystem is waited for on the executor's own clock, which must not. */
  #stall(what: 'replica' | 'executor', at: number, { setting }: World): Move {
    const mayHurry = what === 'replica' || setting.storage === 'objects';
    const hurries = mayHurry && this.#random.oneIn(this.#mood.hurry);
    return { who: 'stall', what, at, ticks: hurries ? -1 - this.#random.below(6) : 1 + this.#random.below(30) };
  }
}

/** It has read this gate in this tick or the one before. */
function isUpToDate({ storage, setting, now }: World, { life, asking, lag }: Replica): boolean {
  if (asking !== undefined || life?.permit === undefined) return false;
  return life.seen?.gate === storage.gate && life.permit.until >= now - lag + setting.durations.permitTTLMs - 1;
}
