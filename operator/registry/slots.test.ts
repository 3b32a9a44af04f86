import { describe, expect, it } from 'vitest';
import { Conflict } from '../resources/home.ts';
import { start, Walk } from './testing/walk.ts';

const hour = 3_600_000;
const nightly = { schedule: '30 2 * * *', timeZone: 'Europe/Berlin' };
/** 02:30 in Berlin. */
const night = Date.parse('2026-11-24T01:30:00Z');

describe('the schedule of a Registry', () => {
  it('makes one run for each slot, also over restarts', async () => {
    const walk = await new Walk().apply({ collection: { ...nightly, untagged: 'Delete' } });
    expect((await walk.at(start)).status.nextRunTime).toBe('2026-11-24T01:30:00.000Z');
    expect(await walk.runs()).toEqual([]);
    const registry = await walk.at(night);
    const [run] = await walk.runs();
    expect(run).toMatchObject({
      metadata: {
        name: `main-${night / 60_000}`,
        ownerReferences: [{ kind: 'Registry', name: 'main', uid: registry.metadata.uid, controller: true }],
      },
      spec: { registryRef: { name: 'main' }, mode: 'Execute', untagged: 'Delete' },
    });
    expect(registry.status).toMatchObject({
      lastScheduleTime: '2026-11-24T01:30:00.000Z',
      nextRunTime: '2026-11-25T01:30:00.000Z',
    });
    walk.restart();
    await walk.at(night + 1000);
    await walk.at(night + hour);
    expect(await walk.runs()).toHaveLength(1);
  });

  it('begins none where another is on that it had not heard of, nor after an edit of the Registry', async () => {
    const walk = await new Walk().apply({ collection: { schedule: '30 * * * *' } });
    await walk.at(start);
    const halfPast = start + hour / 2;
    await walk.at(halfPast);
    const listReferring = walk.home.listReferring.bind(walk.home);
    const get = walk.home.get.bind(walk.home);
    walk.home.listReferring = async () => {
      walk.home.listReferring = listReferring;
      return [];
    };
    await walk.at(halfPast + hour);
    expect(await walk.runNames()).toEqual([`main-${halfPast / 60_000}`]);
    const [first] = await walk.runs();
    if (first !== undefined) await walk.end(first, '2026-11-23T13:00:00Z');
    walk.home.get = async (...asked) => {
      walk.home.get = get;
      const found = await get(...asked);
      await walk.apply({ suspend: true });
      return found;
    };
    walk.nowMs = halfPast + 2 * hour;
    await expect(walk.reconcile()).rejects.toThrow(Conflict);
    expect(await walk.runs()).toHaveLength(1);
  });

  it('comes as its slot does, not at the next look', async () => {
    const walk = await new Walk().apply({ collection: nightly });
    await walk.at(start);
    walk.nowMs = night - 1500;
    expect(await walk.reconcile()).toMatchObject({ afterMs: 1500 });
  });

  it('finds the run that was made before a crash came over the record of its slot', async () => {
    const walk = await new Walk().apply({ collection: nightly });
    await walk.at(start);
    const applyStatus = walk.home.applyStatus.bind(walk.home);
    walk.home.applyStatus = () => Promise.reject(new Error('the process was killed'));
    await expect(walk.at(night)).rejects.toThrow('killed');
    walk.home.applyStatus = applyStatus;
    walk.restart();
    const { status } = await walk.at(night + 60_000);
    expect(status.lastScheduleTime).toBe('2026-11-24T01:30:00.000Z');
    expect(await walk.runs()).toHaveLength(1);
  });

  it('takes only the newest of many slots that were missed', async () => {
    const walk = await new Walk().apply({ collection: nightly });
    await walk.at(start);
    await walk.at(night + 72 * hour);
    expect(await walk.runNames()).toEqual([`main-${(night + 72 * hour) / 60_000}`]);
  });

  it('waits until the Registry is coherent, within its starting deadline', async () => {
    const walk = await new Walk().apply({ collection: { ...nightly, startingDeadlineSeconds: 3600 } });
    await walk.at(start);
    walk.replicas.isSilent = true;
    expect((await walk.at(night)).status.nextRunTime).toBe('2026-11-24T01:30:00.000Z');
    expect(await walk.runs()).toEqual([]);
    walk.replicas.isSilent = false;
    await walk.at(night + hour);
    expect(await walk.runNames()).toEqual([`main-${night / 60_000}`]);
  });

  it('passes a slot over whose starting deadline went by, and says so once', async () => {
    const walk = await new Walk().apply({ collection: { ...nightly, startingDeadlineSeconds: 3600 } });
    await walk.at(start);
    walk.replicas.isSilent = true;
    await walk.at(night);
    await walk.at(night + hour + 1);
    walk.replicas.isSilent = false;
    await walk.at(night + hour + 10_000);
    expect(await walk.runs()).toEqual([]);
    const missed = walk.home.events('main').filter(({ reason }) => reason === 'MissedSchedule');
    expect(missed).toMatchObject([{ type: 'Warning', count: 1 }]);
  });

  it('makes no second run while its first waits or goes on, and then only the newest', async () => {
    const walk = await new Walk().apply({ collection: { schedule: '0 * * * *' } });
    await walk.at(start);
    await walk.at(start + hour);
    await walk.at(start + 2 * hour);
    await walk.at(start + 3 * hour);
    const [first] = await walk.runs();
    expect(await walk.runs()).toHaveLength(1);
    if (first !== undefined) await walk.end(first, '2026-11-23T15:10:00Z');
    await walk.at(start + 3 * hour + 600_000);
    expect(await walk.runNames()).toEqual([1, 3].map((hours) => `main-${(start + hours * hour) / 60_000}`));
  });

  it.each([
    { name: 'suspended', spec: { suspend: true } },
    { name: 'read-only', spec: { readOnly: { enabled: true } } },
  ])('makes none while the Registry is $name', async ({ spec }) => {
    const walk = await new Walk().apply({ collection: nightly });
    await walk.at(start);
    await walk.apply({ collection: nightly, ...spec });
    await walk.at(night);
    expect(await walk.runs()).toEqual([]);
  });

  it('begins with its next slot when it was set or changed, or resumed', async () => {
    const walk = await new Walk().apply({});
    await walk.at(start);
    await walk.apply({ collection: { schedule: '0 11 * * *' } });
    expect((await walk.at(start)).status.nextRunTime).toBe('2026-11-24T11:00:00.000Z');
    await walk.apply({ collection: { schedule: '0 11 * * *' }, suspend: true });
    await walk.at(start + 24 * hour);
    await walk.apply({ collection: { schedule: '0 11 * * *' } });
    await walk.at(start + 24 * hour);
    await walk.at(start + 25 * hour);
    expect(await walk.runs()).toEqual([]);
  });

  it('keeps as many finished runs as its limits say, and every one that a person made', async () => {
    const collection = { schedule: '0 * * * *', successfulRunsHistoryLimit: 2, failedRunsHistoryLimit: 1 };
    const walk = await new Walk().apply({ collection });
    await walk.home.apply({
      kind: 'CollectionRun',
      metadata: { name: 'a-by-hand' },
      spec: { registryRef: { name: 'main' } },
    });
    await walk.end(await walk.home.only('CollectionRun', 'a-by-hand'), '2026-11-23T11:00:00Z');
    await walk.at(start);
    for (let hours = 1; hours <= 6; hours++) {
      await walk.at(start + hours * hour);
      const run = await walk.home.only('CollectionRun', `main-${(start + hours * hour) / 60_000}`);
      await walk.end(run, new Date(walk.nowMs).toISOString(), hours % 2 === 0 ? 'True' : 'False');
    }
    await walk.at(walk.nowMs);
    const kept = [4, 5, 6].map((hours) => `main-${(start + hours * hour) / 60_000}`);
    expect(await walk.runNames()).toEqual(['a-by-hand', ...kept]);
  });
});
