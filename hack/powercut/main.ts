/** Lets the power fail under a replica by the thousand: see `--help`. */
import { parseArgs } from 'node:util';
import { choiceOf, Mistake, wholeOf } from '../seeds/options.ts';
import { CutDisk, type DiskKind } from './cutDisk.ts';
import { PowerCuts } from './powerCuts.ts';

const help = `The power fails, again and again: a file system of its own goes down under a replica, in the middle of pushes or of a sweep, with its log flushed or
lost. It is mounted again, the replica is started again, and everything that was acknowledged is asked for. Needs root, loop mounts and xfs_io. The exit
code is 1 if anything was lost, or a file below a digest's name does not hash to it.

  node hack/powercut/main.ts
      A thousand cuts of xfs, and of ext4 at the same time. Ctrl-C ends both and takes their disks away.
  node hack/powercut/main.ts --cuts 50 --disk ext4 --seed 2
      Fewer, of one, at other moments.

  --cuts N      how often (1000)
  --seed TEXT   what chance is drawn from (coppice)
  --disk KIND   xfs or ext4 (both)
  -h, --help`;

const diskKinds = ['xfs', 'ext4'] as const satisfies readonly DiskKind[];
const { cuts, seed, kinds, isHelp } = parsed();
if (isHelp) {
  console.log(help);
  process.exit(0);
}

const controller = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.once(name, () => {
    controller.abort(new Error(`ended with ${name}`));
  });
}

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
    const { acknowledged, losses, short, tally } = await new PowerCuts(disk, seed).run(cuts, tell, controller.signal);
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

// Each takes its own disk away before the program ends, whatever becomes of the other.
const ends = await Promise.allSettled(kinds.map(cutAgain));
for (const [at, end] of ends.entries()) {
  if (end.status === 'rejected')
    console.error(`${kinds[at]}:`, controller.signal.aborted ? String(end.reason) : end.reason);
}
process.exitCode = ends.every((end) => end.status === 'fulfilled' && end.value) ? 0 : 1;

function parsed(): { cuts: number; seed: string; kinds: readonly DiskKind[]; isHelp: boolean } {
  try {
    const { values } = parseArgs({
      options: {
        cuts: { type: 'string', default: '1000' },
        seed: { type: 'string', default: 'coppice' },
        disk: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const kinds = values.disk === undefined ? diskKinds : [choiceOf('--disk', values.disk, diskKinds)];
    return { cuts: wholeOf('--cuts', values.cuts), seed: values.seed, kinds, isHelp: values.help };
  } catch (error) {
    if (!(error instanceof Mistake || error instanceof TypeError)) throw error;
    console.error(`${error.message}\n\n${help}`);
    process.exit(2);
  }
}
