import { afterAll, describe, expect, it } from 'vitest';
import { CutDisk } from './cutDisk.ts';
import { PowerCuts } from './powerCuts.ts';

const { signal } = new AbortController();
const cuts = 50;
/** A slow machine makes fewer; the test says how many. */
const forMs = 420_000;
const leastCuts = 10;

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
      const result = await new PowerCuts(mounted, 'full').run({ cuts, forMs }, () => undefined, signal);
      console.log(`${kind}: ${result.cuts} cuts; ${result.tally.lines.join('; ')}`);
      expect(result).toMatchObject({ losses: [], short: [] });
      expect(result.cuts).toBeGreaterThanOrEqual(leastCuts);
      expect(result.acknowledged).toBeGreaterThan(5 * result.cuts);
    },
  );
});
