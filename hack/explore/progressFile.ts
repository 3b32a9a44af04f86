import { readFile, rename, writeFile } from 'node:fs/promises';
import Type from 'typebox';
import { Value } from 'typebox/value';
import { coverageOf, type Explorations } from '../../core/window/testing/explorer/chunk.ts';

const count = Type.Integer({ minimum: 0 });
const counts = Type.Record(Type.String(), count);

const schema = Type.Object({
  from: count,
  next: count,
  seconds: Type.Number({ minimum: 0 }),
  schedules: count,
  moves: count,
  events: counts,
  schedulesWith: counts,
});

/** How far an exploration has come, and what it has seen on the way. */
export interface Standing extends Explorations {
  readonly from: number;
  /** The first seed that was not explored. */
  readonly next: number;
  readonly seconds: number;
}

/** `undefined`: it begins. */
export async function readStanding(path: string): Promise<Standing | undefined> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const value: unknown = JSON.parse(text);
  if (!Value.Check(schema, value)) throw new Error(`${path} is not the progress of an exploration`);
  return { ...value, events: coverageOf(value.events), schedulesWith: coverageOf(value.schedulesWith) };
}

/** Whole or not at all: it may be stopped at any moment. */
export async function writeStanding(path: string, standing: Standing): Promise<void> {
  await writeFile(`${path}.new`, `${JSON.stringify(standing)}\n`);
  await rename(`${path}.new`, path);
}
