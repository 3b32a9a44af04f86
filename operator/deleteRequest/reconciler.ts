import type { ReplicasOf } from '../admin/replicas.ts';
import type { Planning } from '../planning/ports.ts';
import { report, type Reports } from '../reports/report.ts';
import { confirmRegistry } from '../registry/confirmed.ts';
import type { Resource, ResourceHome } from '../resources/home.ts';
import { confirm } from '../resources/shelvedHome.ts';
import { isPassing, type RunFollower } from '../runs/runFollower.ts';
import type { Reconcile } from '../runtime/reconcile.ts';
import { Backoff } from './backoff.ts';
import { decide } from './decide.ts';
import { type Decision, type Effect, settled } from './decision.ts';
import { Observer } from './observe.ts';
import { finalizer, type Observed } from './observed.ts';

export interface DeleteRequestPorts {
  readonly home: ResourceHome;
  readonly replicasOf: ReplicasOf;
  readonly planning: Planning;
  readonly follower: RunFollower;
  /** Absent: there is nowhere to lay a report down. */
  readonly reports?: Reports;
  /** ms since 1970. */
  readonly now: () => number;
  /** A monotonic clock, ms. */
  readonly mono: () => number;
}

/** Observe, decide, record, act (design, section 4). Nothing that it remembers decides anything: another one goes on from what is on record. */
export function reconcileDeleteRequests(ports: DeleteRequestPorts): Reconcile {
  const differing = new Set<string>();
  const observer = new Observer({ ...ports, differing, backoff: new Backoff(ports.mono) });
  return async (key, signal) => {
    const observed = await observer.observe(key, signal);
    if (observed === undefined) return settled;
    const decision = await withReport(ports, observed, decide(observed, ports.now()), signal);
    const recorded = await record(ports.home, observed.object, decision, signal);
    for (const event of decision.events) ports.home.record(recorded, event);
    for (const effect of decision.effects) {
      await act({ ...ports, differing }, effect, recorded, observed, signal);
    }
    return decision.outcome;
  };
}

/** Of a plan that is new, and longer than its status: the report is made before it is named, and making it again makes no other. */
async function withReport(
  { reports, replicasOf }: DeleteRequestPorts,
  { object, registry, plan }: Observed & { readonly registry: Resource<'Registry'> | undefined },
  decision: Decision,
  signal: AbortSignal,
): Promise<Decision> {
  const { plan: recorded } = decision.status;
  if (plan.is !== 'planned' || registry === undefined || recorded?.truncated !== true) return decision;
  const { namespace, name } = object.metadata;
  const asked = { owner: object, run: recorded.run, of: `DeleteRequest/${namespace}/${name}` };
  const reported = await report(reports, replicasOf(registry), asked, signal);
  if (reported.is === 'lost') return { ...decision, events: [...decision.events, reported.event] };
  if (reported.is === 'none') return decision;
  return { ...decision, status: { ...decision.status, plan: { ...recorded, report: reported.name } } };
}

/** Over the version that was observed: one that was replaced meanwhile stops here. The finalizer stands before its run is named, and goes after its end is. */
async function record(
  home: ResourceHome,
  object: Resource<'DeleteRequest'>,
  { status, finalizer: change }: Decision,
  signal: AbortSignal,
): Promise<Resource<'DeleteRequest'>> {
  const others = (object.metadata.finalizers ?? []).filter((one) => one !== finalizer);
  const held = change === 'set' ? await home.setFinalizers(object, [...others, finalizer], signal) : object;
  const told = await home.applyStatus(held, status, signal);
  return change === 'lift' ? home.setFinalizers(told, others, signal) : told;
}

async function act(
  { home, planning, follower, replicasOf, differing, now }: DeleteRequestPorts & { readonly differing: Set<string> },
  effect: Effect,
  object: Resource<'DeleteRequest'>,
  { registry, standing }: Pick<Observed, 'standing'> & { readonly registry: Resource<'Registry'> | undefined },
  signal: AbortSignal,
): Promise<void> {
  const { namespace, name, uid } = object.metadata;
  switch (effect.do) {
    case 'forgetPlan':
      planning.forget(object);
      return;
    case 'delete':
      await confirm(home, object, signal);
      await home.delete('DeleteRequest', { namespace, name }, uid, signal);
      return;
    case 'cancel':
      if (registry !== undefined) await follower.cancel(replicasOf(registry), effect.run, signal);
      return;
    case 'order':
      if (registry === undefined) return;
      await confirm(home, object, signal);
      await confirmRegistry(home, registry, standing.is, now(), signal);
      try {
        const answer = await follower.order(replicasOf(registry), effect.order, signal);
        if (answer === 'differs') differing.add(effect.order.id);
      } catch (error) {
        if (!isPassing(error)) throw error; // Whether it arrived shows at the next look, and it is ordered again if not.
      }
  }
}
