import { readFile } from 'node:fs/promises';

/** Mount points at or below a folder, the innermost first. */
export async function mountsBelow(folder: string): Promise<readonly string[]> {
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map((line) => line.split(' ')[1] ?? '');
  return mounts.filter((point) => `${point}/`.startsWith(`${folder}/`)).toReversed();
}
