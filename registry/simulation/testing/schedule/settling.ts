import type { Gate } from '../../../../core/window/gate.ts';
import { repositories } from '../client/catalogue.ts';
import { collect } from '../client/operator.ts';
import { type ClientWorld, Session } from '../client/session.ts';
import { pull } from '../client/pulling.ts';
import { push } from '../client/pushing.ts';
import { openRecords } from '../../../records/records.ts';
import type { World } from '../registry/parts.ts';
import type { Server } from '../registry/server.ts';
import { ServedContent } from './finalState.ts';
import type { Fleet } from './fleet.ts';
import { durations, type Setting } from './setting.ts';

interface Settling {
  readonly world: World;
  readonly fleet: Fleet;
  readonly clients: ClientWorld;
  readonly setting: Setting;
}

/** So many collections a garbage may outlast: one that finds it, one that confirms it, and those in which promises, tombstones and the trash run out. */
const mostRuns = 12;
/** The first looks of replicas fence who fell silent, which may come between the steps of a run. */
const mostBroken = 3;
/** A life whose record a power cut damaged is fenced after ten minutes of silence; until then nobody knows what it touched. */
const silenceMs = 11 * 60_000;

/** Nothing goes wrong any more: every hold ends, garbage goes, and what is left is what was acknowledged. */
export async function settleDown(settling: Settling): Promise<void> {
  const { fleet, clients, setting, world } = settling;
  const { judge, scheduler } = clients;
  const session = new Session('settling', clients);
  let keeper = await oneServer(fleet);
  const content = new ServedContent(world.storage.disk, repositories);
  judgeTags(settling, content);
  await judgeHolds(session);
  // Until promises and tombstones have run out there is nothing to collect.
  await scheduler.sleep(Math.max(1.25 * durations.promiseTTLMs, setting.collection.undoPeriodMs));
  // W5: longer than a window may stand, and no executor has come by: a replica has ended what a dead one left.
  await judgeGate(settling, session, ['OPEN', 'MARKING']);
  let broken = 0;
  for (let run = 0; run < mostRuns && judge.violations.length === 0; run += 1) {
    if (keeper === undefined) {
      judge.violated('liveness', 'no replica starts');
      return;
    }
    const report = await collect(session, keeper, []);
    judgeTags(settling, content);
    if (report?.ended?.succeeded === true) {
      if (content.garbage(setting.collection.untagged).length === 0) break;
      await scheduler.sleep(2000);
      continue;
    }
    broken += 1;
    const { reason = 'nothing', message = '' } = report?.ended ?? {};
    const mayBe = broken <= mostBroken && (reason === 'StorageError' || reason === 'Superseded' || reason === 'Fenced');
    if (!mayBe) judge.violated('liveness', `a run ends as ${reason}: ${message}`);
    if (reason !== 'StorageError') continue;
    await fleet.stop(keeper);
    await scheduler.sleep(silenceMs);
    keeper = await oneServer(fleet);
  }
  if (judge.violations.length > 0) return;
  const [left, ...more] = content.garbage(setting.collection.untagged);
  if (left !== undefined) judge.violated('liveness', `${left} stays, and ${more.length} more`);
  await judgeGate(settling, session, ['OPEN']);
  await judgeHolds(session);
  judgeTags(settling, content);
}

/** All but one replica leave in order. */
async function oneServer(fleet: Fleet): Promise<Server | undefined> {
  if (fleet.servers.length === 0) await fleet.start();
  const [keeper, ...others] = fleet.servers;
  for (const other of others) await fleet.stop(other);
  return keeper;
}

/** Tags as their registers say, and everything below them whole. */
function judgeTags({ clients: { judge } }: Settling, content: ServedContent): void {
  for (const { repository, tag } of judge.tags()) {
    const digest = content.tag(repository, tag);
    judge.found(repository, tag, digest, judge.lookSince(judge.now()));
    const [missing] = digest === undefined ? [] : content.missingBelow(repository, digest);
    if (missing !== undefined) judge.violated('G2/G5', `${repository}:${tag} stands without ${missing}`);
  }
}

/** A window that stood when the last executor died is over after its time, counted from when it was first seen; then everything can be pushed at once. */
async function judgeHolds(session: Session): Promise<void> {
  const { judge, catalogue, history, chance, scheduler } = session.world;
  const pushed = (): number => history.counts.get('PUT-manifest: pushed') ?? 0;
  const [repository, artifact] = [chance.pick(repositories), chance.pick(catalogue.artifacts)];
  const [begun, until] = [pushed(), scheduler.now + 2 * durations.windowMs];
  const [first] = judge.tags(repository);
  if (first === undefined) throw new Error('a repository without tags');
  while (pushed() === begun && scheduler.now < until) await push(session, repository, artifact, [first.tag]);
  await pull(session, repository, first.tag);
  if (pushed() === begun) judge.violated('liveness', 'a push is held for ever');
}

async function judgeGate(
  { fleet, world }: Settling,
  { world: { judge } }: Session,
  phases: readonly Gate['phase'][],
): Promise<void> {
  const driver = world.storage.driver(fleet.process('judge'));
  const records = openRecords(driver, { fresh: () => 'none', onPruningFailed: () => undefined });
  const { signal } = new AbortController();
  const gate = await records.gates.read(signal);
  if (gate === undefined || !phases.includes(gate.phase))
    judge.violated('liveness', `the gate stays ${gate?.phase ?? 'absent'}`);
}
