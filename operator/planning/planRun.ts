import { isDeepStrictEqual } from 'node:util';
import { Problem, problems } from '../../core/admin/problem.ts';
import type { RunOrder, RunView } from '../../core/admin/schema.ts';
import { Unanswered } from '../admin/client.ts';
import type { Replicas } from '../admin/replicas.ts';
import { RunFollower } from '../runs/runFollower.ts';

/** What an order to plan came to. */
export type PlanRunEnd =
  | { readonly is: 'ended'; readonly view: RunView }
  /** Nothing of it was taken up. */
  | { readonly is: 'refused'; readonly problem: Problem }
  | { readonly is: 'failed'; readonly reason: string; readonly message: string }
  /** Nobody wants its plans any more; it was cancelled. */
  | { readonly is: 'unwanted' };

export interface PlanRunPorts {
  /** A monotonic clock, ms. */
  readonly mono: () => number;
  /** Rejects once `signal` is aborted. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

const shortestPauseMs = 100;
const longestPauseMs = 1000;
/** A replica that restarts is back before. */
const patienceMs = 30_000;
/** Another run may go on first, but what does not move for so long holds up everybody's plans. */
const unmovedMs = 600_000;
const partingMs = 2000;

/** Orders a run and follows it to its end; cancels it where that is not waited for. Rejects only for `signal`, and for faults of this program. */
export async function carryOutPlan(
  replicas: Replicas,
  order: RunOrder,
  isWanted: () => boolean,
  { mono, wait }: PlanRunPorts,
  signal: AbortSignal,
): Promise<PlanRunEnd> {
  const follower = new RunFollower(mono);
  let pauseMs = shortestPauseMs;
  let heardAt = mono();
  let movedAt = mono();
  let last: RunView | undefined;
  try {
    for (;;) {
      const heard = await hear(() =>
        last === undefined ? follower.order(replicas, order, signal) : follower.follow(replicas, order, signal),
      );
      const now = mono();
      if (heard.is === 'refused' && last === undefined && isOfTheOrder(heard.problem)) return heard;
      if (heard.is === 'refused') return unavailable(told(heard.problem));
      if (heard.is === 'silent') {
        // Whether the order was taken up is not known: the next one has another name, and this one ends by itself.
        if (last === undefined || now - heardAt > patienceMs) return unavailable(heard.why);
      } else {
        const { view } = heard;
        if (view.id !== order.id || view.mode !== order.mode) {
          return {
            is: 'failed',
            reason: 'InternalError',
            message: `the registry answered with another run (${view.id})`,
          };
        }
        if (view.ended !== undefined) return { is: 'ended', view };
        heardAt = now;
        if (last === undefined || !isDeepStrictEqual(view, last)) movedAt = now;
        last = view;
        if (!isWanted()) {
          await part(replicas, order.id);
          return { is: 'unwanted' };
        }
        if (now - movedAt > unmovedMs) {
          await part(replicas, order.id);
          return unavailable(
            `the run ${order.id} has not moved for ${unmovedMs / 60_000} minutes (${view.progress.phase})`,
          );
        }
      }
      await wait(pauseMs, signal);
      pauseMs = Math.min(pauseMs * 1.5, longestPauseMs);
    }
  } catch (error) {
    if (last !== undefined && signal.aborted) await part(replicas, order.id);
    throw error;
  }
}

type Heard =
  | { readonly is: 'heard'; readonly view: RunView }
  | { readonly is: 'refused'; readonly problem: Problem }
  | { readonly is: 'silent'; readonly why: string };

async function hear(ask: () => ReturnType<RunFollower['follow']>): Promise<Heard> {
  try {
    const followed = await ask();
    if (followed !== 'differs') return { is: 'heard', view: followed.view };
    return { is: 'refused', problem: new Problem('RUN_DIFFERS', 'the name of the run stands for another one') };
  } catch (error) {
    if (error instanceof Unanswered) return { is: 'silent', why: error.message };
    if (!(error instanceof Problem)) throw error;
    if (problems[error.code].status >= 500) return { is: 'silent', why: told(error) };
    return { is: 'refused', problem: error };
  }
}

function told({ code, message }: Problem): string {
  return `${code}: ${message}`;
}

/** Something that was sent is at fault, and not the registry's state. */
function isOfTheOrder({ code }: Problem): boolean {
  return code === 'INVALID' || code === 'TOO_LARGE';
}

function unavailable(message: string): PlanRunEnd {
  return { is: 'failed', reason: 'RegistryUnavailable', message };
}

/** A run that plans removes nothing, and ends by itself where it cannot be cancelled. */
async function part(replicas: Replicas, id: string): Promise<void> {
  try {
    await replicas.cancel(id, AbortSignal.timeout(partingMs));
  } catch (error) {
    if (!(error instanceof Problem || error instanceof Unanswered) && !isTimeout(error)) throw error;
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && (error.name === 'TimeoutError' || error.name === 'AbortError');
}
