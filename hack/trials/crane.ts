import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { crane } from '../peers/clients.ts';
import { saying } from './row.ts';
import type { Stage, Step } from './trial.ts';

/** What clients have no way to do of their own: list the tags of a repository and delete one. */
export async function craneSteps({ door, home, witness, signal }: Stage, image: string): Promise<readonly Step[]> {
  const own = join(home, 'crane');
  await mkdir(own);
  const { list, remove } = await crane.begin(door, own, signal);
  const [repository = '', tag = ''] = image.split(':');
  return [
    {
      name: 'crane lists its tags',
      take: async () => saying((await list?.(repository)) ?? '', tag),
    },
    {
      name: 'crane deletes it',
      take: async () => {
        await remove?.(image);
        await witness.absent(image);
        return 'gone';
      },
    },
  ];
}
