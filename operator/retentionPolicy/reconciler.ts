import type { Outcome, Reconcile } from '../runtime/reconcile.ts';
import { act, type ActPorts } from './act.ts';
import { decide } from './decide.ts';
import type { Facts } from './facts.ts';
import { observe } from './observe.ts';
import { wantOf } from './want.ts';

/** Evaluates a RetentionPolicy when it is due, and has what it decides carried out by runs of its Registry. */
export function reconcileRetentionPolicy(ports: ActPorts): Reconcile {
  return async (key, signal) => {
    const facts = await observe(ports, key, signal);
    if (facts === undefined) return { kind: 'settled' };
    return reconcile(ports, facts, signal);
  };
}

async function reconcile(ports: ActPorts, facts: Facts, signal: AbortSignal): Promise<Outcome> {
  const { policy, registry } = facts;
  const want = wantOf(facts);
  const isAsked = want.do === 'evaluate' && registry !== undefined;
  const planned = isAsked ? ports.planning.ask(registry, policy, want.token) : undefined;
  const decision = decide(facts, planned);
  const recorded = await ports.home.applyStatus(policy, decision.status, signal);
  for (const event of decision.events) ports.home.record(recorded, event);
  const acted = await act(ports, { ...facts, policy: recorded }, decision.effects, signal);
  if (acted.run === undefined) return decision.outcome;
  // What came of the order is told at once, and nothing more is done about it before it was observed again.
  const after = decide({ ...facts, ...acted, run: acted.run }, undefined);
  const { policy: told } = acted;
  const isTold = acted.run.is === 'refused' || acted.run.is === 'silent';
  if (isTold) for (const event of after.events) ports.home.record(told, event);
  if (isTold) await ports.home.applyStatus(told, after.status, signal);
  return after.outcome;
}
