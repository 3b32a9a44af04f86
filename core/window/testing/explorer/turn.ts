import type { WindowGate } from '../../gate.ts';
import { stepRun } from '../../run/machine.ts';
import type { RunEvent } from '../../run/state.ts';
import { obeys, withExecutor } from './change.ts';
import { must } from './names.ts';
import type { Notebook, Progress, Running } from './running.ts';
import type { Tell, World } from './world.ts';

export const nothingDone: Progress = { on: 'nothing' };

/** An event as the shell has it, before the executor's clock is read. */
type Outcome = RunEvent extends infer E ? (E extends { readonly now: number } ? Omit<E, 'now'> : never) : never;

/** What one step of an effect works on. */
export interface Turn {
  readonly world: World;
  readonly at: number;
  readonly running: Running;
  readonly tell: Tell;
  readonly chance: number;
  readonly misreads: boolean;
}

export function progressing({ world, at, running }: Turn, progress: Progress): World {
  return withExecutor(world, at, { running: { ...running, progress } });
}

export function noting(turn: Turn, notes: Partial<Notebook>): Turn {
  return { ...turn, running: { ...turn.running, notebook: { ...turn.running.notebook, ...notes } } };
}

/** Hands the outcome to the machine, on the executor's own clock. */
export function report({ world, at, running, tell }: Turn, outcome: Outcome): World {
  const { lag } = must(world.executors[at]);
  // Without lapse nobody counts how long a window has stood.
  const { state } = running;
  const now = state.at === 'waitingOut' && !mayLapse(world, state.gate) ? state.since : world.now - lag;
  const step = stepRun(running.state, { ...outcome, now }, running.settings);
  if (step.effect === undefined) {
    const result = step.state.at === 'ended' ? step.state.result.is : 'nothing';
    tell({ on: 'runEnded', result, run: running.settings.run });
    return withExecutor(world, at, { running: undefined });
  }
  return withExecutor(world, at, {
    running: { ...running, state: step.state, effect: step.effect, progress: nothingDone },
  });
}

function mayLapse(world: World, { held }: WindowGate): boolean {
  if (!obeys(world, 'lapse')) return false;
  return obeys(world, 'emptyWindowsLapse') || must(world.storage.held.get(held.name)).length > 0;
}
