import { beforeEach, describe, expect, it } from 'vitest';
import { StorageFull } from '../storage/driver.ts';
import { layout } from '../storage/layout.ts';
import { MemoryDisk } from '../storage/testing/memoryDisk.ts';
import { MemoryDriver } from '../storage/testing/memoryDriver.ts';
import { lifeId, signal, utf8 } from '../storage/testing/testStorage.ts';
import { MemberStore } from './members.ts';
import { Reserve, reserveBytes, reserved } from './reserve.ts';

describe('the reserve', () => {
  let driver: MemoryDriver;
  let reserve: Reserve;
  let isFull = false;

  beforeEach(() => {
    isFull = false;
    driver = fullable(new MemoryDisk(() => 1));
    reserve = new Reserve(driver, (sizeBytes) => new Uint8Array(sizeBytes).fill(7));
  });

  /** Has no room while `isFull`, but for what the reserve leaves when it goes. */
  function fullable(disk: MemoryDisk): MemoryDriver {
    const look = new MemoryDriver(disk);
    return new MemoryDriver(disk, {
      before: async (method, path) => {
        if (!isFull || !['create', 'write', 'beginLife'].includes(method)) return;
        const stands = (await look.stat(layout.reserve, signal)) !== undefined;
        if (stands || path === layout.reserve) throw new StorageFull(path, 'full');
      },
    });
  }

  it('is given up for a record that meets a full storage, and made again when there is room', async () => {
    const store = reserved(driver, reserve);
    expect(await reserve.restore(signal)).toBe('made');
    expect(await reserve.restore(signal)).toBe('standing');
    expect((await driver.stat(layout.reserve, signal))?.sizeBytes).toBe(reserveBytes);
    isFull = true;
    expect(await store.create(layout.request('r'), utf8('x'), signal)).toBe('created');
    expect(await driver.stat(layout.reserve, signal)).toBeUndefined();
    expect(await reserve.restore(signal)).toBe('full');
    isFull = false;
    expect(await reserve.restore(signal)).toBe('made');
  });

  it('is given up for a life that begins on a full storage: without one nothing could be deleted there', async () => {
    expect(await reserve.restore(signal)).toBe('made');
    isFull = true;
    const members = new MemberStore(reserved(driver, reserve));
    await members.begin(lifeId('after'), signal);
    expect(await driver.standsLife(lifeId('after'), signal)).toBe(true);
  });

  it('refuses uploads while it is given up, and tries to stand again no more than once a second', async () => {
    await expect(reserve.mustStand(0, signal)).resolves.toBeUndefined(); // made when it is first asked for
    isFull = true;
    await driver.discard(layout.reserve, signal);
    await expect(reserve.mustStand(1000, signal)).rejects.toThrow(StorageFull);
    isFull = false;
    await expect(reserve.mustStand(1999, signal)).rejects.toThrow(StorageFull);
    await expect(reserve.mustStand(2000, signal)).resolves.toBeUndefined();
    expect((await driver.stat(layout.reserve, signal))?.sizeBytes).toBe(reserveBytes);
  });

  it('does not hide that a storage stays full', async () => {
    const store = reserved(driver, reserve);
    isFull = true;
    await expect(store.write(layout.reserve, utf8('x'), signal)).rejects.toThrow(StorageFull);
  });
});
