import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { begin, finish, firstGate, type Gate, type OpenGate } from '../../core/window/gate.ts';
import { parseRunId, parseStorageId } from '../../core/window/identity.ts';
import type { Driver } from '../storage/driver.ts';
import { FilesystemDriver } from '../storage/filesystem/driver.ts';
import { layout } from '../storage/layout.ts';
import { MemoryDisk } from '../storage/testing/memoryDisk.ts';
import { MemoryDriver } from '../storage/testing/memoryDriver.ts';
import { known, lifeId, namesAt, signal, utf8 } from '../storage/testing/testStorage.ts';
import { encodeGate } from './gateCodec.ts';
import { GateStore } from './gateStore.ts';

const storage = known(parseStorageId('s'));
const durations = { permitTTLMs: 10_000, windowMs: 30_000, promiseTTLMs: 3_600_000 };
const run = known(parseRunId('run'));
const life = lifeId('life');

function storeOn(driver: Driver): GateStore {
  return new GateStore(driver, {
    fresh: randomUUID,
    onPruningFailed: (error) => {
      throw error;
    },
  });
}

function following(gate: Gate): OpenGate {
  return { ...firstGate(storage, durations), epoch: gate.epoch + 1 };
}

async function refuse(): Promise<never> {
  return Promise.reject(new Error('nothing is written here'));
}

async function advance(store: GateStore, times: number): Promise<Gate> {
  for (let time = 0; time < times; time += 1) {
    const gate = await store.read(signal);
    const to = gate === undefined ? firstGate(storage, durations) : following(gate);
    expect(await store.cas(to, signal)).toBe('won');
  }
  await store.idle();
  return known(await store.read(signal));
}

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'coppice-gate-'));
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

const disks = [
  { on: 'a filesystem', open: (): (() => Driver) => () => new FilesystemDriver(root) },
  {
    on: 'memory',
    open: (): (() => Driver) => {
      const disk = new MemoryDisk(() => 1_000_000);
      return () => new MemoryDriver(disk);
    },
  },
];

describe.each(disks)('the gate on $on', ({ open }) => {
  it('is absent on a storage that has none', async () => {
    expect(await storeOn(open()()).read(signal)).toBeUndefined();
  });

  it('is read by others as it was written', async () => {
    const driver = open();
    const first = await advance(storeOn(driver()), 1);
    const marking = begin(known(first.phase === 'OPEN' ? first : undefined), run, { name: 'x', nudge: 'http://a' });
    const reader = storeOn(driver());
    expect(await reader.read(signal)).toEqual(first);
    expect(await storeOn(driver()).cas(marking, signal)).toBe('won');
    expect(await reader.read(signal)).toEqual(marking);
    expect(await storeOn(driver()).cas(finish(marking), signal)).toBe('won');
    expect(await reader.read(signal)).toEqual(finish(marking));
  });

  it('has exactly one winner for each epoch among eight claimers, while old gates are pruned', async () => {
    const driver = open();
    const stores = Array.from({ length: 8 }, () => storeOn(driver()));
    await advance(known(stores[0]), 1);
    const won = new Map<number, number>();
    const claim = async (store: GateStore): Promise<void> => {
      for (let round = 0; round < 40; round += 1) {
        const to = following(known(await store.read(signal)));
        if ((await store.cas(to, signal)) === 'won') won.set(to.epoch, (won.get(to.epoch) ?? 0) + 1);
      }
    };
    await Promise.all(stores.map(claim));
    await Promise.all(stores.map((store) => store.idle()));
    const highest = known(await storeOn(driver()).read(signal)).epoch;
    expect(highest).toBeGreaterThan(40);
    expect([...won.values()].every((times) => times === 1)).toBe(true);
    // An epoch without a winner stood for a moment, and was followed before its claimant had listed.
    expect(Math.max(...won.keys())).toBe(highest);
    const kept = known(await driver().list(layout.gates, signal));
    expect(kept.length).toBeLessThan(highest);
  });

  it('keeps sixteen', async () => {
    const driver = open();
    await advance(storeOn(driver()), 40);
    const names = known(await driver().list(layout.gates, signal)).map(({ name }) => Number(name));
    expect(names.toSorted((left, right) => left - right)).toEqual(Array.from({ length: 16 }, (_, at) => at + 25));
  });

  it('is lost by a claimant that slept until its epoch was pruned', async () => {
    const driver = open();
    const before = await advance(storeOn(driver()), 3);
    const sleeper = driver();
    const awake = Promise.withResolvers<undefined>();
    const stat = sleeper.stat.bind(sleeper);
    sleeper.stat = async (path, ...rest) => {
      const found = await stat(path, ...rest);
      if (path === layout.gate(3)) await awake.promise;
      return found;
    };
    const outcome = storeOn(sleeper).cas(following(before), signal);
    const store = storeOn(driver());
    await advance(store, 30);
    awake.resolve(undefined);
    expect(await outcome).toBe('lost');
    expect(known(await store.read(signal)).epoch).toBe(33);
    expect(known(await storeOn(driver()).read(signal)).epoch).toBe(33);
  });

  it('is announced when others can read it, and durable before the next is', async () => {
    const driver = open();
    const first = await advance(storeOn(driver()), 1);
    const slow = driver();
    const synced = Promise.withResolvers<undefined>();
    const create = slow.create.bind(slow);
    slow.create = async (...asked) => {
      const outcome = await create(...asked);
      if (asked[0] === layout.gate(2)) await synced.promise;
      return outcome;
    };
    const store = storeOn(slow);
    const second = following(first);
    expect(await store.announce(second, signal)).toBe('won');
    expect(await storeOn(driver()).read(signal)).toEqual(second);
    let next: string | undefined;
    const announcing = store.announce(following(second), signal).then((outcome) => (next = outcome));
    await store.read(signal);
    expect([next, (await storeOn(driver()).read(signal))?.epoch]).toEqual([undefined, 2]);
    synced.resolve(undefined);
    await announcing;
    await store.landed();
    expect([next, (await storeOn(driver()).read(signal))?.epoch]).toEqual(['won', 3]);
  });

  it('is won by a change of the gate only when it is durable', async () => {
    const driver = open();
    const first = await advance(storeOn(driver()), 1);
    const slow = driver();
    const synced = Promise.withResolvers<undefined>();
    const create = slow.create.bind(slow);
    slow.create = async (...asked) => {
      const outcome = await create(...asked);
      await synced.promise;
      return outcome;
    };
    let outcome: string | undefined;
    const winning = storeOn(slow)
      .cas(following(first), signal)
      .then((won) => (outcome = won));
    await expect.poll(async () => (await storeOn(driver()).read(signal))?.epoch).toBe(2);
    await storeOn(slow).read(signal);
    expect(outcome).toBeUndefined();
    synced.resolve(undefined);
    expect(await winning).toBe('won');
  });

  it('tells once that what was announced could not be made durable, and goes on', async () => {
    const driver = open();
    const first = await advance(storeOn(driver()), 1);
    const failing = driver();
    const create = failing.create.bind(failing);
    failing.create = async (...asked) => {
      await create(...asked);
      throw new Error('EIO');
    };
    const store = storeOn(failing);
    expect(await store.announce(following(first), signal)).toBe('won');
    await expect(store.landed()).rejects.toThrow('EIO');
    failing.create = async () => Promise.reject(new Error('full'));
    const third = following(following(first));
    await expect(store.announce(third, signal)).rejects.toThrow('full');
    failing.create = create;
    expect(await store.cas(third, signal)).toBe('won');
  });

  it('that was prepared is only named when it is due, and is what others read', async () => {
    const driver = open();
    const first = await advance(storeOn(driver()), 1);
    const prepared = driver();
    const store = storeOn(prepared);
    const [second, third] = [following(first), following(following(first))];
    store.prepare([second, third], signal);
    prepared.create = refuse; // of what is durable already nothing is written once more
    prepared.prepare = refuse;
    if (prepared instanceof MemoryDriver) return; // makes a record in one step
    for (const gate of [second, third]) {
      expect(await store.cas(gate, signal)).toBe('won');
      expect(await storeOn(driver()).read(signal)).toEqual(gate);
    }
    await store.idle();
    expect(await namesAt(driver(), layout.temporaries)).toEqual([]);
  });

  it('that comes otherwise than it was prepared, or could not be, is made when it is due; nothing is left of the other', async () => {
    const driver = open();
    const first = await advance(storeOn(driver()), 1);
    const store = storeOn(driver());
    const second = following(first);
    store.prepare([{ ...second, fenced: [{ life, at: 5 }] }, following(second)], signal);
    expect(await store.cas(second, signal)).toBe('won');
    expect(await storeOn(driver()).read(signal)).toEqual(second);
    await store.idle();
    expect((await namesAt(driver(), layout.temporaries)) ?? []).toEqual([]);
    const full = driver();
    full.prepare = refuse;
    const without = storeOn(full);
    without.prepare([following(second)], signal);
    expect(await without.cas(following(second), signal)).toBe('won');
  });

  it('that was prepared is lost where another’s stands', async () => {
    const driver = open();
    const first = await advance(storeOn(driver()), 1);
    const store = storeOn(driver());
    const second = following(first);
    store.prepare([second], signal);
    const other: Gate = { ...second, run };
    expect(await storeOn(driver()).cas(other, signal)).toBe('won');
    expect(await store.announce(second, signal)).toBe('lost');
    expect(await store.read(signal)).toEqual(other);
    await store.idle();
    expect((await namesAt(driver(), layout.temporaries)) ?? []).toEqual([]);
  });

  it('is looked for anew by a reader whose epoch was pruned and then made again by a late claimant', async () => {
    const driver = open();
    const reader = storeOn(driver());
    const third = await advance(reader, 3);
    await advance(storeOn(driver()), 30);
    await driver().create(layout.gate(3), encodeGate(third, 'late'), signal);
    expect(known(await reader.read(signal)).epoch).toBe(33);
  });

  it('is seen as older where the storage was rolled back', async () => {
    const driver = open();
    const reader = storeOn(driver());
    await advance(reader, 5);
    for (const epoch of [4, 5]) await driver().discard(layout.gate(epoch), signal);
    expect(known(await reader.read(signal)).epoch).toBe(3);
  });

  it('W4: rejects what is not a gate, and what holds the gate of another epoch', async () => {
    const driver = open();
    await advance(storeOn(driver()), 1);
    const second = following(firstGate(storage, durations));
    const bad: [string, Uint8Array][] = [
      ['nothing', new Uint8Array()],
      ['not JSON', utf8('{')],
      ['cut off', encodeGate(second, 'c').subarray(0, 40)],
      ['not UTF-8', new Uint8Array([0x22, 0xff, 0x22])],
      ['another epoch', encodeGate({ ...second, epoch: 7 }, 'c')],
      ['a field more', utf8(JSON.stringify({ claim: 'c', gate: { ...second, shadow: true } }))],
      ['no durations', utf8(JSON.stringify({ claim: 'c', gate: { ...second, durations: undefined } }))],
      ['an epoch as text', utf8(JSON.stringify({ claim: 'c', gate: { ...second, epoch: '2' } }))],
      ['a phase of its own', utf8(JSON.stringify({ claim: 'c', gate: { ...second, phase: 'PAUSED' } }))],
      ['MARKING without a run', utf8(JSON.stringify({ claim: 'c', gate: { ...second, phase: 'MARKING' } }))],
      ['a path for a storage', utf8(JSON.stringify({ claim: 'c', gate: { ...second, storage: '../x' } }))],
    ];
    for (const [name, bytes] of bad) {
      await driver().write(layout.gate(2), bytes, signal);
      await expect(storeOn(driver()).read(signal), name).rejects.toThrow('not understood');
    }
    await driver().write(layout.gate(2), encodeGate(second, 'c'), signal);
    expect(await storeOn(driver()).read(signal)).toEqual(second);
  });

  it('is never written as others could not read it', async () => {
    const driver = open();
    const first = await advance(storeOn(driver()), 1);
    await expect(storeOn(driver()).cas({ ...first, epoch: 2, fenced: [{ life, at: NaN }] }, signal)).rejects.toThrow();
    expect(await storeOn(driver()).read(signal)).toEqual(first);
  });

  it('W4: rejects a name in its folder that is none of ours, but for those that the file system makes', async () => {
    const driver = open();
    const gate = await advance(storeOn(driver()), 1);
    await driver().write(`${layout.gates}/.nfs0001`, utf8('x'), signal);
    expect(await storeOn(driver()).read(signal)).toEqual(gate);
    await driver().write(`${layout.gates}/2`, utf8('x'), signal);
    await expect(storeOn(driver()).read(signal)).rejects.toThrow('not a name that we give');
  });
});
