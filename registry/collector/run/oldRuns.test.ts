import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseRunId, type RunId } from '../../../core/window/identity.ts';
import { layout } from '../../storage/layout.ts';
import { CollectorWorld, minute } from '../testing/collectorWorld.ts';
import { sha256 } from '../testing/imageTree.ts';

const [hour, day] = [60 * minute, 24 * 60 * minute];

describe('runs of long ago', () => {
  let world: CollectorWorld;
  beforeEach(async () => {
    world = new CollectorWorld();
    await world.open();
  });
  afterEach(async () => {
    await world.close();
  });

  function runNamed(name: string): RunId {
    const run = parseRunId(name);
    if (run === undefined) throw new Error(`not a run: ${name}`);
    return run;
  }

  async function wrote(
    run: RunId,
    ageMs: number,
    ...documents: readonly ('input' | 'plan' | 'report')[]
  ): Promise<void> {
    const { runs } = world.records;
    if (documents.includes('input')) await runs.createInput(run, {}, world.signal);
    if (documents.includes('plan')) await runs.writePlan(run, {}, world.signal);
    if (documents.includes('report')) await runs.writeReport(run, {}, world.signal);
    world.tree.age(ageMs, layout.run(run));
  }

  it('go with the plans that they made for each, and what plans held goes when nobody may approve it any more', async () => {
    const { plans, runs } = world.records;
    const [early, late] = [sha256('early'), sha256('late')];
    const run = runNamed('each');
    await runs.createInput(run, {}, world.signal);
    await runs.writePlanOf(run, 'DeleteRequest/a/b', {}, world.signal);
    await plans.write(early, [], world.signal);
    world.tree.age(day + hour, layout.plan(early));
    await plans.write(late, [], world.signal);
    await world.collect();
    expect(await runs.list(world.signal)).toContain(run);
    expect(await plans.read(early, world.signal)).toBeUndefined();
    expect(await plans.read(late, world.signal)).toMatchObject({ keys: [] });
    world.tree.age(day + hour, layout.run(run));
    world.tree.ageOne(day + hour, layout.runPlans(run));
    await world.collect({ mode: 'plan' });
    expect(await runs.list(world.signal)).not.toContain(run);
    expect(world.tree.exists(layout.runPlans(run))).toBe(false);
  });

  it('leave the folder alone that a run has made for what it is about to write', async () => {
    const run = runNamed('beginning');
    await wrote(run, 0, 'report');
    await world.driver.discard(layout.runReport(run), world.signal);
    await world.collect();
    expect(world.tree.exists(layout.run(run))).toBe(true);
    world.tree.ageOne(2 * hour, layout.run(run));
    await world.collect();
    expect(world.tree.exists(layout.run(run))).toBe(false);
  });

  it('go, but for the fifty reported last, plans of a day, and what may be going on', async () => {
    const numbered = (n: number): RunId => runNamed(`old-${String(n).padStart(3, '0')}`);
    for (let n = 0; n < 52; n++) await wrote(numbered(n), 2 * day - n * minute, 'input', 'plan', 'report');
    await wrote(runNamed('approvable'), day - hour, 'input', 'plan');
    await wrote(runNamed('stale-plan'), day + hour, 'input', 'plan');
    await wrote(runNamed('heartbeat'), minute, 'report');
    await wrote(runNamed('dead-heartbeat'), 2 * hour, 'report');
    await wrote(runNamed('begun'), minute, 'input');
    await world.collect();
    const left = new Set(await world.records.runs.list(world.signal));
    // The run that looks is one of the fifty: its own report is the newest.
    expect(left.has(numbered(51))).toBe(true);
    expect(Array.from({ length: 52 }, (_, n) => numbered(n)).filter((run) => !left.has(run))).toEqual(
      [0, 1, 2].map(numbered),
    );
    expect(['approvable', 'heartbeat', 'begun'].filter((run) => !left.has(runNamed(run)))).toEqual([]);
    expect(['stale-plan', 'dead-heartbeat'].filter((run) => left.has(runNamed(run)))).toEqual([]);
  });
});
