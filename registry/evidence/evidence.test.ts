import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FilesystemDriver } from '../storage/filesystem/driver.ts';
import { MemoryDisk } from '../storage/testing/memoryDisk.ts';
import { MemoryDriver } from '../storage/testing/memoryDriver.ts';
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
