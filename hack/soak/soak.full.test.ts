import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Tally } from '../load/tally.ts';
import { coppiceContestant } from './coppice.ts';
import { openDisk } from './disk.ts';
import { harmsOn } from './harm.ts';
import { held } from './holds.ts';
import { Soak } from './soak.ts';

const { signal } = new AbortController();
const options = { minutes: 1, seed: 'full', pushers: 6 };
/** W5: until a push is acknowledged again after a harm. A window lapses after four seconds; the rest is for a machine that has other things to do. */
const longestMs = 30_000;

const folder = await mkdtemp(join(tmpdir(), 'coppice-soak-'));
const disk = await openDisk(folder);
if ('lacks' in disk.full)
  console.warn(`SKIPPED: the disk of the soak is never full, for this machine lacks a loop mount: ${disk.full.lacks}`);

describe('three replicas and collections on one directory, under kills, stops and a full disk', () => {
  afterAll(async () => {
    await disk.drop();
    await rm(folder, { recursive: true });
  });

  it('G2, W5, W6: nothing acknowledged is lost, nothing deleted comes back, garbage goes, and nobody is held for what others remove', async () => {
    const tally = new Tally();
    const contestant = await coppiceContestant(folder, disk.storage, tally);
    const tell = (line: string): void => {
      console.log(line);
    };
    const { fallen, losses, leftovers, holds, ...figures } = await new Soak(contestant, disk, tally, {
      ...options,
      tell,
    }).run(signal);
    console.log([...tally.lines, ...Array.from(tally.notes, (note) => `seen: ${note}`)].join('\n'));

    expect(fallen).toEqual([]);
    expect(losses).toEqual([]);
    expect(leftovers).toMatchObject({ garbage: 0, missing: 0 });
    expect(held(holds.fresh.holds)).toBe(0);
    expect(figures.slowestMs).toBeLessThan(longestMs);

    // What was attacked, or all of that says nothing.
    for (const kind of harmsOn(disk)) expect(tally.of('harm', kind), kind).toBeGreaterThan(0);
    for (const what of ['image', 'index', 'mount', 'referrer', 'retag'])
      expect(tally.of(what, 'acknowledged'), what).toBeGreaterThan(0);
    expect(figures.acknowledged).toBeGreaterThan(20);
    expect(tally.of('delete tag', 'deleted') + tally.of('delete manifest', 'deleted')).toBeGreaterThan(0);
    expect(tally.of('collection', 'Completed')).toBeGreaterThan(0);
    expect(tally.of('read', 'in order')).toBeGreaterThan(20);
    expect(holds.fresh.holds.manifests).toBeGreaterThan(0);
    expect(tally.of('fresh delete', 'deleted')).toBeGreaterThan(0);
  });
});
