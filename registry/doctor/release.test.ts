import { performance } from 'node:perf_hooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { begin } from '../../core/window/gate.ts';
import { CollectorWorld, recordsOn } from '../collector/testing/collectorWorld.ts';
import { repositoryNamed, tagNamed } from '../collector/testing/imageTree.ts';
import { FilesystemDriver } from '../storage/filesystem/driver.ts';
import { layout } from '../storage/layout.ts';
import { declare } from '../window/readOnly.ts';
import { systemTimers } from '../window/timers.ts';
import { ownDirectory, ownPath, setAsidePath } from './ownDirectory.ts';
import { lookAtRelease, release, type ReleasePorts, type ReleaseState } from './release.ts';

const app = repositoryNamed('team/app');
const mono = (): number => performance.now();

let world: CollectorWorld;
beforeEach(() => {
  world = new CollectorWorld();
  world.tree.image('team/app', 'one', { tag: 'v1' });
  world.tree.image('team/app', 'two', { tag: 'v2' });
});
afterEach(async () => {
  await world.close();
  expect(world.failures).toEqual([]);
});

function ports(changes: Partial<ReleasePorts> = {}): ReleasePorts {
  const driver = new FilesystemDriver(world.tree.root);
  const directory = ownDirectory(world.tree.root);
  return { driver, records: recordsOn(driver), directory, mono, timers: systemTimers, ...changes };
}

function look(): Promise<ReleaseState> {
  return lookAtRelease(ports(), world.signal);
}

/** A replica that deleted something, and left. */
async function lived(): Promise<void> {
  const { replica, deletions } = await world.replica();
  await deletions.request({ kind: 'tag', repository: app, tag: tagNamed('v1') }, world.signal);
  await world.records.protections.put(
    'legal',
    { observedAt: 0, maxAgeMs: 1, complete: true, digests: [], tags: [] },
    world.signal,
  );
  // The answer comes before the run that carried it out has closed the gate behind it.
  await expect.poll(async () => (await world.records.gates.read(world.signal))?.phase).toBe('OPEN');
  await replica.stop(world.signal);
}

function refusal(saying: RegExp): ReleaseState {
  return { is: 'refused', reasons: [expect.stringMatching(saying) as string] };
}

describe('a release', () => {
  it('says what is given up, changes nothing of what is served, and leaves a storage that Coppice never served', async () => {
    await lived();
    const served = world.tree.served();
    const givenUp = { undoable: 1, tombstones: [{ tags: ['v1'] }], protections: [{ source: 'legal' }] };
    expect(await look()).toMatchObject({ is: 'ready', own: givenUp });
    expect(world.tree.exists(layout.storage)).toBe(true);

    expect(await release(ports(), world.signal)).toMatchObject({ is: 'ready', own: givenUp });
    expect(world.tree.exists(ownPath)).toBe(false);
    expect(world.tree.exists(setAsidePath)).toBe(false);
    expect(world.tree.served()).toEqual(served);
    expect(await look()).toEqual({ is: 'nothing', isLeft: false });

    await world.open(); // as one that others wrote
    expect(await world.records.storage.read(world.signal)).toMatchObject({ foreign: true, adopted: false });
  });

  it('refuses while a life stands, and also while it may have been killed only just now', async () => {
    const { replica } = await world.replica();
    expect(await look()).toEqual(refusal(/life .* stands/));
    await world.kill(replica);
    const served = world.tree.served(layout.own);
    expect(await release(ports(), world.signal)).toEqual(refusal(/life .* stands/));
    expect(world.tree.served(layout.own)).toEqual(served);
    for (const life of await world.records.members.list(world.signal)) world.tree.age(11 * 60_000, layout.member(life));
    expect(await look()).toMatchObject({ is: 'ready' });
  });

  it('refuses during a run, and while somebody else wants it read-only', async () => {
    await lived();
    const gate = await world.records.gates.read(world.signal);
    if (gate?.phase !== 'OPEN') throw new Error('no run is on yet');
    const gates = { gates: world.records.gates, mono, timers: systemTimers };
    await declare(gates, { reason: 'backup', owner: 'velero', since: 0 }, 1000, world.signal);
    expect(await release(ports(), world.signal)).toEqual(refusal(/velero declared it read-only \(backup\)/));

    const readOnly = await world.records.gates.read(world.signal);
    if (readOnly?.phase !== 'OPEN') throw new Error('no run is on yet');
    const { readOnly: _declared, ...open } = readOnly;
    await world.records.gates.cas(begin(open, world.freshRun(), { name: 'somebody' }), world.signal);
    expect(await release(ports(), world.signal)).toEqual(refusal(/run run-\d+ of somebody is on \(MARKING\)/));
  });

  it.each([
    { name: 'a record that is not understood', at: layout.tombstone('one'), says: /not understood/ },
    { name: 'a gate that is not understood', at: layout.gate(99_999), says: /not understood/ },
    { name: 'a name among its own that it does not give', at: `${layout.own}/notes`, says: /nobody|among the records/ },
    { name: 'a name beside them', at: `${ownPath}/backup`, says: /nothing that Coppice put there/ },
  ])('refuses $name, and removes nothing', async ({ at, says }) => {
    await lived();
    world.tree.write(at, '{}');
    const before = world.tree.served(ownPath);
    expect(await release(ports(), world.signal)).toEqual(refusal(says));
    expect(world.tree.served(ownPath)).toEqual(before);
  });

  it('refuses where replicas are registered and the gate is gone', async () => {
    await lived();
    world.tree.drop(layout.gates);
    expect(await release(ports(), world.signal)).toEqual(refusal(/the gate is gone/));
  });

  it('sees who came while it began, and takes back that the storage is read-only', async () => {
    await lived();
    const usual = ports();
    let asked = 0;
    const now = async (signal: AbortSignal): Promise<number> => {
      asked += 1;
      if (asked === 2) await world.replica(); // after the first look, before the gate says anything
      return usual.driver.now(signal);
    };
    const withHook = { ...usual, driver: readingFrom(usual.driver, now) };
    expect(await release(withHook, world.signal)).toEqual(refusal(/life .* stands/));
    expect((await world.records.gates.read(world.signal))?.readOnly).toBeUndefined();
    expect(world.tree.exists(layout.storage)).toBe(true);
  });

  it.each(['declared', 'setAside', 'removing'] as const)(
    'that crashes when it has %s leaves a storage that can be served, and is finished by another',
    async (step) => {
      await lived();
      const served = world.tree.served();
      const usual = ownDirectory(world.tree.root);
      const crash = (): Promise<never> => Promise.reject(new Error('killed'));
      let removals = 0;
      const directory = {
        ...usual,
        setAside: step === 'declared' ? crash : () => usual.setAside(),
        removeSetAside: async () => {
          removals += 1;
          if (step === 'setAside' && removals === 2) return crash();
          if (step !== 'removing' || removals !== 2) return usual.removeSetAside();
          world.tree.drop(`${setAsidePath}/v1/gate`);
          return crash();
        },
      };
      await expect(release(ports({ directory }), world.signal)).rejects.toThrow('killed');
      expect(world.tree.served()).toEqual(served);
      expect(world.tree.exists(ownPath)).toBe(step === 'declared');

      expect(await look()).toMatchObject(step === 'declared' ? { is: 'ready' } : { is: 'nothing', isLeft: true });
      expect((await release(ports(), world.signal)).is).toBe(step === 'declared' ? 'ready' : 'nothing');
      expect(world.tree.exists(ownPath)).toBe(false);
      expect(world.tree.exists(setAsidePath)).toBe(false);
      expect(world.tree.served()).toEqual(served);
    },
  );
});

/** The driver with another `now`; its methods need their own fields. */
function readingFrom(driver: ReleasePorts['driver'], now: ReleasePorts['driver']['now']): ReleasePorts['driver'] {
  return {
    now,
    stat: (path, signal) => driver.stat(path, signal),
    readSmall: (path, limitBytes, signal) => driver.readSmall(path, limitBytes, signal),
    open: (path, range, signal) => driver.open(path, range, signal),
    list: (path, signal) => driver.list(path, signal),
    stagedLives: (signal) => driver.stagedLives(signal),
    openWindows: (signal) => driver.openWindows(signal),
  };
}
