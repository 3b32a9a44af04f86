import type { Coverage } from './coverage.ts';
import type { Judge } from './judge.ts';
import { apply, type Move } from './moves.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

/** Whose turn it is. */
export interface Actor {
  readonly is: 'replica' | 'executor' | 'client' | 'housekeeper' | 'network';
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
  /** A clock goes ahead of the storage's for a while. */
  readonly hurry: number;
  /** The answer to a signed request is given up. */
  readonly giveUp: number;
  /** What was given up arrives, or is lost. */
  readonly arrive: number;
  readonly misread: number;
  readonly housework: number;
  /** Executors name their runs by clocks that are apart by up to so much, now ahead, now behind. */
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

export interface Trial {
  world: World;
  flaw: string | undefined;
  readonly judge: Judge;
  readonly moves: Move[];
}

export function move(trial: Trial, next: Move): void {
  if (trial.flaw !== undefined) return;
  trial.moves.push(next);
  trial.world = apply(trial.world, next, trial.judge.tell);
  trial.flaw = trial.judge.judge(trial.world);
}
