import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Entry } from './tar.ts';
import { fileOf, treeOf } from './tree.ts';

const run = promisify(execFile);

/** Where the program lies in the image. */
const home = 'app';

/** Declarations and maps are for who writes code, binaries of npm for who runs scripts. */
const isShipped = (path: string): boolean => !/\.d\.[cm]?ts$|\.map$|(^|\/)\.(bin|package-lock\.json)(\/|$)/.test(path);

/** Compiles the sources of a checkout into a new folder. Rejects with the compiler's words. */
export async function compile(checkout: string, into: string, signal: AbortSignal): Promise<void> {
  const args = ['-p', join(checkout, 'tsconfig.build.json'), '--outDir', into, '--sourceMap', 'false'];
  const compiler = join(checkout, 'node_modules/typescript/bin/tsc');
  try {
    await run(process.execPath, [compiler, ...args], { cwd: checkout, signal });
  } catch (cause) {
    const { stdout = '' } = cause as { readonly stdout?: string };
    throw new Error(`the sources do not compile:\n${stdout}`, { cause });
  }
}

/** The program as a package would bring it: compiled, with its launcher. */
export async function programEntries(checkout: string, compiled: string): Promise<readonly Entry[]> {
  return [
    ...(await treeOf(compiled, `${home}/dist`, isShipped)),
    await fileOf(join(checkout, 'package.json'), `${home}/package.json`),
    await fileOf(join(checkout, 'LICENSE'), `${home}/LICENSE`),
    await fileOf(join(checkout, 'cli/coppice.js'), `${home}/cli/coppice.js`),
  ];
}

/** What it imports, out of the checkout's node_modules. */
export async function dependencyEntries(checkout: string): Promise<readonly Entry[]> {
  const lock = JSON.parse(await readFile(join(checkout, 'package-lock.json'), 'utf8')) as Lockfile;
  const entries: Entry[] = [];
  for (const path of productionPackages(lock)) {
    const folder = join(checkout, path);
    if (!(await stat(folder)).isDirectory()) throw new Error(`${folder} is no directory: npm ci`);
    // Packages within it have entries of their own; a folder of that name which is none, in a package's tests say, is part of it.
    const within = Object.keys(lock.packages).filter((other) => other.startsWith(`${path}/node_modules/`));
    const own = (file: string): boolean =>
      isShipped(file) && !within.some((other) => `${path}/${file}`.startsWith(`${other}/`));
    entries.push(...(await treeOf(folder, `${home}/${path}`, own)));
  }
  return entries;
}

interface Lockfile {
  readonly lockfileVersion: number;
  readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly devOptional?: boolean }>>;
}

/** Every folder that `npm ci --omit=dev` would make. Throws at a lock file of another version. */
export function productionPackages({ lockfileVersion, packages }: Lockfile): readonly string[] {
  if (lockfileVersion !== 3) throw new Error(`package-lock.json is of version ${lockfileVersion}, not 3`);
  const paths = Object.entries(packages).filter(([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional);
  return paths.map(([path]) => path).toSorted();
}
