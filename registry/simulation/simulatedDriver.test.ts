import { describe, expect, it } from 'vitest';
import { type Driver, StorageError } from '../storage/driver.ts';
import { layout } from '../storage/layout.ts';
import { describeDriver } from '../storage/testing/driverSuite.ts';
import { lifeId, signal, textAt, utf8 } from '../storage/testing/testStorage.ts';
import { BucketDriver } from './testing/bucket/driver.ts';
import type { BucketOptions } from './testing/bucket/signing.ts';
import { Chance } from './testing/kernel/chance.ts';
import type { Calls } from './testing/kernel/process.ts';
import { SimulatedDisk } from './testing/storage/disk.ts';
import { SimulatedDriver } from './testing/storage/driver.ts';
import type { NameOrder } from './testing/storage/unsynced.ts';
import { Tree } from './testing/storage/tree.ts';

/** Each call at once, but never in the tick in which it was asked for. */
const immediate: Calls = {
  step: async (_call, _about, effect) => {
    await new Promise((resolve) => setImmediate(resolve));
    return effect();
  },
  hear: queueMicrotask,
};

function disk(names: NameOrder = 'anyOrder', syncs = true): SimulatedDisk {
  let time = 1_700_000_000_000;
  return new SimulatedDisk({ now: () => (time += 1), names, lags: false, cuts: true, syncs });
}

let drivers = 0;

function driverOn(disk: SimulatedDisk): SimulatedDriver {
  return new SimulatedDriver(treeOn(disk));
}

function treeOn(disk: SimulatedDisk): Tree {
  let given = 0;
  drivers += 1;
  const own = drivers; // names of two drivers differ
  const fresh = (): string => `${own}-${(given += 1)}`;
  return new Tree(immediate, disk, fresh, { refusesLate: true });
}

describeDriver('simulated', async () => {
  const shared = disk();
  return { another: () => driverOn(shared), dispose: async () => undefined };
});

/** A bucket whose clock moves with every look. `arrive` takes what nobody hears of any more. */
function bucket(unanswered = 0, arrive: BucketOptions['arrive'] = () => undefined): () => Driver {
  let time = 1_700_000_000_000;
  const now = (): number => (time += 1);
  const shared = new SimulatedDisk({ now, names: 'anyOrder', lags: false, cuts: false, syncs: true });
  const options = {
    ...{ signedMs: 50, unanswered: () => unanswered, refusesExpired: true, waits: true, now, chance: new Chance(1) },
    timers: {
      after: (_ms: number, run: () => void) => ({ cancel: clearImmediate.bind(undefined, setImmediate(run)) }),
    },
    ...{ arrive, count: () => undefined },
  };
  return () => new BucketDriver(treeOn(shared), options);
}

describeDriver('simulated bucket', async () => ({ another: bucket(), dispose: async () => undefined }));

describe('a simulated bucket', () => {
  const life = lifeId('l1');
  const link = '/docker/registry/v2/repositories/library/alpine/_manifests/tags/3.20/current/link';

  it('W1: says that a commit without an answer failed only when it cannot land any more', async () => {
    const underway: (() => void)[] = [];
    const another = bucket(1, (_ms, effect) => underway.push(effect));
    await another().beginLife(life, signal);
    await expect(another().commit(life, link, utf8('sha256:aa'), signal)).rejects.toThrow(StorageError);
    for (const land of underway) land();
    expect(underway).toHaveLength(1);
    expect(await textAt(another(), link)).toBeUndefined();
  });

  it('W1: ends a life only when nothing that it asked for can land any more', async () => {
    const { promise: sent, resolve: isSent } = Promise.withResolvers<() => void>();
    const another = bucket(1, (_ms, effect) => {
      isSent(effect);
    });
    await another().beginLife(life, signal);
    const committing = another()
      .commit(life, link, utf8('sha256:aa'), signal)
      .catch(() => 'no answer');
    const land = await sent;
    await another().endLife(life, signal);
    land();
    expect(await committing).toBe('no answer');
    expect(await textAt(another(), link)).toBeUndefined();
  });
});

describe('a simulated power cut', () => {
  const life = lifeId('l1');
  const link = '/docker/registry/v2/repositories/library/alpine/_manifests/tags/3.20/current/link';
  const seeds = Array.from({ length: 40 }, (_, seed) => seed);

  /** What is found at the link after each of many cuts. */
  async function found(names: NameOrder, syncs: boolean): Promise<ReadonlySet<string | undefined>> {
    const texts = new Set<string | undefined>();
    for (const seed of seeds) {
      const shared = disk(names, syncs);
      const driver = driverOn(shared);
      await driver.beginLife(life, signal);
      await driver.commit(life, link, utf8('sha256:aa'), signal);
      shared.cut(new Chance(seed));
      texts.add(await textAt(driver, link));
    }
    return texts;
  }

  it.each(['posix', 'anyOrder', 'journaled'] as const)('leaves what was committed (%s)', async (names) => {
    expect(await found(names, true)).toEqual(new Set(['sha256:aa']));
  });

  it('takes what nobody synced', async () => {
    expect(await found('anyOrder', false)).toContain(undefined);
  });

  it('may damage a record that is visible only, and never what it replaced', async () => {
    const texts = new Set<string | undefined>();
    for (const seed of seeds) {
      const shared = disk();
      const driver = driverOn(shared);
      await driver.beginLife(life, signal);
      await driver.write(layout.life(life), utf8('before'), signal);
      await driver.commitRecord(life, layout.life(life), utf8('after'), 'replace', signal);
      shared.cut(new Chance(seed));
      texts.add(await textAt(driver, layout.life(life)));
    }
    expect(texts).toContain('before');
    expect(texts).toContain('after');
    expect([...texts].some((text) => text !== 'before' && text !== 'after')).toBe(true);
  });

  it('W1: leaves the folder of a life whose record it takes, so that the life is missed', async () => {
    for (const seed of seeds) {
      const shared = disk('anyOrder');
      const driver = driverOn(shared);
      await driver.beginLife(life, signal);
      await driver.commitRecord(life, layout.life(life), utf8('a record'), 'make', signal);
      shared.cut(new Chance(seed));
      expect((await driver.list(layout.members, signal))?.map(({ name }) => name)).toEqual([life]);
    }
  });

  it('G5: takes the whole of what may be lost, or nothing of it, and nothing of what was committed beside it', async () => {
    const history = '/docker/registry/v2/repositories/library/alpine/_manifests/tags/3.20/index/sha256/aa/link';
    const texts = new Set<string | undefined>();
    for (const seed of seeds) {
      const shared = disk('anyOrder');
      const driver = driverOn(shared);
      await driver.beginLife(life, signal);
      await driver.commit(life, link, utf8('sha256:aa'), signal);
      await using staged = await driver.stage(life, history, { bytes: utf8('sha256:aa'), mayBeLost: true }, signal);
      expect(await staged.land(signal)).toBe('landed');
      shared.cut(new Chance(seed));
      texts.add(await textAt(driver, history));
      expect(await textAt(driver, link)).toBe('sha256:aa');
    }
    expect(texts).toEqual(new Set([undefined, 'sha256:aa']));
  });

  it('W7: under POSIX alone a commit may go with a directory that somebody else made and has not synced yet', async () => {
    const lost = new Map<NameOrder, boolean>();
    for (const names of ['posix', 'anyOrder', 'journaled'] as const) {
      for (const seed of seeds) {
        const shared = disk(names);
        const driver = driverOn(shared);
        await driver.beginLife(life, signal);
        const way = link
          .split('/')
          .slice(1, -1)
          .map((_, at, parts) => `/${parts.slice(0, at + 1).join('/')}`);
        for (const directory of way) shared.mkdir(directory); // and there its maker died
        await driver.commit(life, link, utf8('sha256:aa'), signal);
        shared.cut(new Chance(seed));
        if ((await textAt(driver, link)) === undefined) lost.set(names, true);
      }
    }
    // What the driver rests on, and ext4, xfs and btrfs give: a directory that is synced is there with the way to it.
    expect([...lost.keys()]).toEqual(['posix']);
  });
});
