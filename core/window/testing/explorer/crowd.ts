import { Threads } from '../threads.ts';
import { add, type Chunk, type ChunkDone, type Explorations, nothingExplored } from './chunk.ts';

export interface Span extends Chunk {
  readonly workers: number;
}

export interface Progress extends Explorations {
  /** All seeds before it were explored. */
  readonly next: number;
}

export interface CrowdEnd extends Progress {
  readonly flawed: number | undefined;
}

const chunkSize = 250;

/**
 * Explores a range of seeds in worker threads, a chunk each at a time, in their order. After `signal`, what was begun is ended, so that `next` is where
 * to go on.
 */
export async function exploreSeeds(
  { from, count, workers }: Span,
  signal: AbortSignal,
  onProgress: (progress: Progress) => void,
): Promise<CrowdEnd> {
  const end = from + count;
  const begun = new Set<number>();
  let next = from;
  let sum = nothingExplored;
  const flawed: number[] = [];
  const threads = Threads.start<Chunk, ChunkDone>(new URL('./crowdWorker.ts', import.meta.url), workers);
  const work = async (): Promise<void> => {
    while (next < end && flawed.length === 0 && !signal.aborted) {
      const chunk = { from: next, count: Math.min(chunkSize, end - next) };
      next += chunk.count;
      begun.add(chunk.from);
      const done = await threads.ask(chunk);
      begun.delete(chunk.from);
      sum = add(sum, done);
      if (done.flawed !== undefined) flawed.push(done.flawed);
      onProgress({ ...sum, next: Math.min(next, ...begun) });
    }
  };
  try {
    await Promise.all(Array.from({ length: workers }, work));
  } finally {
    await threads.end();
  }
  return { ...sum, next, flawed: flawed.length > 0 ? Math.min(...flawed) : undefined };
}
