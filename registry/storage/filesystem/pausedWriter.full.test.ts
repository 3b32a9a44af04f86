import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { StorageFull } from '../driver.ts';
import { layout } from '../layout.ts';
import { probeStorage } from '../probe.ts';
import { describeDriver } from '../testing/driverSuite.ts';
import { lifeId, namesAt, signal, textAt, utf8, windowId } from '../testing/testStorage.ts';
import { FilesystemDriver } from './driver.ts';
import { mountLoop } from './testing/loopMount.ts';
import { describePausedWriter } from './testing/pausedWriterSuite.ts';

const life = lifeId('l1');
const blob = '/docker/registry/v2/blobs/sha256/ab/ab12/data';

/* Real file systems of their own: who runs this needs root, mkfs and loop devices. */
for (const kind of ['ext4', 'xfs'] as const) {
  const mounted = await mountLoop(kind, 320);
  if ('lacks' in mounted) {
    console.warn(`SKIPPED: paused writers on ${kind}: ${mounted.lacks}`);
    describe.skip(`a paused writer on ${kind} (lacks: ${mounted.lacks})`, () => undefined);
    continue;
  }
  const freshRoot = async (): Promise<string> => mkdtemp(join(mounted.directory, 'root-'));

  describe(`on a mounted ${kind}`, () => {
    afterAll(async () => mounted.unmount());

    describePausedWriter(kind, async () => {
      const root = await freshRoot();
      return { root, dispose: async () => rm(root, { recursive: true }) };
    });

    describeDriver(`filesystem on ${kind}`, async () => {
      const root = await freshRoot();
      return { another: () => new FilesystemDriver(root), dispose: async () => rm(root, { recursive: true }) };
    });

    it('the probe finds it fit, and unfit when commits would cross to another file system', async () => {
      const ports = { life, window: windowId('w1') };
      expect(await probeStorage(new FilesystemDriver(await freshRoot()), ports, signal)).toEqual({ ok: true });
      const [split, elsewhere] = [await freshRoot(), await mkdtemp(join(tmpdir(), 'coppice-elsewhere-'))];
      try {
        await symlink(elsewhere, join(split, 'docker'));
        const result = await probeStorage(new FilesystemDriver(split), ports, signal);
        expect(result.ok ? [] : result.lacks).toEqual([
          expect.stringMatching(/^commits from .*EXDEV/),
          expect.stringMatching(/^removals from .*EXDEV/),
        ]);
      } finally {
        await rm(elsewhere, { recursive: true });
      }
    });

    it('a full disk is told as such, changes nothing, and leaves room again', async () => {
      const driver = new FilesystemDriver(await freshRoot());
      await driver.beginLife(life, signal);
      await driver.commit(life, blob, utf8('old'), signal);
      const fill = `${layout.own}/reserve`;
      const block = new Uint8Array(1024 * 1024).fill(7);
      async function* endless(): AsyncGenerator<Uint8Array> {
        for (;;) yield block;
      }
      await expect(driver.append(fill, 0, endless(), signal)).rejects.toThrow(StorageFull);
      await expect(driver.commit(life, blob, block, signal)).rejects.toThrow(StorageFull);
      await expect(driver.write(layout.storage, block, signal)).rejects.toThrow(StorageFull);
      expect(await textAt(driver, blob)).toBe('old');
      expect(await driver.stat(layout.storage, signal)).toBeUndefined();
      expect(await namesAt(driver, layout.stage(life))).toEqual([]);
      expect((await namesAt(driver, layout.temporaries)) ?? []).toEqual([]); // a disk this full has no room for the folder either
      await driver.discard(fill, signal);
      expect(await driver.commit(life, blob, block, signal)).toBe('landed');
    });
  });
}
