import { readFile } from 'node:fs/promises';
import { declaredIn, type Declared } from './declarations.ts';
import { longestFile } from './documents.ts';
import { messageOf } from './failure.ts';
import { Slots } from './slots.ts';
import type { FoundFile, Look, Unreadable } from './walk.ts';

/** What users declare, all of one moment. */
export interface Scan {
  readonly declared: readonly Declared[];
  /** Files that were read whole, whatever they hold. */
  readonly read: ReadonlySet<string>;
  readonly unreadable: readonly Unreadable[];
}

interface Reading {
  readonly signature: string;
  readonly declared: readonly Declared[];
}

/** Reads what a look found; a file that is as it was is not read again. */
export class Reader {
  readonly #slots = new Slots(16);
  #known: ReadonlyMap<string, Reading> = new Map();

  async read({ files, unreadable }: Look, unsettled: ReadonlySet<string>): Promise<Scan> {
    const known = new Map<string, Reading>();
    const failed: Unreadable[] = [];
    const readOne = async (file: FoundFile): Promise<void> => {
      const before = this.#known.get(file.path);
      if (unsettled.has(file.path))
        failed.push({ path: file.path, message: `${file.path}: is being written`, isLink: false });
      else if (before?.signature === file.signature) known.set(file.path, before);
      else {
        const text = await textOf(file);
        if (text instanceof Error)
          failed.push({ path: file.path, message: `${file.path}: ${text.message}`, isLink: false });
        else known.set(file.path, { signature: file.signature, declared: declaredIn(file.path, text) });
      }
    };
    await Promise.all(files.map(async (file) => this.#slots.take(async () => readOne(file))));
    const seen = new Set(files.map(({ path }) => path));
    for (const path of unsettled) if (!seen.has(path)) failed.push(beingWritten(path));
    this.#known = known;
    const read = files.flatMap(({ path }) => known.get(path) ?? []);
    return {
      declared: read.flatMap(({ declared }) => declared),
      read: new Set(known.keys()),
      unreadable: [...unreadable, ...failed],
    };
  }
}

function beingWritten(path: string): Unreadable {
  return { path, message: `${path}: is being written`, isLink: false };
}

/** Documents from elsewhere than a directory: they are what they are. */
export function scanOf(name: string, text: string): Scan {
  return { declared: declaredIn(name, text), read: new Set([name]), unreadable: [] };
}

async function textOf({ place, size }: FoundFile): Promise<string | Error> {
  if (size > longestFile) return new Error('is longer than 8 MiB');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(place));
  } catch (error) {
    return error instanceof TypeError ? new Error('is not UTF-8') : new Error(`cannot be read: ${messageOf(error)}`);
  }
}
