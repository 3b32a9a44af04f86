import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Marker } from '../collector/marker/marker.ts';
import { ThreadMarker } from '../collector/marker/threadMarker.ts';
import { CollectorWorld, settings } from '../collector/testing/collectorWorld.ts';
import { twoTagsAndGarbage } from '../collector/testing/scenes.ts';
import type { RunReport } from '../collector/run/report.ts';
import { layout } from '../storage/layout.ts';
import { parseRunId } from '../../core/window/identity.ts';
import { RunDesk } from './runDesk.ts';
import { parseRunOrder } from './runInput.ts';
import type { RunOrder, RunView } from '../../core/admin/schema.ts';

let world: CollectorWorld;
let desks: RunDesk[];
let reports: RunReport[];

beforeEach(async () => {
  world = new CollectorWorld();
  desks = [];
  reports = [];
  await world.open();
});
afterEach(async () => {
  for (const desk of desks) await desk.close();
  await world.close();
});

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Of one process: what another took up, it knows from the storage alone. */
function desk(openMarker: () => Marker = () => new ThreadMarker({ root: world.tree.root })): RunDesk {
  const run = { ...world.ports(), openMarker };
  const made = new RunDesk({ run, settings, log, onEnded: (report) => reports.push(report) });
  desks.push(made);
  return made;
}

const order: RunOrder = { id: 'order-1', mode: 'plan', input: { policies: [], requests: [] } };

async function ended(of: RunDesk, id: string): Promise<RunView> {
  const at = async (): Promise<RunView['ended']> => (await of.run(id, world.signal)).ended;
  await expect.poll(at, { timeout: 20_000 }).toBeDefined();
  return of.run(id, world.signal);
}

describe('the desk where runs are ordered', () => {
  it('carries out one order once, and tells it from another of the same name', async () => {
    const first = desk();
    await Promise.all([first.beginRun(order, 'a', world.signal), first.beginRun(order, 'b', world.signal)]);
    expect((await ended(first, 'order-1')).ended).toMatchObject({ succeeded: true, reason: 'Preview' });
    expect(reports).toHaveLength(1);
    const other = first.beginRun({ ...order, mode: 'execute' }, 'a', world.signal);
    await expect(other).rejects.toMatchObject({ code: 'RUN_DIFFERS' });
  });

  it('knows from the storage what another process carried out', async () => {
    const first = desk();
    await first.beginRun(order, 'a', world.signal);
    const view = await ended(first, 'order-1');
    const second = desk();
    expect(await second.run('order-1', world.signal)).toEqual(view);
    expect(await second.beginRun(order, 'a', world.signal)).toEqual(view);
    expect(await second.last(world.signal)).toEqual(view);
    expect(reports).toHaveLength(1);
    const other = second.beginRun({ ...order, mode: 'execute' }, 'a', world.signal);
    await expect(other).rejects.toMatchObject({ code: 'RUN_DIFFERS' });
    await expect(second.approve('order-1', view.plan?.digest ?? '', 'a', world.signal)).rejects.toMatchObject({
      code: 'RUN_ELSEWHERE',
    });
  });

  it('knows a run that another process took and has not begun', async () => {
    const id = parseRunId('order-1');
    if (id === undefined) throw new Error('no name of a run');
    await world.records.runs.createInput(id, parseRunOrder(order), world.signal);
    const view = await desk().run('order-1', world.signal);
    expect(view).toMatchObject({ id: 'order-1', mode: 'plan', executor: 'another process' });
    expect(view.ended).toBeUndefined();
    await expect(desk().cancel('order-1', 'a', world.signal)).rejects.toMatchObject({ code: 'RUN_ELSEWHERE' });
  });

  it('takes up an order whose executor has been silent for long, and leaves one that may still live', async () => {
    const id = parseRunId('order-1');
    if (id === undefined) throw new Error('the test itself is wrong');
    await world.records.runs.createInput(id, parseRunOrder(order), world.signal);
    const waiting = await desk().beginRun(order, 'a', world.signal);
    expect(waiting).toMatchObject({ executor: 'another process', progress: { phase: 'Starting' } });
    const then = Date.now() / 1000 - 3600;
    await utimes(join(world.tree.root, layout.runInput(id)), then, then);
    const taking = desk();
    await taking.beginRun(order, 'a', world.signal);
    expect((await ended(taking, 'order-1')).ended).toMatchObject({ reason: 'Preview' });
  });

  it('G7: approves only the plan that was made, as a run of its own', async () => {
    const first = desk();
    await first.beginRun(order, 'a', world.signal);
    const { plan } = await ended(first, 'order-1');
    const other = first.approve('order-1', `sha256:${'0'.repeat(64)}`, 'a', world.signal);
    await expect(other).rejects.toMatchObject({ code: 'PLAN_CHANGED' });
    const approved = await first.approve('order-1', plan?.digest ?? '', 'a', world.signal);
    expect(approved).toMatchObject({ id: 'order-1-approved', mode: 'execute' });
    expect((await ended(first, approved.id)).ended).toMatchObject({ reason: 'Completed' });
    await expect(first.approve('nothing', 'x', 'a', world.signal)).rejects.toMatchObject({ code: 'RUN_UNKNOWN' });
  });

  it('says on the storage that a run waits for its turn, and ends it at once when it is cancelled', async () => {
    const going = Promise.withResolvers<undefined>();
    const first = desk(() => {
      const marker = world.inThread();
      marker.mark = async () => {
        going.resolve(undefined);
        return new Promise(() => undefined); // goes on until it is cancelled
      };
      return marker;
    });
    await first.beginRun(order, 'a', world.signal);
    await going.promise;
    const waiting = await first.beginRun({ ...order, id: 'order-2' }, 'a', world.signal);
    expect(waiting).toMatchObject({ progress: { phase: 'Queued' } });
    await first.beginRun({ ...order, id: 'order-3' }, 'a', world.signal);
    const second = desk();
    const told = async (): Promise<string> => (await second.run('order-2', world.signal)).progress.phase;
    await expect.poll(told).toBe('Queued');
    // What waits there belongs to the first: nobody else begins it.
    expect(await second.beginRun({ ...order, id: 'order-2' }, 'a', world.signal)).toMatchObject({ executor: 'test' });
    const cancelled = await first.cancel('order-2', 'a', world.signal);
    expect(cancelled.ended).toMatchObject({ succeeded: false, reason: 'Cancelled' });
    expect((await second.run('order-2', world.signal)).ended).toEqual(cancelled.ended);
    expect((await first.run('order-1', world.signal)).ended).toBeUndefined();
    expect(reports.map(({ id }) => id)).toEqual(['order-2']);
    await first.cancel('order-1', 'a', world.signal);
    expect((await ended(first, 'order-1')).ended).toMatchObject({ reason: 'Cancelled' });
    await first.cancel('order-3', 'a', world.signal);
    expect((await ended(first, 'order-3')).ended).toMatchObject({ reason: 'Cancelled' });
  });

  it('leaves a run to the process that was asked for it first', async () => {
    const [one, other] = [desk(), desk()];
    await Promise.all([one.beginRun(order, 'a', world.signal), other.beginRun(order, 'b', world.signal)]);
    await ended(one, 'order-1');
    expect(await ended(other, 'order-1')).toEqual(await one.run('order-1', world.signal));
    expect(reports).toHaveLength(1);
  });

  it('pages through the plan of each, and asks whose where there are several', async () => {
    const first = desk();
    const requests = ['a', 'b'].map((name) => ({
      ...{ apiVersion: 'coppice.dev/v1alpha1', kind: 'DeleteRequest', metadata: { name, namespace: 'test' } },
      spec: {
        registryRef: { name: 'main' },
        targets: [{ repository: 'team/app', tagGlob: name === 'a' ? '*' : 'v1' }],
        cutoff: '2100-01-01T00:00:00Z',
      },
    }));
    twoTagsAndGarbage(world.tree);
    await first.beginRun({ ...order, plans: 'each', input: { policies: [], requests } }, 'a', world.signal);
    const view = await ended(first, 'order-1');
    expect(view.ended).toMatchObject({ reason: 'Preview' });
    expect(view.plan).toBeUndefined();
    expect(view.plans?.map(({ name, items, tags }) => [name, items, tags])).toEqual([
      ['test/a', 2, 2],
      ['test/b', 1, 1],
    ]);
    expect(await desk().run('order-1', world.signal)).toEqual(view);
    const of = 'DeleteRequest/test/a';
    const page = await first.items('order-1', { n: 1, of }, world.signal);
    expect(page.items.map(({ object }) => object)).toEqual(['team/app:v1']);
    const rest = await first.items('order-1', { n: 1, of, last: page.last ?? '' }, world.signal);
    expect(rest.items.map(({ object }) => object)).toEqual(['team/app:v2']);
    await expect(first.items('order-1', { n: 1 }, world.signal)).rejects.toMatchObject({ code: 'INVALID' });
    const unknown = first.items('order-1', { n: 1, of: 'DeleteRequest/test/c' }, world.signal);
    await expect(unknown).rejects.toMatchObject({ code: 'RUN_NOT_PLANNED' });
    await expect(first.approve('order-1', 'x', 'a', world.signal)).rejects.toMatchObject({ code: 'RUN_NOT_PLANNED' });
  });

  it('carries out orders one after the other, and cancels those that wait when it closes', async () => {
    const first = desk();
    const ids = ['order-1', 'order-2', 'order-3'];
    for (const id of ids) await first.beginRun({ ...order, id }, 'a', world.signal);
    await first.close();
    const views = await Promise.all(ids.map((id) => first.run(id, world.signal)));
    expect(views.map(({ ended }) => ended?.reason)).toContain('Cancelled');
    expect(views.every(({ ended }) => ended !== undefined)).toBe(true);
    expect(reports.map(({ id }) => id).toSorted()).toEqual(ids);
  });
});
