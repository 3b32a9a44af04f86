import { apply, isPossible, type Move, movesOfReplica } from './moves.ts';
import type { World } from './world.ts';

/** How a world came to stand where the history that needs a rule begins: each scene leads there, and the schedule goes on from it. */

/** The second executor begins a run, by its clock the later one, and sleeps before it has tidied up; the first begins over its MARKING. */
export function overtaken(world: World): World {
  let next = apply(
    world,
    { who: 'executor', at: 1, does: 'begin', marks: true, overMarking: false, behind: 0 },
    unheard,
  );
  while (next.executors[1]?.running?.effect.do !== 'tidy')
    next = apply(next, { who: 'executor', at: 1, does: 'step', chance: 0 }, unheard);
  return apply(
    next,
    { who: 'executor', at: 0, does: 'begin', marks: true, overMarking: true, behind: next.serial },
    unheard,
  );
}

/** A push may write its tag, and sleeps before the call; an executor fences its life, and dies before it has taken the stage away. Long after, anything goes. */
export function halfFenced(world: World): World {
  let next = apply(world, { who: 'client', at: 0, to: 0 }, unheard);
  while (
    next.storage.objects.get('revision:m0')?.writer === 0 ||
    next.replicas[0]?.operations[0]?.steps[0]?.do !== 'land'
  )
    next = apply(next, { who: 'replica', at: 0, does: 'operation', index: 0 }, unheard);
  next = apply(next, { who: 'executor', at: 0, does: 'begin', marks: true, overMarking: true, behind: 0 }, unheard);
  const step: Move = { who: 'executor', at: 0, does: 'step', chance: 0 };
  while (next.executors[0]?.running?.effect.do !== 'wait') next = apply(next, step, unheard);
  next = apply(next, { who: 'clock', ticks: next.setting.durations.windowMs }, unheard);
  while (next.executors[0]?.running?.state.at !== 'fencing') next = apply(next, step, unheard);
  next = apply(apply(next, step, unheard), { who: 'executor', at: 0, does: 'kill' }, unheard);
  return apply(next, { who: 'clock', ticks: next.setting.durations.promiseTTLMs * 2 }, unheard);
}

/** A life has read the gate, and is fenced before it has acknowledged it: it has a permit, and a call to answer. */
export function fencedWithPermit(world: World): World {
  let next = apply(
    world,
    { who: 'executor', at: 0, does: 'begin', marks: true, overMarking: true, behind: 0 },
    unheard,
  );
  const step: Move = { who: 'executor', at: 0, does: 'step', chance: 0 };
  while (next.executors[0]?.running?.effect.do !== 'wait') next = apply(next, step, unheard);
  const { windowMs } = next.setting.durations;
  next = apply(next, { who: 'clock', ticks: windowMs / 2 - 1 }, unheard);
  for (let look = 0; look < 3; look += 1)
    next = apply(next, { who: 'replica', at: 0, does: 'poll', index: 0 }, unheard);
  next = apply(next, { who: 'clock', ticks: 1 }, unheard);
  while (next.executors[0]?.running !== undefined) next = apply(next, step, unheard);
  next = apply(next, { who: 'client', at: 0, to: 0 }, unheard);
  return apply(next, { who: 'replica', at: 0, does: 'operation', index: 0 }, unheard);
}

/** An executor has looked at the gate one last time, and sleeps before the removal. */
export function sleptInSweep(world: World): World {
  let next = apply(
    world,
    { who: 'executor', at: 0, does: 'begin', marks: true, overMarking: true, behind: 0 },
    unheard,
  );
  while (next.executors[0]?.running?.notebook.removing[0]?.do !== 'land') {
    next = apply(next, { who: 'executor', at: 0, does: 'step', chance: 0 }, unheard);
    for (const move of movesOfReplica(next, 0)) next = isPossible(next, move) ? apply(next, move, unheard) : next;
  }
  return next;
}

const unheard = (): void => undefined;

/** One whole run, which found what is garbage, and left it to a later run to say so again. */
export function suspected(world: World): World {
  let next = apply(
    world,
    { who: 'executor', at: 0, does: 'begin', marks: true, overMarking: true, behind: 0 },
    unheard,
  );
  while (next.executors[0]?.running !== undefined) {
    next = apply(next, { who: 'executor', at: 0, does: 'step', chance: 0 }, unheard);
    for (const move of movesOfReplica(next, 0)) next = isPossible(next, move) ? apply(next, move, unheard) : next;
  }
  return next;
}

/** A promise is about to renew a link, and its process falls asleep. */
export function sleptBeforeRenewal(world: World): World {
  let next = apply(world, { who: 'client', at: 0, to: 0 }, unheard);
  while (next.replicas[0]?.operations[0]?.steps[0]?.do !== 'renew')
    next = apply(next, { who: 'replica', at: 0, does: 'operation', index: 0 }, unheard);
  return next;
}

/** A promise has found what it was asked for, and its process falls asleep before it looks once more and answers. */
export function sleptBeforeAnswer(world: World): World {
  let next = apply(world, { who: 'client', at: 0, to: 0 }, unheard);
  while (next.replicas[0]?.operations[0]?.steps[0]?.do !== 'lookAgain')
    next = apply(next, { who: 'replica', at: 0, does: 'operation', index: 0 }, unheard);
  return next;
}

/** A push has verified what it refers to, and its process falls asleep before the first write. */
export function sleptBeforeWriting(world: World): World {
  let next = apply(world, { who: 'client', at: 0, to: 0 }, unheard);
  while (next.replicas[0]?.operations[0]?.steps[0]?.do !== 'write')
    next = apply(next, { who: 'replica', at: 0, does: 'operation', index: 0 }, unheard);
  return next;
}
