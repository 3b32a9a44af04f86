import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Driver, Entry } from './driver.ts';
import { StorageError, StorageFull } from './driver.ts';
import { FilesystemDriver } from './filesystem/driver.ts';
import { layout } from './layout.ts';
import { probeStorage } from './probe.ts';
import { MemoryDisk } from './testing/memoryDisk.ts';
import { MemoryDriver } from './testing/memoryDriver.ts';
import { lifeId, signal, windowId } from './testing/testStorage.ts';
import { trashName } from './trash.ts';

const ports = { life: lifeId('probing'), window: windowId('probing') };

function memory(): MemoryDriver {
  let time = 0;
  return new MemoryDriver(new MemoryDisk(() => (time += 1)));
}

/** A storage that does one thing otherwise than it should. */
function otherwise(wrong: Partial<Driver>, driver: Driver = memory()): Driver {
  return new Proxy<Driver>(driver, {
    get: (target, name: keyof Driver) => wrong[name] ?? target[name].bind(target),
  });
}

/** Lists the probe's own folder as a file system would that keeps no case. */
async function lowerCase(path: string): Promise<readonly Entry[]> {
  return path.startsWith(layout.temporaries) ? [{ name: 'writable', kind: 'file' }] : [{ name: trashed, kind: 'file' }];
}
const trashed = trashName(layout.probes(ports.life)[0] ?? '');

describe('the probe at start', () => {
  it('finds a file system fit, and leaves nothing behind', async () => {
    const root = await mkdtemp(join(tmpdir(), 'coppice-probe-'));
    try {
      expect(await probeStorage(new FilesystemDriver(root), ports, signal)).toEqual({ ok: true });
      const left = await readdir(root, { recursive: true, withFileTypes: true });
      expect(left.filter((entry) => !entry.isDirectory())).toEqual([]);
      expect(left.filter(({ name }) => name.includes('prob'))).toEqual([]);
    } finally {
      await rm(root, { recursive: true });
    }
  });

  const cases: { name: string; wrong: Partial<Driver>; lacks: RegExp }[] = [
    { name: 'creates twice', wrong: { create: async () => 'created' }, lacks: /^exclusive creation/ },
    {
      name: 'knows no hard links',
      wrong: { create: async (path) => Promise.reject(new StorageError(path, 'EPERM')) },
      lacks: /^exclusive creation .*EPERM/,
    },
    {
      name: 'forgets the case',
      wrong: { list: lowerCase },
      lacks: /keep their case/,
    },
    { name: 'refuses commits in time', wrong: { commit: async () => 'refused' }, lacks: /^commits from/ },
    { name: 'lands late commits', wrong: { commit: async () => 'landed' }, lacks: /^commits from/ },
    {
      name: 'lies on two file systems',
      wrong: { commit: async (_life, path) => Promise.reject(new StorageError(path, 'EXDEV: cross-device link')) },
      lacks: /^commits from .*EXDEV/,
    },
    { name: 'removes after the end', wrong: { endWindow: async () => undefined }, lacks: /^removals from/ },
  ];
  it.each(cases)('W1: names what a storage lacks that $name', async ({ wrong, lacks }) => {
    const result = await probeStorage(otherwise(wrong), ports, signal);
    expect(result.ok ? [] : result.lacks).toEqual([expect.stringMatching(lacks)]);
  });

  it('rejects when the storage is full, and does not say that it lacks anything', async () => {
    const full = otherwise({ commit: async (_life, path) => Promise.reject(new StorageFull(path, 'full')) });
    await expect(probeStorage(full, ports, signal)).rejects.toThrow(StorageFull);
  });

  it('does not take it for a fault of the storage that a run, as it begins, takes away the stage it probes with', async () => {
    const driver = memory();
    let runs = 3;
    const commit: Driver['commit'] = async (life, ...rest) => {
      runs -= 1;
      if (runs >= 0) await driver.endLife(life, signal); // as a run's tidying does with a stage that has no record
      return driver.commit(life, ...rest);
    };
    const besideRuns = otherwise({ commit }, driver);
    expect(await probeStorage(besideRuns, ports, signal)).toEqual({ ok: true });
    expect(runs).toBeLessThan(0);
  });

  it('names the time that does not move, if the clock stands', async () => {
    const result = await probeStorage(
      new MemoryDriver(new MemoryDisk(() => 5)),
      { ...ports, wait: async () => undefined },
      signal,
    );
    expect(result).toEqual({ ok: false, lacks: [expect.stringMatching(/modification time/)] });
  });

  it('rejects with the path when the storage is not writable', async () => {
    const readOnly = otherwise({ write: async (path) => Promise.reject(new StorageError(path, 'EROFS: read-only')) });
    await expect(probeStorage(readOnly, ports, signal)).rejects.toThrow(/^\/coppice\/v1\/temporary.*EROFS/);
  });
});
