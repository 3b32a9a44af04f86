import { readFile, rename, writeFile } from 'node:fs/promises';
import Type from 'typebox';
import { Value } from 'typebox/value';
import type { Figures } from '../../registry/simulation/testing/sweep/tally.ts';

const count = Type.Integer({ minimum: 0 });

const schema = Type.Object({
  from: count,
  next: count,
  seconds: Type.Number({ minimum: 0 }),
  figures: Type.Object({
    schedules: count,
    steps: count,
    simulatedMs: Type.Number({ minimum: 0 }),
    counts: Type.Record(Type.String(), count),
    schedulesWith: Type.Record(Type.String(), count),
    failures: Type.Array(Type.Object({ seed: count, violations: Type.Array(Type.String()) })),
  }),
});

/** How far a long sweep is, so that it can be stopped and gone on with. */
export interface Progress {
  readonly from: number;
  /** Every seed below it is through. */
  readonly next: number;
  readonly seconds: number;
  readonly figures: Figures;
}

/** `undefined`: it begins. */
export async function readProgress(file: string): Promise<Progress | undefined> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const value: unknown = JSON.parse(text);
  if (!Value.Check(schema, value)) throw new Error(`${file} is not the progress of a simulation`);
  return value;
}

/** Whole or not at all: it may be stopped at any moment. */
export async function writeProgress(file: string, progress: Progress): Promise<void> {
  await writeFile(`${file}.new`, `${JSON.stringify(progress)}\n`);
  await rename(`${file}.new`, file);
}
