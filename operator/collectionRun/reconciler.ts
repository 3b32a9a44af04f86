import { isDeepStrictEqual } from 'node:util';
import { Problem } from '../../core/admin/problem.ts';
import { Unanswered } from '../admin/client.ts';
import type { Replicas, ReplicasOf } from '../admin/replicas.ts';
import { report, type Reports } from '../reports/report.ts';
import { confirmRegistry } from '../registry/confirmed.ts';
import { standingOf } from '../registry/standing.ts';
import { keyText, type ResourceHome } from '../resources/home.ts';
import { registryKeyOf } from '../resources/referring.ts';
import { confirm } from '../resources/shelvedHome.ts';
import { fateOf } from '../runs/fate.ts';
import type { RunFollower } from '../runs/runFollower.ts';
import type { Outcome, Reconcile } from '../runtime/reconcile.ts';
import { decide, type Decision, type Effect } from './decide.ts';
import { leave } from './leaving.ts';
import { type CollectionRun, finalizer, hasFinalizer, type Observed, type RunLook } from './observed.ts';
import { mostAttempts } from './state.ts';

export interface CollectionRunPorts {
  readonly home: ResourceHome;
  readonly replicasOf: ReplicasOf;
  readonly follower: RunFollower;
  /** Absent: there is nowhere to lay a report down. */
  readonly reports?: Reports;
  /** ms since 1970, this machine's clock. */
  readonly now: () => number;
}

/** What is known of a run that goes on beside its object: lost with the process, it costs a status written too soon, or a run that is not stopped. */
interface Going {
  /** Whom to tell if the Registry is deleted before the run. */
  readonly replicas: Replicas;
  readonly toldAt: number;
}

/** How often what is told of a run that goes on is told anew. */
const tellEveryMs = 1000;

export function reconcileCollectionRun(ports: CollectionRunPorts): Reconcile {
  const going = new Map<string, Going>();
  return async (key, signal) => {
    const object = await ports.home.get('CollectionRun', key, signal);
    const before = going.get(keyText(key));
    going.delete(keyText(key));
    if (object === undefined) return { kind: 'settled' };
    const registry = await ports.home.get('Registry', registryKeyOf(object), signal);
    const replicas = registry === undefined ? before?.replicas : ports.replicasOf(registry);
    const now = ports.now();
    const isTellingDue = before === undefined || now - before.toldAt >= tellEveryMs;
    if (replicas !== undefined && hasFinalizer(object)) {
      going.set(keyText(key), { replicas, toldAt: isTellingDue ? now : before.toldAt });
    }
    if (object.metadata.deletionTimestamp !== undefined) return leave(ports, object, replicas, signal);
    const run = await lookOf(ports, object, replicas, signal);
    return carriedOut(ports, { object, standing: standingOf(registry, now), run, isTellingDue }, replicas, signal);
  };
}

async function lookOf(
  { follower }: CollectionRunPorts,
  { status: { runRef, completionTime } }: CollectionRun,
  replicas: Replicas | undefined,
  signal: AbortSignal,
): Promise<RunLook> {
  if (runRef === undefined || completionTime !== undefined || replicas === undefined) return { is: 'none' };
  try {
    const followed = await follower.look(replicas, runRef.name, signal);
    return followed === undefined ? { is: 'absent' } : { is: 'seen', followed, fate: fateOf(followed.view) };
  } catch (error) {
    return { is: 'unanswered', why: whyUnanswered(error) };
  }
}

async function carriedOut(
  ports: CollectionRunPorts,
  observed: Observed,
  replicas: Replicas | undefined,
  signal: AbortSignal,
): Promise<Outcome> {
  const decision = await withReport(ports, observed, decide(observed, ports.now()), replicas, signal);
  const object = await recorded(ports, observed.object, decision, signal);
  if (decision.effect === undefined || replicas === undefined) return decision.outcome;
  if (decision.effect.do === 'order') await confirmed(ports, { ...observed, object }, signal);
  const run = await act(ports, replicas, decision.effect, object, signal);
  if (run === undefined) return decision.outcome;
  const again = decide({ ...observed, object, run }, ports.now());
  await recorded(ports, object, again, signal);
  return again.outcome;
}

/** Of a run that has just ended: the report is made before it is named, and making it again makes no other. */
async function withReport(
  { reports }: CollectionRunPorts,
  { object, run }: Observed,
  decision: Decision,
  replicas: Replicas | undefined,
  signal: AbortSignal,
): Promise<Decision> {
  if (replicas === undefined || run.is !== 'seen' || decision.status.completionTime === undefined) return decision;
  const { id, plan } = run.followed.view;
  if (plan === undefined) return decision;
  const reported = await report(reports, replicas, { owner: object, run: id }, signal);
  if (reported.is === 'lost') return { ...decision, events: [...decision.events, reported.event] };
  return reported.is === 'none' ? decision : { ...decision, status: { ...decision.status, report: reported.name } };
}

/** Neither the object nor what its Registry allows is another by now: an order is not taken back. */
async function confirmed(
  { home, now }: CollectionRunPorts,
  { object, standing }: Observed,
  signal: AbortSignal,
): Promise<void> {
  await confirm(home, object, signal);
  if ('registry' in standing) await confirmRegistry(home, standing.registry, standing.is, now(), signal);
}

/** The finalizer stands before its run is on record, and goes after its end is. */
async function recorded(
  { home }: CollectionRunPorts,
  observed: CollectionRun,
  { isHeld, status, events }: Decision,
  signal: AbortSignal,
): Promise<CollectionRun> {
  const { finalizers = [] } = observed.metadata;
  const others = finalizers.filter((one) => one !== finalizer);
  const isAdded = isHeld && !hasFinalizer(observed);
  const held = isAdded ? await home.setFinalizers(observed, [...finalizers, finalizer], signal) : observed;
  const told = await home.applyStatus(held, status, signal);
  for (const event of events) home.record(observed, event);
  const isLifted = !isHeld && !isDeepStrictEqual(finalizers, others);
  return isLifted ? home.setFinalizers(told, others, signal) : told;
}

/** What is known of the run now, where it is not what was wanted. */
async function act(
  { follower }: CollectionRunPorts,
  replicas: Replicas,
  effect: Effect,
  { status }: CollectionRun,
  signal: AbortSignal,
): Promise<RunLook | undefined> {
  try {
    if (effect.do === 'cancel') {
      await follower.cancel(replicas, effect.id, signal);
      return undefined;
    }
    const followed = await follower.order(replicas, effect.order, signal);
    if (!effect.isFirst || (status.runRef?.attempt ?? 1) >= mostAttempts) return undefined;
    const isTaken = followed === 'differs' || followed.view.ended?.succeeded === false;
    return isTaken ? { is: 'taken' } : undefined;
  } catch (error) {
    return { is: 'unanswered', why: whyUnanswered(error) };
  }
}

/** A refusal is told as well as a silence: a key that may not do it, a limit that is not understood. Anything else is a fault, and thrown on. */
function whyUnanswered(error: unknown): string {
  if (error instanceof Problem || error instanceof Unanswered) return error.message;
  throw error;
}
