import { beforeEach, describe, expect, it } from 'vitest';
import { parseDigest } from '../../core/oci/digest.ts';
import { parseRepositoryName, parseTag } from '../../core/oci/reference.ts';
import { parseStorageId } from '../../core/window/identity.ts';
import { layout } from '../storage/layout.ts';
import { MemoryDisk } from '../storage/testing/memoryDisk.ts';
import { MemoryDriver } from '../storage/testing/memoryDriver.ts';
import { known, signal, utf8 } from '../storage/testing/testStorage.ts';
import { ProtectionStore, type SourceProtections } from './protections.ts';
import { StorageIdStore } from './storageId.ts';
import { isLapsed, TombstoneStore } from './tombstones.ts';

const digest = known(parseDigest(`sha256:${'a'.repeat(64)}`));
const repository = known(parseRepositoryName('a/b'));
const tag = known(parseTag('v1'));
const said: SourceProtections = {
  observedAt: 1_000_000,
  maxAgeMs: 600_000,
  complete: true,
  digests: [digest],
  tags: [{ repository, tag }],
};

describe('protections', () => {
  let driver: MemoryDriver;
  let protections: ProtectionStore;
  beforeEach(() => {
    driver = new MemoryDriver(new MemoryDisk(() => 1_000_000));
    protections = new ProtectionStore(driver, new StorageIdStore(driver));
  });

  it('G3: bind together, and are sure while every source is fresh and complete', async () => {
    await protections.put('cluster', said, signal);
    await protections.put('hand', { ...said, tags: [] }, signal);
    expect(await protections.state(1_600_000, signal)).toEqual({
      protections: { digests: [digest, digest], tags: [{ repository, tag }] },
      unsure: [],
    });
  });

  const doubts: { name: string; change: Partial<SourceProtections>; now: number; why: string }[] = [
    { name: 'is older than its age allows', change: {}, now: 1_600_001, why: 'stale' },
    { name: 'could not list everything', change: { complete: false }, now: 1_000_000, why: 'incomplete' },
    { name: 'was observed in the future', change: { observedAt: 1_060_001 }, now: 1_000_000, why: 'ahead' },
  ];
  it.each(doubts)('G3: protect on, but make runs unsure, when a source $name', async ({ change, now, why }) => {
    await protections.put('cluster', { ...said, ...change }, signal);
    const state = await protections.state(now, signal);
    expect(state.unsure).toEqual([{ source: 'cluster', why }]);
    expect(state.protections.digests).toEqual([digest]);
  });

  it('G3: miss a source whose record is gone, until it is forgotten by name', async () => {
    await protections.put('cluster', said, signal);
    await driver.discard(layout.protectionsOf('cluster'), signal);
    expect((await protections.state(1_000_000, signal)).unsure).toEqual([{ source: 'cluster', why: 'absent' }]);
    await protections.forget('cluster', signal);
    expect(await protections.state(1_000_000, signal)).toEqual({ protections: { digests: [], tags: [] }, unsure: [] });
  });

  it('G3: miss a source that only storage.json names', async () => {
    const identity = { id: known(parseStorageId('s')), protocol: 1, foreign: false, adopted: true } as const;
    await new StorageIdStore(driver).create({ ...identity, sources: ['cluster'] }, signal);
    expect((await protections.state(1_000_000, signal)).unsure).toEqual([{ source: 'cluster', why: 'absent' }]);
  });

  it('G1: reject what is not understood', async () => {
    for (const bytes of ['', '{}', JSON.stringify({ ...said, digests: ['sha256:ab'] })]) {
      await driver.write(layout.protectionsOf('cluster'), utf8(bytes), signal);
      await expect(protections.state(1_000_000, signal), bytes).rejects.toThrow('not understood');
    }
  });

  it('refuse a name that is none', async () => {
    for (const source of ['', '../gate', 'a.b', 'named.x', 'A']) {
      await expect(protections.put(source, said, signal), source).rejects.toThrow();
    }
  });
});

describe('tombstones', () => {
  const tombstone = {
    id: 't1',
    repository,
    kind: 'tag',
    digest,
    tags: [tag],
    group: [digest],
    at: 10,
    until: 20,
    who: 'policy',
    why: 'keep 3',
  } as const;

  it('are read as they were written, each once', async () => {
    const store = new TombstoneStore(new MemoryDriver(new MemoryDisk(() => 1)));
    await store.write(tombstone, signal);
    await expect(store.write(tombstone, signal)).rejects.toThrow('there already');
    expect(await store.list(signal)).toEqual([tombstone]);
    await store.remove('t1', signal);
    expect(await store.list(signal)).toEqual([]);
  });

  it('G3: are roots to their last moment', () => {
    expect(isLapsed(tombstone, 20)).toBe(false);
    expect(isLapsed(tombstone, 21)).toBe(true);
  });

  it('G1: reject all where one is not understood', async () => {
    const driver = new MemoryDriver(new MemoryDisk(() => 1));
    const store = new TombstoneStore(driver);
    await store.write(tombstone, signal);
    for (const bytes of ['', JSON.stringify(tombstone), JSON.stringify({ ...tombstone, id: 't2', until: null })]) {
      await driver.write(layout.tombstone('t2'), utf8(bytes), signal);
      await expect(store.list(signal), bytes).rejects.toThrow('not understood');
    }
  });
});
