import { describe, expect, it } from 'vitest';
import type { RunItem } from '../../core/admin/schema.ts';
import { FakeReplicas } from '../admin/testing/fakeReplicas.ts';
import { eachPlan } from '../deleteRequest/testing/fakePlanning.ts';
import { RequestWorld } from '../deleteRequest/testing/requestWorld.ts';
import { sweep, Walk } from '../collectionRun/testing/walk.ts';
import type { Resource } from '../resources/home.ts';
import { linesIn, report, reportName } from './report.ts';
import { FakeReports } from './testing/fakeReports.ts';

const { signal } = new AbortController();
const item = (n: number, why = 'CVE'): RunItem => ({
  ...{ n, step: 'request', object: `team/app:v${n}`, fate: 'planned', why },
});
const items = (count: number): readonly RunItem[] => Array.from({ length: count }, (_, n) => item(n));
const owner = { metadata: { name: 'dr', uid: 'u' } } as Resource<'DeleteRequest'>;

async function planned(count: number, change: (world: RequestWorld) => void = () => undefined): Promise<RequestWorld> {
  const world = new RequestWorld();
  world.planning.answer = {
    is: 'planned',
    run: 'plan-1',
    at: '2026-11-23T02:00:00.000Z',
    plan: eachPlan({ items: count }),
  };
  world.replicas.list('plan-1', 'DeleteRequest/default/dr', items(count));
  change(world);
  await world.registry();
  await world.request();
  await world.settle();
  return world;
}

describe('the report of a plan', () => {
  it('has whole items, as many as have room', () => {
    expect(linesIn([item(0), item(1)])).toBe(`${JSON.stringify(item(0))}\n${JSON.stringify(item(1))}\n`);
    const long = Array.from({ length: 200 }, (_, n) => item(n, 'ö'.repeat(2000)));
    const lines = linesIn(long);
    expect(Buffer.byteLength(lines)).toBeLessThanOrEqual(256 * 1024);
    expect(Buffer.byteLength(lines)).toBeGreaterThan(250 * 1024);
    expect(
      lines
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual(long.slice(0, lines.split('\n').length - 1));
  });

  it('has one name for one plan of one object, which a ConfigMap may have', () => {
    const named = (name: string, uid = 'u', run = 'r'): string =>
      reportName({ metadata: { name, uid } } as Resource<'DeleteRequest'>, run);
    expect(named('dr')).toMatch(/^dr-[0-9a-f]{12}$/);
    expect(named('dr')).toBe(named('dr'));
    expect(new Set([named('dr'), named('dr', 'v'), named('dr', 'u', 's')]).size).toBe(3);
    const long = named(`${'a'.repeat(239)}.b`);
    expect([long.length <= 253, long]).toEqual([true, expect.stringMatching(/^a+-[0-9a-f]{12}$/)]);
  });

  it('is laid down for a request whose status does not hold all of it, and named there', async () => {
    const world = await planned(101);
    const { plan } = (await world.object).status;
    expect([plan?.truncated, plan?.items.length]).toEqual([true, 100]);
    expect([...world.reports.laid.keys()]).toEqual([plan?.report]);
    expect([...world.reports.laid.values()][0]?.split('\n')).toHaveLength(102);
    expect((await planned(100)).reports.laid.size).toBe(0);
  });

  it('holds nothing up that cannot be laid down, and says why', async () => {
    const world = await planned(101, ({ reports }) => {
      reports.refusal = 'configmaps is forbidden';
    });
    expect(await world.seen()).toMatchObject({ reason: 'PlanReady' });
    expect((await world.object).status.plan).not.toHaveProperty('report');
    const [lost] = world.home.events('dr').filter(({ reason }) => reason === 'ReportLost');
    expect(lost?.message).toBe('the first items of the plan could not be laid down: configmaps is forbidden');
  });

  it('is not there where nothing would go, nobody answers, or there is nowhere to lay it', async () => {
    const [replicas, reports] = [new FakeReplicas(), new FakeReports()];
    const asked = { owner, run: 'plan-1' };
    expect(await report(reports, replicas, asked, signal)).toEqual({ is: 'none' });
    replicas.list('plan-1', undefined, items(3));
    expect(await report(undefined, replicas, asked, signal)).toEqual({ is: 'none' });
    replicas.isSilent = true;
    expect(await report(reports, replicas, asked, signal)).toMatchObject({ is: 'lost' });
    expect(reports.laid.size).toBe(0);
  });

  it('is laid down for a CollectionRun that has ended, once', async () => {
    const walk = await new Walk().apply();
    await walk.step();
    const id = await walk.ordered();
    walk.replicas.list(id, undefined, items(3));
    const { kind: _, name: __, items: ___, ...counts } = eachPlan();
    await walk.end({}, { sweep, plan: { ...counts, suspects: 0, items: 3 } });
    const { status } = await walk.step(1000);
    expect([...walk.reports.laid]).toEqual([[status.report, linesIn(items(3))]]);
    await walk.restart().step(1000);
    expect(walk.reports.laid.size).toBe(1);
    expect((await walk.home.only('CollectionRun', 'by-hand')).status.report).toBe(status.report);
  });
});
