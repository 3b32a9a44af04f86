import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { TreeSettings } from './distributionTree.ts';

export type TreeShape = Omit<TreeSettings, 'root'>;

const generator = new URL('main.ts', import.meta.url).pathname;
const inodesPerManifest = 32;

/** Trees are made once, into a folder outside the clone. */
export const treeCache = join(process.env['COPPICE_TOOLS'] ?? join(homedir(), '.cache', 'coppice'), 'trees');

/** Where the tree of this shape lies, made first if it is not there. One that was not finished is never taken. */
export async function cachedTree(
  cache: string,
  shape: TreeShape,
  tell: (line: string) => void,
  signal: AbortSignal,
): Promise<string> {
  const folder = join(cache, nameOf(shape));
  if (await stands(folder)) return join(folder, 'storage');
  await mkdir(cache, { recursive: true });
  const { ffree } = await statfs(cache);
  const needed = shape.manifests * inodesPerManifest;
  if (ffree < needed) throw new Error(`${cache}: the tree needs ${needed} inodes, and ${ffree} are free`);
  const building = `${folder}.building-${process.pid}`;
  tell(`making the tree of ${shape.manifests} manifests in ${folder}, once`);
  try {
    await generate(join(building, 'storage'), shape, tell, signal);
    await rename(building, folder);
  } finally {
    await rm(building, { recursive: true, force: true });
  }
  return join(folder, 'storage');
}

function nameOf({ manifests, repositories, ownLayers, untaggedEvery }: TreeShape): string {
  return `${manifests}-manifests-${repositories}-repositories-${ownLayers}-layers-untagged-${untaggedEvery}`;
}

async function generate(
  root: string,
  shape: TreeShape,
  tell: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const args = [
    ...[generator, root, '--manifests', String(shape.manifests), '--repositories', String(shape.repositories)],
    ...['--own-layers', String(shape.ownLayers), '--untagged-every', String(shape.untaggedEvery)],
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], signal });
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    for (const line of text.trim().split('\n')) tell(line);
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  signal.throwIfAborted();
  if (code !== 0) throw new Error(`the generator of the tree ended with ${code ?? 'a signal'}`);
}

async function stands(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}
