import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { coppice } from '../../hack/load/command.ts';
import { layout } from '../../registry/storage/layout.ts';
import type { Tell } from '../measuring/program.ts';
import { distributionCollects } from './distributionCollector.ts';
import { dropPageCache } from './pageCache.ts';

/** Seconds, one for each repetition; of whole processes, from their start to their end. */
export interface Marks {
  readonly distribution: Times;
  /** Nothing is known of the tree. */
  readonly first: Times;
  /** After a run that left its snapshot of the graph. */
  readonly again: Times;
  /** Why no page cache was cold; absent: it was. */
  readonly notCold?: string;
}

/** With a page cache that knows nothing of the tree, and with one that has just seen it. */
export interface Times {
  readonly cold: readonly number[];
  readonly warm: readonly number[];
}

interface Subject {
  readonly name: keyof Omit<Marks, 'notCold'>;
  readonly repetitions: number;
  /** Before every time, outside of what is measured. */
  readonly before?: () => Promise<void>;
  readonly measure: () => Promise<number>;
}

/** distribution's dry run beside our preview, on the same tree. Our state lies in it while this goes on, and is taken away again. */
export async function measureMarks(
  about: {
    readonly storage: string;
    readonly folder: string;
    readonly config: string;
    readonly repetitions: number;
    /** A repetition of distribution's takes minutes. */
    readonly peerRepetitions: number;
  },
  tell: Tell,
  signal: AbortSignal,
): Promise<Marks> {
  const { storage, folder, config, repetitions, peerRepetitions } = about;
  const forget = async (): Promise<void> => rm(join(storage, dirname(layout.own)), { recursive: true, force: true });
  const preview = async (): Promise<number> => {
    const began = performance.now();
    const { exitCode, stderr } = await coppice(['plan', '--config', config, '-o', 'json'], signal);
    const tookS = (performance.now() - began) / 1000;
    if (exitCode !== 0) throw new Error(`our preview ended with ${exitCode ?? 'a signal'}: ${stderr}`);
    return tookS;
  };
  const dryRun = async (): Promise<number> => distributionCollects(folder, storage, ['--dry-run'], signal);
  const subjects: readonly Subject[] = [
    { name: 'distribution', repetitions: peerRepetitions, measure: dryRun },
    { name: 'first', repetitions, before: forget, measure: preview },
    { name: 'again', repetitions, measure: preview },
  ];
  const times = { distribution: noTimes(), first: noTimes(), again: noTimes() };
  let notCold: string | undefined;
  try {
    for (const { name, repetitions: count, before, measure } of subjects) {
      for (let repetition = 1; repetition <= count; repetition += 1) {
        for (const cache of ['cold', 'warm'] as const) {
          await before?.();
          if (cache === 'cold') notCold ??= await dropPageCache();
          if (cache === 'cold' && notCold !== undefined) continue;
          const seconds = await measure();
          times[name][cache].push(seconds);
          tell(`mark: ${name}, ${cache} page cache, ${repetition} of ${count}: ${seconds.toFixed(1)} s`);
        }
      }
    }
  } finally {
    await forget();
  }
  return { ...times, ...(notCold !== undefined && { notCold }) };
}

function noTimes(): { cold: number[]; warm: number[] } {
  return { cold: [], warm: [] };
}
