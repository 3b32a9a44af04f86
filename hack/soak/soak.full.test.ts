import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Tally } from '../load/tally.ts';
import { coppiceContestant } from './coppice.ts';
import { type Disk, openDisk } from './disk.ts';
import { held, inWords } from './holds.ts';
import { Soak } from './soak.ts';

const { signal } = new AbortController();

describe('a minute of everything that happens to a registry', () => {
  let folder: string;
  let disk: Disk;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'coppice-soak-'));
    disk = await openDisk(folder);
    if ('lacks' in disk.full)
      console.warn(`SKIPPED: the disk is never full, this machine lacks it: ${disk.full.lacks}`);
  });
  afterAll(async () => {
    await disk.drop();
    await rm(folder, { recursive: true });
  });

  it('G2: loses nothing that was acknowledged, brings nothing back that was deleted, and lets garbage go', async () => {
    const tally = new Tally();
    const contestant = await coppiceContestant(folder, disk.storage, tally);
    const options = { minutes: 1, seed: 'full', pushers: 6, tell: () => undefined };
    const { losses, leftovers, holds, acknowledged } = await new Soak(contestant, disk, tally, options).run(signal);
    console.log([...tally.lines, inWords(holds.calm.holds, holds.calm.seconds)].join('\n'));
    expect(losses).toEqual([]);
    expect(leftovers).toMatchObject({ garbage: 0, missing: 0 });
    expect(acknowledged).toBeGreaterThan(50);
    expect(held(holds.fresh.holds), 'W6: what touches no candidate is never held').toBe(0);
  });
});
