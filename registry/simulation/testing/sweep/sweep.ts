import { Threads } from '../../../../core/window/testing/threads.ts';
import { type Figures, type Range, Tally } from './tally.ts';

/** Few, so that no thread waits long for the last; many enough that asking costs nothing. */
const seedsAtOnce = 5;

export interface Sweep {
  readonly figures: Figures;
  /** Every seed below it is through. */
  readonly next: number;
}

/** Runs schedules in threads. `came` hears of each part, in the order of seeds. Aborted, it ends once all seeds that were begun are through. */
export async function sweep(
  { from, count }: Range,
  threads: number,
  stopping: AbortSignal,
  came: (sofar: Sweep) => void = () => undefined,
): Promise<Sweep> {
  const crowd = Threads.start<Range, Figures>(new URL('./worker.ts', import.meta.url), threads);
  const tally = new Tally();
  const end = from + count;
  const early = new Map<number, Figures>();
  let given = from;
  let next = from;
  const work = async (): Promise<void> => {
    while (given < end && !stopping.aborted) {
      const range = { from: given, count: Math.min(seedsAtOnce, end - given) };
      given += range.count;
      early.set(range.from, await ask(crowd, range));
      for (let part = early.get(next); part !== undefined; part = early.get(next)) {
        early.delete(next);
        tally.join(part);
        next += part.schedules;
        came({ figures: tally.figures, next });
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: threads }, work));
    return { figures: tally.figures, next };
  } finally {
    await crowd.end();
  }
}

async function ask(crowd: Threads<Range, Figures>, range: Range): Promise<Figures> {
  try {
    return await crowd.ask(range);
  } catch (cause) {
    throw new Error(`a thread died in one of ${range.count} schedules from seed ${range.from} on`, { cause });
  }
}
