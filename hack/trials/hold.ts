import { setTimeout as pause } from 'node:timers/promises';
import { age } from '../load/tree.ts';
import { holdTags } from '../peers/heldTags.ts';
import type { House } from '../peers/variants.ts';
import { held, holdsOf } from '../soak/holds.ts';
import { type Seen, seen, wordsOf } from './row.ts';

/** A push while a window holds all tags below `held/`. */
export interface HeldPush {
  readonly name: string;
  /** First `before` the window, then `while` it holds. What is pushed differs. */
  readonly push: (when: 'before' | 'while') => Promise<unknown>;
  /** Rejects where what was pushed is not there. */
  readonly arrived: () => Promise<unknown>;
  /** Whether it names what the window holds. */
  readonly waits: boolean;
  /** What it says where it is told to come again and does not; where nothing is said here, it comes again. */
  readonly givesUp?: Partial<Readonly<Record<Hold, RegExp>>>;
}

/**
 * The run that opened a window is frozen in it: for some seconds, for which what is held waits; or for good, so that what is held is told to come again
 * until the window lapses, soon or as late as by default.
 */
export const holds = {
  'goes on after 4 s': { window: '18s', holdBudget: '15s' },
  'lapses after 6 s': { window: '6s', holdBudget: '2s' },
  'lapses after 30 s': { window: '30s', holdBudget: '5s', promiseTTL: '40s' },
} as const;
export type Hold = keyof typeof holds;

const weekMs = 7 * 24 * 3_600_000;
/** Every window stands for longer than this. */
const frozenMs = 4000;

/** All push at the same time. */
export async function* holdPushes(
  pushes: readonly HeldPush[],
  hold: Hold,
  { storage, replica }: House,
  folder: string,
  signal: AbortSignal,
): AsyncGenerator<Seen> {
  for (const { push } of pushes) await push('before');
  await age(storage, weekMs);
  const window = await holdTags({ storage, replica, folder }, signal);
  const ended = Promise.all(pushes.map(timed));
  try {
    if (hold === 'goes on after 4 s') {
      await pause(frozenMs, undefined, { signal });
      const exitCode = await window.goOn();
      if (exitCode !== 0) throw new Error(`the collection that was frozen ended with ${exitCode}`);
    }
    const outcomes = await ended;
    const all = held(await holdsOf(replica.metrics, signal));
    for (const outcome of outcomes) {
      const judged = async (): Promise<string> => {
        if (all < pushes.filter(({ waits }) => waits).length) throw new Error(`only ${all} requests were held`);
        return judgedOf(outcome, hold);
      };
      yield await seen(`${outcome.of.name}, ${hold}`, judged, signal);
    }
  } finally {
    await window.end();
    await ended; // aborted, they end, and write nothing more to where they live
  }
}

interface Outcome {
  readonly of: HeldPush;
  readonly tookMs: number;
  /** What it said; absent: it has pushed. */
  readonly failure?: string;
}

async function timed(of: HeldPush): Promise<Outcome> {
  const began = performance.now();
  const took = (): number => performance.now() - began;
  return of.push('while').then(
    () => ({ of, tookMs: took() }),
    (failure: unknown) => ({ of, tookMs: took(), failure: wordsOf(failure) }),
  );
}

async function judgedOf({ of, tookMs, failure }: Outcome, hold: Hold): Promise<string> {
  const seconds = (tookMs / 1000).toFixed(1);
  if (failure === undefined) {
    await of.arrived();
    if (of.waits !== tookMs >= frozenMs) throw new Error(`${of.waits ? 'was not held' : 'was held'}: ${seconds} s`);
    return `has pushed, ${seconds} s`;
  }
  const [known] = of.givesUp?.[hold]?.exec(failure) ?? [];
  if (known === undefined) throw new Error(`${seconds} s: ${failure}`);
  await of.push('while');
  await of.arrived();
  return `gives up, ${seconds} s: ${known}; the same again has pushed`;
}
