import { work } from '../client/client.ts';
import { type Executor, operate } from '../client/operator.ts';
import { Session } from '../client/session.ts';
import type { Telling } from '../kernel/history.ts';
import type { Scheduler } from '../kernel/scheduler.ts';
import type { Judge } from '../model/judge.ts';
import { commandOf } from '../registry/server.ts';
import { causeFaults } from './faults.ts';
import { type Opened, openWorld } from './opening.ts';
import type { Ablation } from './setting.ts';
import { settleDown } from './settling.ts';
import { settleIn } from './settlingIn.ts';

/*
 * One schedule: the shipped code of replicas, repositories, requests and collections in processes whose every call, timer and word is an event, in an
 * order that one seed decides.
 *
 *   a storage with a past ─▶ clients, operators, faults ─▶ calm: every hold ends, garbage goes, the gate opens
 *                                │ each answer                    │ each tag, all below it, what is left
 *                                └────────────▶ the judge ◀───────┘
 *
 *   kernel/    time, chance, processes that stall and die       registry/  the shipped code, wired as a program wires it
 *   storage/   a disk that forgets what was not synced          client/    who pushes, pulls, deletes, undeletes, collects
 *   bucket/    requests that run out, and lose their answers    schedule/  what happens, and what has to be true in the end
 *   model/     what was promised, and so must be found          sweep/     many schedules, in threads
 */

/** What came of one schedule. */
export interface Outcome {
  readonly seed: number;
  /** Of its whole history: the same seed gives the same. */
  readonly digest: string;
  readonly violations: readonly string[];
  readonly counts: ReadonlyMap<string, number>;
  /** Of the scheduler. */
  readonly steps: number;
  readonly simulatedMs: number;
  /** Told if asked for. */
  readonly history: readonly string[];
}

const budgetMs = 3_600_000;
/** Twenty times what most schedules take. */
const mostSteps = 400_000;

export async function runSchedule(
  seed: number,
  ablation: Ablation = {},
  telling: Telling = 'nothing',
): Promise<Outcome> {
  const opened = openWorld(seed, ablation, telling);
  const { judge, machine } = opened;
  const { scheduler, history } = machine;
  await complete(scheduler, judge, play(opened));
  return {
    ...{ seed, digest: history.digest(), violations: judge.violations, counts: history.counts },
    ...{ steps: scheduler.passed, simulatedMs: scheduler.now, history: history.lines },
  };
}

async function play(opened: Opened): Promise<void> {
  const { setting, machine, world, fleet, ambush, judge, clients, sky } = opened;
  const { scheduler } = machine;
  await settleIn(fleet, new Session('founder', clients));
  sky.isCalm = false;
  const until = scheduler.now + setting.activeMs;
  const isOver = (): boolean => scheduler.now >= until || judge.violations.length > 0;
  const executor = (): Executor | undefined => executorOf(opened);
  await Promise.all([
    ...Array.from({ length: setting.replicas }, () => fleet.start()),
    ...Array.from({ length: setting.clients }, (_, n) => work(new Session(`client-${n}`, clients), isOver)),
    ...Array.from({ length: setting.operators }, (_, n) =>
      operate(new Session(`operator-${n}`, clients), executor, isOver),
    ),
    causeFaults(machine, fleet, ambush, setting),
  ]);
  sky.isCalm = true;
  world.storage.endDeceptions();
  if (judge.violations.length === 0) await settleDown({ world, fleet, clients, setting });
}

/** A replica, or a process of its own as the command line is one. */
function executorOf({ machine: { chance, scheduler }, world, fleet }: Opened): Executor | undefined {
  if (chance.happens(0.5)) return chance.shuffled(fleet.servers)[0];
  const process = fleet.process(`command-${scheduler.passed}`);
  return { process, ...commandOf(world, process) };
}

/** Until all of it is over; a world that never comes to rest is a violation, too. */
async function complete(scheduler: Scheduler, judge: Judge, all: Promise<void>): Promise<void> {
  const state = { isDone: false };
  const done = all.finally(() => {
    state.isDone = true;
  });
  done.catch(() => undefined); // looked at below, when the scheduler has stopped
  try {
    await scheduler.run(() => state.isDone || scheduler.now > budgetMs || scheduler.passed > mostSteps);
  } catch (error) {
    judge.violated('liveness', String(error));
  }
  if (!state.isDone) {
    judge.violated('liveness', 'something waits for ever');
    return;
  }
  try {
    await done;
  } catch (error) {
    judge.faulted(error);
  }
}
