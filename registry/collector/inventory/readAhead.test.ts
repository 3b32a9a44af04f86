import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { InventoryEntry, Look } from '../../../core/reach/inventory.ts';
import { layout } from '../../storage/layout.ts';
import { ImageTree, repositoryNamed } from '../testing/imageTree.ts';
import { patientThreads } from '../testing/patientThreads.ts';
import { ReadAhead } from './readAhead.ts';
import { SyncTree } from './syncTree.ts';
import { TreeInventory } from './treeInventory.ts';

const { signal } = new AbortController();

describe('reading ahead of a walk', () => {
  let tree: ImageTree;
  beforeEach(() => {
    tree = new ImageTree(mkdtempSync(join(tmpdir(), 'coppice-ahead-')));
    for (let number = 0; number < 300; number += 1) tree.image('team/app', `image ${number}`, { tag: `v${number}` });
  });
  afterEach(() => {
    rmSync(tree.root, { recursive: true, force: true });
  });

  /** A walk beside a clock and a count of waits that go on by so much each time they are asked. */
  function ahead(each: { readonly ms: number; readonly waits: number }): ReadAhead {
    let [now, waits] = [0, 0];
    return new ReadAhead({
      root: tree.root,
      threads: 3,
      mono: () => (now += each.ms),
      waits: () => (waits += each.waits),
    });
  }

  /** Everything that is listed, and a look at each. */
  async function walk(reading?: ReadAhead): Promise<readonly [InventoryEntry[], (Look | undefined)[]]> {
    const inventory = new TreeInventory(
      new SyncTree(tree.root),
      () => Promise.resolve([]),
      reading && { ahead: reading },
    );
    const [all, looks]: [InventoryEntry[], (Look | undefined)[]] = [[], []];
    for await (const batch of inventory.entries(signal)) {
      all.push(...batch);
      const looked = batch.filter((entry) => entry.kind !== 'repository' && entry.kind !== 'tag');
      looks.push(...(await inventory.look(looked, signal)));
    }
    return [all, looks];
  }

  it('begins for a walk that waits for its storage, and changes nothing of what it finds', async () => {
    const slow = ahead({ ms: 1000, waits: 1000 });
    expect(await walk(slow)).toEqual(await walk());
    expect(slow.isReading).toBe(true);
  });

  it('does not begin for one that is fast, or that only has too little of the processor', async () => {
    const fast = ahead({ ms: 0.001, waits: 1000 });
    const crowded = ahead({ ms: 1000, waits: 0.01 });
    expect(await walk(fast)).toEqual(await walk(crowded));
    expect([fast.isReading, crowded.isReading]).toEqual([false, false]);
  });

  it.runIf(process.platform === 'linux')('leaves the processors to whoever serves', async () => {
    const slow = ahead({ ms: 1_000_000, waits: 1000 });
    slow.passed(1000);
    await expect.poll(patientThreads, { timeout: 60_000 }).toBeGreaterThanOrEqual(3);
    await slow.end();
  });

  it('G1: leaves to the walk what cannot be read', async () => {
    const blobs = `${layout.revisions(repositoryNamed('team/app'))}/sha256/${'a'.repeat(64)}`;
    tree.write(`${blobs}/other`, 'no link');
    symlinkSync('nowhere', tree.place(`${blobs}/link`));
    await expect(walk(ahead({ ms: 1000, waits: 1000 }))).rejects.toMatchObject({ object: `${blobs}/link` });
  });
});
