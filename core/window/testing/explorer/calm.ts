import { isWindow } from '../../gate.ts';
import { beginMark, isProtected, planFrom, readOn, suspectedBy } from './marking.ts';
import type { Name } from './names.ts';
import { isPossible, movesOfClient, movesOfReplica } from './moves.ts';
import type { Running } from './running.ts';
import { move, type Trial } from './trial.ts';
import type { World } from './world.ts';

/** The faults have stopped: every hold must end, the gate open, all garbage go (W5). */

const patience = 600;
const quietRuns = 10;

/** No more faults: whatever stands must end of itself. */
export function settleDown(trial: Trial): void {
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
  for (const at of replicas.keys()) serve(trial, at);
  for (const at of executors.keys()) goOn(trial, at);
  // What was given up and has expired stays away for good.
  while (trial.flaw === undefined && trial.world.network.length > 0)
    move(trial, { who: 'network', index: 0, does: 'arrive' });
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

/** A look at the gate if it is time for one, then all that can be done at once. */
function serve(trial: Trial, at: number): void {
  const isUp = trial.world.replicas[at]?.phase === 'up';
  do {
    if (isUp && !hasTime(trial.world, at)) move(trial, { who: 'replica', at, does: 'poll', index: 0 });
  } while (trial.flaw === undefined && trial.world.replicas[at]?.asking !== undefined);
  for (let pass = 0; pass < 2; pass += 1)
    for (const next of movesOfReplica(trial.world, at)) {
      const isPoll = next.who === 'replica' && next.does === 'poll';
      if (!isPoll && isPossible(trial.world, next)) move(trial, next);
    }
}

/** It knows this gate, and its permit is good for some ticks. */
function hasTime({ storage, replicas, now, setting }: World, at: number): boolean {
  const { life, asking, lag = 0 } = replicas[at] ?? {};
  if (asking !== undefined || life?.permit === undefined || life.seen?.gate !== storage.gate) return false;
  return life.permit.until - (now - lag) > setting.durations.permitTTLMs / 2;
}

/** A good part of a run, but no looking again in vain. */
function goOn(trial: Trial, at: number): void {
  for (let step = 0; step < 16; step += 1) {
    const { world } = trial;
    const running = world.executors[at]?.running;
    if (running === undefined || trial.flaw !== undefined || (step > 0 && awaitsOthers(running))) return;
    move(trial, { who: 'executor', at, does: 'step', chance: world.now });
    if (trial.world === world) return;
  }
}

/** What comes next is better done when the replicas have seen the gate. */
function awaitsOthers({ effect, progress }: Running): boolean {
  return effect.do === 'wait' || (effect.do === 'readMembers' && progress.on === 'nothing');
}

/** Long after, one more run: it completes, the gate opens, and nothing that could go is left. */
function finish(trial: Trial): void {
  const { durations, undoMs, confirmMs } = trial.world.setting;
  for (let run = 0; run < quietRuns && trial.flaw === undefined; run += 1) {
    if (run === 0) {
      move(trial, { who: 'clock', ticks: undoMs + 2 * durations.promiseTTLMs });
      for (let round = 0; round < 6; round += 1) calmRound(trial);
    }
    for (let round = 0; round < confirmMs; round += 1) calmRound(trial); // a tick each, so that no permit lapses
    move(trial, { who: 'executor', at: 0, does: 'begin', marks: true, overMarking: true, behind: 0 });
    for (let round = 0; round < patience && trial.world.executors[0]?.running !== undefined; round += 1)
      calmRound(trial);
    if (unrestOf(trial.world) === undefined) return;
  }
  trial.flaw ??= `W5: ${quietRuns} quiet runs on, ${unrestOf(trial.world) ?? 'all is well'}`;
}

/** What keeps a registry from being open, free of holds and free of garbage. */
export function unrestOf(world: World): string | undefined {
  const { storage, replicas } = world;
  if (storage.gate.phase !== 'OPEN') return `the gate is ${storage.gate.phase}`;
  const holding = replicas.findIndex(({ life }) => life !== undefined && life.held.size > 0);
  if (holding >= 0) return `replica ${holding} still holds`;
  const waiting = storage.requests.values().find(({ state }) => state.is === 'open' || state.is === 'claimed');
  if (waiting !== undefined) return `a request to delete ${waiting.digest} is ${waiting.state.is}`;
  const names = leftOver(world);
  return names.length > 0 ? `nothing keeps ${names.join(' ')}` : undefined;
}

/** What a mark made now would call unreachable, and what a policy wants gone. */
function leftOver(world: World): readonly Name[] {
  let mark = beginMark(world);
  while (mark.next !== 'complete') mark = readOn(world, mark);
  const aged = planFrom(world, mark).filter((item) => item.of === 'tag' && !isProtected(world, mark, item));
  return [...suspectedBy(world, mark), ...aged.map((item) => (item.of === 'tag' ? item.tag : item.digest))];
}
