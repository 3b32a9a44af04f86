import { isDeepStrictEqual } from 'node:util';
import { Problem, problems } from '../../core/admin/problem.ts';
import type { RunOrder, RunView } from '../../core/admin/schema.ts';
import { Unanswered } from '../admin/client.ts';
import type { Replicas } from '../admin/replicas.ts';

/** A run as it was seen just now. */
export interface Followed {
  readonly view: RunView;
  /** For how long nothing about it has changed since it was ordered, as seen from here, ms. Where it has ended: since that was first seen. */
  readonly unchangedMs: number;
  /** When it is worth looking again, ms from now. */
  readonly pauseMs: number;
}

interface Remembered {
  readonly view: RunView;
  readonly firstAt: number;
  readonly changedAt: number;
}

const shortestPauseMs = 250;
const longestPauseMs = 2000;
/** A replica takes over what a dead one was ordered after 30 s; it is asked before that, and once more after. */
const silentMs = 15_000;
const lostMs = 60_000;
const remembered = 10_000;

/**
 * Runs that were recorded (`status.runRef`) before they are ordered, followed to their end. What it remembers only spares requests: a new follower goes on
 * with the same runs. `mono`: a monotonic clock, ms.
 */
export class RunFollower {
  readonly #mono: () => number;
  readonly #seen = new Map<string, Remembered>();

  constructor(mono: () => number) {
    this.#mono = mono;
  }

  /** Without asking for anything to be done; `undefined`: no replica knows a run of this name. */
  async look(replicas: Replicas, id: string, signal: AbortSignal): Promise<Followed | undefined> {
    const view = await replicas.run(id, signal);
    if (view === undefined) this.#seen.delete(id);
    return view && this.#saw(view);
  }

  /**
   * Orders it: the same again is the same run. `differs`: the name stands for a run that was ordered otherwise (by an object of this name before a limit or
   * a reason was edited); that one is stopped, and whoever ordered takes the next attempt.
   */
  async order(replicas: Replicas, order: RunOrder, signal: AbortSignal): Promise<Followed | 'differs'> {
    try {
      const view = await replicas.beginRun(order, signal);
      if (view.ended === undefined) this.#seen.delete(order.id);
      return this.#saw(view);
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'RUN_DIFFERS') throw error;
      await this.cancel(replicas, order.id, signal);
      return 'differs';
    }
  }

  /** Sees that it goes on: ordered where it is not known, and again where nothing was heard of it for long. */
  async follow(replicas: Replicas, order: RunOrder, signal: AbortSignal): Promise<Followed | 'differs'> {
    const followed = await this.look(replicas, order.id, signal);
    return followed === undefined || isSilent(followed) ? this.order(replicas, order, signal) : followed;
  }

  /** Stops it at its next batch. `notNow`: none that could do it answers; whoever wants it stopped asks again. */
  async cancel(replicas: Replicas, id: string, signal: AbortSignal): Promise<'asked' | 'notNow'> {
    try {
      await replicas.cancel(id, signal);
      return 'asked';
    } catch (error) {
      if (!isPassing(error)) throw error;
      return 'notNow';
    }
  }

  #saw(view: RunView): Followed {
    const now = this.#mono();
    const before = this.#seen.get(view.id);
    const isSame = before !== undefined && isDeepStrictEqual(before.view, view);
    const { firstAt, changedAt } = {
      firstAt: before?.firstAt ?? now,
      changedAt: isSame ? before.changedAt : now,
    };
    this.#seen.delete(view.id);
    this.#seen.set(view.id, { view, firstAt, changedAt });
    this.#forgetOldest();
    const pauseMs = Math.min(Math.max((now - firstAt) / 2, shortestPauseMs), longestPauseMs);
    return { view, unchangedMs: now - changedAt, pauseMs };
  }

  #forgetOldest(): void {
    const [oldest] = this.#seen.keys();
    if (this.#seen.size > remembered && oldest !== undefined) this.#seen.delete(oldest);
  }
}

/** What is answered another time, or by another replica. */
export function isPassing(error: unknown): error is Unanswered | Problem {
  if (error instanceof Unanswered) return true;
  return error instanceof Problem && (error.code === 'RUN_ELSEWHERE' || problems[error.code].status >= 500);
}

/** Whoever carries it out may be gone: to be ordered again. */
export function isSilent({ view, unchangedMs }: Followed): boolean {
  return view.ended === undefined && unchangedMs >= silentMs;
}

/** Nobody was heard of it for so long that its executor, if it is gone, holds nothing any more: a window lapses before. */
export function isLost({ view, unchangedMs }: Followed): boolean {
  return view.ended === undefined && unchangedMs >= lostMs;
}
