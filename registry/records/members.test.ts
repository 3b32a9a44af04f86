import { beforeEach, describe, expect, it } from 'vitest';
import { parseRunId, parseStorageId } from '../../core/window/identity.ts';
import { hasAnswered, type MemberRecord } from '../../core/window/member.ts';
import { parseTokenHash, type TokenHash } from '../../core/window/token.ts';
import { layout } from '../storage/layout.ts';
import { MemoryDisk } from '../storage/testing/memoryDisk.ts';
import { MemoryDriver } from '../storage/testing/memoryDriver.ts';
import { known, lifeId, signal, utf8, windowId } from '../storage/testing/testStorage.ts';
import { HeldStore } from './heldStore.ts';
import { MemberStore } from './members.ts';

const life = lifeId('life-1');
const run = known(parseRunId('run-1'));
const hashes = ['0', '1', '2', '3'].map((digit): TokenHash => known(parseTokenHash(digit.repeat(32))));
const [zero, one, two, three] = hashes;

const record: MemberRecord = {
  life,
  storage: known(parseStorageId('s')),
  instance: 'i',
  generation: 1,
  version: 'v',
  protocol: 1,
  startedAt: '2026-01-01T00:00:00Z',
  left: false,
};

function acknowledging(touchedUpTo: number, segments: number): MemberRecord {
  const acknowledged = { epoch: 5, run, phase: 'HOLDING', touchedUpTo, segments, overflow: false } as const;
  return { ...record, acknowledged };
}

describe('members', () => {
  let driver: MemoryDriver;
  let members: MemberStore;
  beforeEach(async () => {
    driver = new MemoryDriver(new MemoryDisk(() => 1_000_000));
    members = new MemberStore(driver);
    await driver.beginLife(life, signal);
  });

  it('reads each segment once, after those that were read before', async () => {
    await members.write(life, acknowledging(3, 2), 'make', signal);
    await members.appendSegment(life, run, 0, [known(zero), known(one)], signal);
    await members.appendSegment(life, run, 1, [known(two)], signal);
    await members.appendSegment(life, run, 2, [known(three)], signal); // the record does not count it yet
    const [all] = await members.readAll({ run, read: new Map() }, signal);
    expect(all).toEqual({ record: acknowledging(3, 2), modifiedAt: 1_000_000, touched: hashes.slice(0, 3) });
    const [rest] = await members.readAll({ run, read: new Map([[life, 1]]) }, signal);
    expect(rest?.touched).toEqual([two]);
  });

  it('W2: reads no journal of another run', async () => {
    await members.write(life, acknowledging(1, 1), 'make', signal);
    await members.appendSegment(life, run, 0, [known(zero)], signal);
    const [view] = await members.readAll({ run: known(parseRunId('run-2')), read: new Map() }, signal);
    expect(view?.touched).toEqual([]);
  });

  it('takes a life whose record went between listing and reading for absent', async () => {
    const other = lifeId('life-2');
    await members.write(life, record, 'make', signal);
    await driver.write(layout.segment(other, run, 0), utf8('x'), signal); // a folder without a record
    expect(await members.list(signal)).toHaveLength(2);
    expect((await members.readAll({ run, read: new Map() }, signal)).map((view) => view.record.life)).toEqual([life]);
  });

  it('G1: rejects a journal that was cut off, or that lacks a segment', async () => {
    await members.write(life, acknowledging(2, 1), 'make', signal);
    await expect(members.readAll({ run, read: new Map() }, signal)).rejects.toThrow('are not there');
    await members.appendSegment(life, run, 0, [known(zero)], signal);
    await expect(members.readAll({ run, read: new Map() }, signal)).rejects.toThrow('holds 1 of 2');
    await driver.write(layout.segment(life, run, 0), new Uint8Array(31), signal);
    await expect(members.readAll({ run, read: new Map() }, signal)).rejects.toThrow('not understood');
  });

  it('G1: rejects a record that is cut off, of another life, or of another protocol', async () => {
    for (const bytes of [
      JSON.stringify(record).slice(0, -1),
      JSON.stringify({ ...record, life: 'life-2' }),
      JSON.stringify({ ...record, protocol: 2 }),
      JSON.stringify({ ...record, left: undefined }),
    ]) {
      await driver.write(layout.life(life), utf8(bytes), signal);
      await expect(members.readAll({ run, read: new Map() }, signal), bytes).rejects.toThrow('not understood');
    }
  });

  it('W1: counts a life whose record was lost with the power as a member that has not answered', async () => {
    for (const bytes of ['', '\0'.repeat(200)]) {
      await driver.write(layout.life(life), utf8(bytes), signal);
      const [view, ...others] = await members.readAll({ run, read: new Map() }, signal);
      expect(others).toEqual([]);
      expect(view).toMatchObject({ record: { life, left: false }, touched: [] });
      expect(view && hasAnswered(view, run, 1)).toBe(false);
      expect(await members.read(life, signal)).toBeUndefined();
    }
  });

  it('refuses to make a record again that was removed', async () => {
    await members.write(life, record, 'make', signal);
    await members.remove(life, signal);
    expect(await members.write(life, record, 'replace', signal)).toBe('refused');
    expect(await members.list(signal)).toEqual([]);
  });
});

describe('held sets', () => {
  const name = windowId('w');

  it('are read as they were written, sorted and each once', async () => {
    const held = new HeldStore(new MemoryDriver(new MemoryDisk(() => 1)));
    const reference = await held.write(name, [known(two), known(zero), known(two)], signal);
    expect(reference).toMatchObject({ name: 'w', count: 2 });
    expect([...(await held.read(reference, signal))]).toEqual([zero, two]);
  });

  it('are never written twice under one name', async () => {
    const held = new HeldStore(new MemoryDriver(new MemoryDisk(() => 1)));
    await held.write(name, [known(two)], signal);
    await expect(held.write(name, [known(zero)], signal)).rejects.toThrow('there already');
  });

  it('G1: reject what is not, byte for byte, what the gate names', async () => {
    const driver = new MemoryDriver(new MemoryDisk(() => 1));
    const held = new HeldStore(driver);
    const reference = await held.write(name, [known(two), known(zero)], signal);
    const bytes = known(await driver.readSmall(layout.held(name), 64, signal)).bytes;
    await expect(held.read({ ...reference, name: 'x' }, signal)).rejects.toThrow('not there');
    await expect(held.read({ ...reference, name: '../gate' }, signal)).rejects.toThrow('not understood');
    await expect(held.read({ ...reference, count: 3 }, signal)).rejects.toThrow('not understood');
    await driver.write(layout.held(name), bytes.subarray(0, 16), signal);
    await expect(held.read(reference, signal)).rejects.toThrow('not understood');
    await driver.write(
      layout.held(name),
      bytes.map((byte) => byte ^ 1),
      signal,
    );
    await expect(held.read(reference, signal)).rejects.toThrow('not understood');
  });

  it('are pruned when they are old and the gate does not name them', async () => {
    let now = 1;
    const driver = new MemoryDriver(new MemoryDisk(() => now));
    const held = new HeldStore(driver);
    const current = await held.write(name, [known(two)], signal);
    await held.write(windowId('old'), [known(two)], signal);
    now = 100;
    await held.write(windowId('coming'), [known(two)], signal);
    await held.prune(current, 50, signal);
    const left = known(await driver.list(layout.heldSets, signal)).map((entry) => entry.name);
    expect(left.toSorted()).toEqual(['coming', 'w']);
  });
});
