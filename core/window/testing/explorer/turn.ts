import { stepRun } from '../../run/machine.ts';
import type { RunEvent } from '../../run/state.ts';
import { obeys, withExecutor } from './change.ts';
import { must } from './names.ts';
import type { Notebook, Progress, Running, Tell, World } from './world.ts';

export const nothingDone: Progress = { on: 'nothing' };

/** An event as the shell has it, before the executor's clock is read. */
type Outcome = RunEvent extends infer E ? (E extends { readonly now: number } ? Omit<E, 'now'> : never) : never;

/** What one step of an effect works on. */
export interface Turn {
  readonly world: World;
  readonly at: number;
  readonly running: Running;
  readonly tell: Tell;
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
  const now = obeys(world, 'lapse') || running.state.at !== 'waitingOut' ? world.now - lag : running.state.since;
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
