import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { repositoryNamed, tagNamed } from '../collector/testing/imageTree.ts';
import { layout } from '../storage/layout.ts';
import { signal } from '../storage/testing/testStorage.ts';
import { FilesystemDriver } from '../storage/filesystem/driver.ts';
import { MemoryDisk } from '../storage/testing/memoryDisk.ts';
import { MemoryDriver } from '../storage/testing/memoryDriver.ts';
import { EvidenceWorld, hears } from './testing/evidenceWorld.ts';
import { describeEvidence } from './testing/evidenceSuite.ts';

describeEvidence('in a directory', async () => {
  const root = mkdtempSync(join(tmpdir(), 'coppice-evidence-'));
  return {
    another: () => new FilesystemDriver(root),
    dispose: async () => {
      rmSync(root, { recursive: true, force: true });
    },
  };
});

describeEvidence('in memory', async () => {
  let time = 1_700_000_000_000;
  const disk = new MemoryDisk(() => (time += 1));
  return { another: () => new MemoryDriver(disk), dispose: async () => undefined };
});

it('keeps a word that only the slower of two mergers has read', async () => {
  let time = 1_700_000_000_000;
  const disk = new MemoryDisk(() => (time += 1));
  /** A merger that does something before it makes its first coverage. */
  const merger = (before: () => Promise<unknown>): EvidenceWorld => {
    let isFirst = true;
    const hold = async (method: string, path: string): Promise<void> => {
      if (method !== 'create' || !path.startsWith(layout.pullCoverages) || !isFirst) return;
      isFirst = false;
      await before();
    };
    return new EvidenceWorld(new MemoryDriver(disk, { before: hold }));
  };
  const world = new EvidenceWorld(new MemoryDriver(disk));
  const one = await world.recorder('one');
  const [reached, goOn] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
  const first = merger(async () => {
    reached.resolve(undefined);
    await goOn.promise;
  }).merge();
  await reached.promise;
  const [app, v1] = [repositoryNamed('team/app'), tagNamed('v1')];
  hears(one, app, v1);
  await one.say(signal);
  await merger(async () => {
    goOn.resolve(undefined);
    await first;
  }).merge();
  await one.end(signal);
  world.instances = [];
  expect((await world.read(app, await world.now()))?.tag(v1)).toBeDefined();
});
