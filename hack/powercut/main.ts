/**
 * `node hack/powercut/main.ts [--cuts 1000] [--seed TEXT] [--disk xfs|ext4]`
 *
 * The power fails, again and again: a file system of its own goes down under a replica, in the middle of pushes or of a sweep, with its log flushed or
 * lost. It is mounted again, the replica is started again, and everything that was acknowledged is asked for. Needs root, loop mounts and xfs_io. Exit code
 * 1 if anything was lost, or a file below a digest's name does not hash to it.
 */
import { parseArgs } from 'node:util';
import { CutDisk, type DiskKind } from './cutDisk.ts';
import { PowerCuts } from './powerCuts.ts';

const { values } = parseArgs({
  options: {
    cuts: { type: 'string', default: '1000' },
    seed: { type: 'string', default: 'coppice' },
    disk: { type: 'string' },
  },
});
const cuts = Number(values.cuts);
const kinds: readonly DiskKind[] = (['xfs', 'ext4'] as const).filter((kind) => (values.disk ?? kind) === kind);
if (!(cuts > 0) || kinds.length === 0) {
  console.error('usage: node hack/powercut/main.ts [--cuts 1000] [--seed TEXT] [--disk xfs|ext4]');
  process.exit(2);
}

const controller = new AbortController();
process.once('SIGINT', () => {
  controller.abort(new Error('interrupted'));
});

let number = 0;
const tell = (line: string): void => {
  number += 1;
  if (number % 20 === 0) console.log(line);
};

async function cutAgain(kind: DiskKind): Promise<boolean> {
  const disk = await CutDisk.make(kind);
  if ('lacks' in disk) {
    console.error(`${kind}: this machine lacks what a power cut needs: ${disk.lacks}`);
    return false;
  }
  try {
    const { acknowledged, losses, short, tally } = await new PowerCuts(disk, values.seed).run(
      { cuts, forMs: Infinity },
      tell,
      controller.signal,
    );
    for (const line of tally.lines) console.log(`        ${line}`);
    for (const { image, why } of losses.slice(0, 20)) console.log(`        lost ${image}: ${why}`);
    for (const file of short.slice(0, 20)) console.log(`        short ${file}`);
    console.log(
      `${kind}: ${cuts} cuts, ${acknowledged} pushes acknowledged, ${losses.length} lost, ${short.length} short files`,
    );
    return losses.length === 0 && short.length === 0;
  } finally {
    await disk.drop();
  }
}

const sound = await Promise.all(kinds.map(cutAgain));
process.exitCode = sound.every((each) => each) ? 0 : 1;
