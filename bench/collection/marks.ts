import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { coppice } from '../../hack/load/command.ts';
import { layout } from '../../registry/storage/layout.ts';
import type { Tell } from '../measuring/program.ts';
import { distributionCollects } from './distributionCollector.ts';
import { dropPageCache } from './pageCache.ts';

/** Seconds, one for each repetition: of whole processes, from their start to their end; and of the mark alone, as our report has it. */
export interface Marks {
  readonly distribution: Times;
  /** Nothing is known of the tree. */
  readonly first: Times;
  readonly firstMark: Times;
  /** After a run that left its snapshot of the graph. */
  readonly again: Times;
  readonly againMark: Times;
  /** Why no page cache was cold; absent: it was. */
  readonly notCold?: string;
}

/** With a page cache that knows nothing of the tree, and with one that has just seen it. */
export interface Times {
  readonly cold: readonly number[];
  readonly warm: readonly number[];
}

type Measured = keyof Omit<Marks, 'notCold'>;

interface Subject {
  readonly repetitions: number;
  /** Before every time, outside of what is measured. */
  readonly before?: () => Promise<void>;
  readonly measure: () => Promise<readonly [measured: Measured, seconds: number][]>;
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
  const preview = (whole: Measured, mark: Measured) => async (): ReturnType<Subject['measure']> => {
    const began = performance.now();
    const { exitCode, stdout, stderr } = await coppice(['plan', '--config', config, '-o', 'json'], signal);
    const tookS = (performance.now() - began) / 1000;
    if (exitCode !== 0) throw new Error(`our preview ended with ${exitCode ?? 'a signal'}: ${stderr}`);
    const { run } = JSON.parse(stdout) as { run: { mark: { seconds: number } } };
    return [
      [whole, tookS],
      [mark, run.mark.seconds],
    ];
  };
  const dryRun = async (): ReturnType<Subject['measure']> => [
    ['distribution', await distributionCollects(folder, storage, ['--dry-run'], signal)],
  ];
  const subjects: readonly Subject[] = [
    { repetitions: peerRepetitions, measure: dryRun },
    { repetitions, before: forget, measure: preview('first', 'firstMark') },
    { repetitions, measure: preview('again', 'againMark') },
  ];
  const times = {
    ...{ distribution: noTimes(), first: noTimes(), firstMark: noTimes() },
    ...{ again: noTimes(), againMark: noTimes() },
  };
  let notCold: string | undefined;
  try {
    for (const { repetitions: count, before, measure } of subjects) {
      for (let repetition = 1; repetition <= count; repetition += 1) {
        for (const cache of ['cold', 'warm'] as const) {
          await before?.();
          if (cache === 'cold') notCold ??= await dropPageCache();
          if (cache === 'cold' && notCold !== undefined) continue;
          for (const [measured, seconds] of await measure()) {
            times[measured][cache].push(seconds);
            tell(`mark: ${measured}, ${cache} page cache, ${repetition} of ${count}: ${seconds.toFixed(1)} s`);
          }
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
