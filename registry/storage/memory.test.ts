import { describe, expect, it } from 'vitest';
import { describeDriver } from './testing/driverSuite.ts';
import { MemoryDisk } from './testing/memoryDisk.ts';
import { MemoryDriver } from './testing/memoryDriver.ts';
import { lifeId, signal, textAt, utf8 } from './testing/testStorage.ts';

function tickingDisk(): MemoryDisk {
  let time = 1_700_000_000_000;
  return new MemoryDisk(() => (time += 1));
}

describeDriver('memory', async () => {
  const disk = tickingDisk();
  return { another: () => new MemoryDriver(disk), dispose: async () => undefined };
});

describe('memory driver, steered', () => {
  it('holds a call back right before its step', async () => {
    const disk = tickingDisk();
    const life = lifeId('l1');
    const reached = Promise.withResolvers<undefined>();
    const goOn = Promise.withResolvers<undefined>();
    const paused = new MemoryDriver(disk, {
      before: async (method) => {
        if (method !== 'commit') return;
        reached.resolve(undefined);
        await goOn.promise;
      },
    });
    await paused.beginLife(life, signal);
    const committing = paused.commit(life, '/docker/x', utf8('late'), signal);
    await reached.promise;
    await new MemoryDriver(disk).endLife(life, signal);
    goOn.resolve(undefined);
    expect(await committing).toBe('refused');
    expect(await textAt(paused, '/docker/x')).toBeUndefined();
  });

  it('fails a call that a test wants to fail, and changes nothing', async () => {
    const disk = tickingDisk();
    const failing = new MemoryDriver(disk, {
      before: (_method, path) => {
        throw new Error(`no disk for ${path}`);
      },
    });
    await expect(failing.write('/coppice/v1/x', utf8(''), signal)).rejects.toThrow('no disk for /coppice/v1/x');
    expect(await new MemoryDriver(disk).stat('/coppice/v1/x', signal)).toBeUndefined();
  });
});
