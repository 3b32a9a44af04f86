import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FilesystemDriver } from '../../registry/storage/filesystem/driver.ts';
import { CutDisk, type DiskKind } from './cutDisk.ts';

const { signal } = new AbortController();
const path = '/docker/registry/coppice/v1/records/made';

describe.each(['xfs', 'ext4'] as const satisfies readonly DiskKind[])('%s, when it goes down', (kind) => {
  let disk: CutDisk | { readonly lacks: string };
  beforeEach(async () => {
    disk = await CutDisk.make(kind);
  });
  afterEach(async () => {
    if (disk instanceof CutDisk) await disk.drop();
  });

  // Found by the power cuts: an acknowledged tag held nothing on xfs, which calls a directory synced whose changes it dropped.
  it('W7: is never said to have kept a name that was not synced', async ({ skip }) => {
    if (!(disk instanceof CutDisk)) return skip(`SKIPPED: power cuts of ${kind}: ${disk.lacks}`);
    const { directory } = disk;
    const driver = new FilesystemDriver(directory);
    await driver.create(`${path} before`, Buffer.from('whole'), signal); // its directory stands, durable
    const goDown = disk.cutNow.bind(disk, 'logLost'); // between the link and the sync of its directory
    await expect(driver.create(path, Buffer.from('lost'), signal, goDown)).rejects.toMatchObject({
      name: 'StorageError',
      cause: { code: 'EIO' },
    });
    await disk.comeBack();
    expect(existsSync(`${directory}${path}`)).toBe(false);
    expect(existsSync(`${directory}${path} before`)).toBe(true);
  });

  it('is taken away all the same', async ({ skip }) => {
    if (!(disk instanceof CutDisk)) return skip(`SKIPPED: power cuts of ${kind}: ${disk.lacks}`);
    const down = disk;
    disk = { lacks: 'nothing: this test takes it away' };
    await down.cut('logLost');
    await down.drop();
    const { directory } = down;
    expect(await readFile('/proc/self/mounts', 'utf8')).not.toContain(directory);
    expect(existsSync(directory)).toBe(false);
  });
});
