import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Entry } from './tar.ts';
import { fileOf } from './tree.ts';

const run = promisify(execFile);

/** Node itself, and its libraries. */
export async function nodeEntries(binary: string, signal: AbortSignal): Promise<readonly Entry[]> {
  return [await fileOf(binary, 'usr/local/bin/node'), ...(await libraryEntries(binary, signal))];
}

/** The shared libraries that this machine's loader finds for a program, at the paths where it looks for them. */
export async function libraryEntries(binary: string, signal: AbortSignal): Promise<readonly Entry[]> {
  const { stdout } = await run('ldd', [binary], { signal });
  return Promise.all(
    librariesIn(stdout).map(async (path) => ({ ...(await fileOf(path, path.slice(1))), mode: 0o755 })),
  );
}

/**
 * The files that `ldd` names: `NAME => PATH (ADDRESS)`, and the loader as `PATH (ADDRESS)`. What the kernel brings has no path. Throws where one is missing,
 * and where there is none at all: that would be a program for another libc.
 */
export function librariesIn(text: string): readonly string[] {
  const missing = /^\s*(\S+) => not found/m.exec(text)?.[1];
  if (missing !== undefined) throw new Error(`ldd does not find ${missing}`);
  const paths = [...text.matchAll(/^\s*(?:\S+ => )?(\/\S+) \(0x[0-9a-f]+\)$/gm)].map(([, path = '']) => path);
  if (paths.length === 0) throw new Error('ldd names no library');
  return [...new Set(paths)].toSorted();
}
