import { afterAll, describe, expect, it } from 'vitest';
import { CutDisk } from './cutDisk.ts';
import { PowerCuts } from './powerCuts.ts';

const { signal } = new AbortController();
const cuts = 50;

const disks = await Promise.all((['xfs', 'ext4'] as const).map(async (kind) => CutDisk.make(kind)));

describe.concurrent.each(['xfs', 'ext4'] as const)('%s, when the power fails', (kind) => {
  const disk = disks.find((made) => !('lacks' in made) && made.kind === kind);
  const lack = disks.map((made) => ('lacks' in made ? made.lacks : '')).join(' ');
  if (disk === undefined) console.warn(`SKIPPED: power cuts of ${kind} need a loop mount and xfs_io: ${lack}`);
  const mounted = disk instanceof CutDisk ? disk : undefined;

  afterAll(async () => mounted?.drop());

  it.skipIf(mounted === undefined)(
    'G2: no acknowledged push is lost, no file under a digest’s name is short, and nobody repairs anything',
    async () => {
      if (mounted === undefined) return;
      const { losses, short, acknowledged, tally } = await new PowerCuts(mounted, 'full').run(
        cuts,
        () => undefined,
        signal,
      );
      console.log(`${kind}: ${cuts} cuts; ${acknowledged} pushes acknowledged; ${tally.lines.join('; ')}`);
      expect({ losses, short }).toEqual({ losses: [], short: [] });

      // What was attacked, or all of that says nothing.
      const moments = ['in pushes', 'in a sweep'].flatMap((during) => [`${during}, logLost`, `${during}, logFlushed`]);
      for (const moment of moments) expect(tally.of('cut', moment), moment).toBeGreaterThan(0);
      expect(moments.reduce((sum, moment) => sum + tally.of('cut', moment), 0)).toBe(cuts);
      expect(acknowledged).toBeGreaterThan(5 * cuts);
    },
  );
});
