import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { parseLifeId, parseStorageId, type StorageId } from '../../core/window/identity.ts';
import { layout } from '../storage/layout.ts';
import { MemoryDisk } from '../storage/testing/memoryDisk.ts';
import { MemoryDriver } from '../storage/testing/memoryDriver.ts';
import type { StorageIdentity } from '../records/storageId.ts';
import { openStorage } from './startup.ts';
import { durations, known, recordsOn, signal } from './testing/testWorld.ts';

const bytes = new TextEncoder().encode('{}');

describe('opening a storage', () => {
  let disk: MemoryDisk;
  let driver: MemoryDriver;
  beforeEach(() => {
    disk = new MemoryDisk(() => 1_000_000);
    driver = new MemoryDriver(disk);
  });

  function open(configured = durations): Promise<StorageIdentity> {
    const store = new MemoryDriver(disk);
    const freshStorage = (): StorageId => known(parseStorageId(randomUUID()));
    return openStorage({ store, records: recordsOn(store), freshStorage }, configured, signal);
  }

  it('gives a new storage one id and one gate, however many start at once', async () => {
    const identities = await Promise.all(Array.from({ length: 8 }, () => open()));
    expect(new Set(identities.map(({ id }) => id)).size).toBe(1);
    const gate = await recordsOn(driver).gates.read(signal);
    expect(gate).toEqual({ storage: identities[0]?.id, epoch: 1, durations, fenced: [], phase: 'OPEN' });
  });

  it('G1: says that a storage was served by others before', async () => {
    await driver.create(`${layout.repositories}/app/_manifests/tags/v1/current/link`, bytes, signal);
    expect(await open()).toMatchObject({ foreign: true, adopted: false });
    const { storage } = recordsOn(driver);
    await storage.adopt(signal);
    expect(await open()).toMatchObject({ foreign: true, adopted: true });
  });

  it('finds nothing foreign on a storage that is new', async () => {
    expect(await open()).toMatchObject({ foreign: false, adopted: true });
  });

  it('refuses durations that are not those of the gate, and names them', async () => {
    await open();
    await expect(open({ ...durations, windowMs: 60_000 })).rejects.toThrow(
      'replicas of one storage must agree: window is 60000 ms here and 30000 ms on the storage',
    );
  });

  it('refuses a storage with members and without a gate', async () => {
    const life = known(parseLifeId('a'));
    await driver.beginLife(life, signal);
    await driver.commitRecord(life, layout.life(life), bytes, 'make', signal);
    await expect(open()).rejects.toThrow('storage.json is gone');
    expect(await driver.stat(layout.storage, signal)).toBeUndefined();
  });

  it('refuses a storage whose id is gone', async () => {
    await open();
    await driver.discard(layout.storage, signal);
    await expect(open()).rejects.toThrow('storage.json is gone');
  });

  it('refuses a gate of another storage', async () => {
    await open();
    await driver.discard(layout.storage, signal);
    const other = known(parseStorageId('other'));
    await recordsOn(driver).storage.create({ id: other, protocol: 1, foreign: false, adopted: true }, signal);
    await expect(open()).rejects.toThrow('says other');
  });

  it('W4: refuses a gate that it does not understand', async () => {
    await open();
    await driver.write(layout.gate(2), bytes, signal);
    await expect(open()).rejects.toThrow('not understood');
  });
});
