import { Problem, problems } from '../../core/admin/problem.ts';
import type { RunOrder } from '../../core/admin/schema.ts';
import { Unanswered } from '../admin/client.ts';
import type { Planning } from '../planning/ports.ts';
import { confirmRegistry } from '../registry/confirmed.ts';
import { standingOf } from '../registry/standing.ts';
import { Conflict, type Resource, type ResourceHome } from '../resources/home.ts';
import { confirm } from '../resources/shelvedHome.ts';
import { blamedIn } from './blame.ts';
import type { Effect } from './decision.ts';
import { enforcementOrder } from './enforcement.ts';
import { type Facts, runFinalizer, type RunSeen } from './facts.ts';
import { type Belief, believed, lessBelief } from './keepers.ts';
import { keepersOf, type ObservePorts, registriesOf, silenceIn } from './observe.ts';

export interface ActPorts extends ObservePorts {
  readonly home: ResourceHome;
  readonly planning: Planning;
}

type Policy = Resource<'RetentionPolicy'>;

/** What came of the effects. */
interface Acted {
  readonly policy: Policy;
  /** Of an order, what was seen of its run. */
  readonly run?: RunSeen;
}

/** In order; safe to repeat. `facts.policy` is the version that was recorded. */
export async function act(
  ports: ActPorts,
  facts: Facts,
  effects: readonly Effect[],
  signal: AbortSignal,
): Promise<Acted> {
  let acted: Acted = { policy: facts.policy };
  for (const effect of effects)
    acted = { ...acted, ...(await carryOut(ports, { ...facts, ...acted }, effect, signal)) };
  return acted;
}

async function carryOut(ports: ActPorts, facts: Facts, effect: Effect, signal: AbortSignal): Promise<Partial<Acted>> {
  const { home, planning } = ports;
  const { policy } = facts;
  const { finalizers = [] } = policy.metadata;
  switch (effect.do) {
    case 'forgetPlan':
      planning.forget(policy);
      return {};
    case 'liftFinalizer': {
      const rest = finalizers.filter((one) => one !== runFinalizer);
      return rest.length === finalizers.length ? {} : { policy: await home.setFinalizers(policy, rest, signal) };
    }
    case 'order': {
      const held = finalizers.includes(runFinalizer)
        ? policy
        : await home.setFinalizers(policy, [...finalizers, runFinalizer], signal);
      return { policy: held, run: await order(ports, { ...facts, policy: held }, effect.order, signal) };
    }
    case 'cancel':
      await cancel(ports, facts, effect.run, signal);
      return {};
  }
}

/** What is refused for a keeper's sake is ordered again with that one believed in less: the name of the run is over what the policies say, and stays. */
async function order(ports: ActPorts, facts: Facts, first: RunOrder, signal: AbortSignal): Promise<RunSeen> {
  const { registry } = facts;
  if (registry === undefined) return { is: 'unknown' };
  const keepers = await confirmed(ports, { ...facts, registry }, first, signal);
  const replicas = ports.replicasOf(registry);
  const beliefs = keepers.map((): Belief => 'whole');
  for (;;) {
    const documents = keepers.map((keeper, index) => believed(keeper, beliefs[index] ?? 'whole'));
    try {
      const order = { ...first, input: { ...first.input, keepers: documents } };
      const followed = await ports.follower.follow(replicas, order, signal);
      return followed === 'differs' ? { is: 'unknown' } : { is: 'seen', followed };
    } catch (error) {
      if (error instanceof Unanswered) return { is: 'silent', why: error.message };
      if (!(error instanceof Problem)) throw error;
      const isOurs = error.code === 'INVALID';
      if (!isOurs || !believeLess(beliefs, error)) return { is: 'refused', message: refusalText(error), isOurs };
    }
  }
}

/**
 * What keeps, read anew: the order is that of the policies as they stand now (R1). Rejects with `Conflict` where another one would be given by now, or none.
 */
async function confirmed(
  { home, now }: ActPorts,
  facts: Facts & { readonly registry: Resource<'Registry'> },
  order: RunOrder,
  signal: AbortSignal,
): Promise<Facts['keepers']> {
  const policy = await confirm(home, facts.policy, signal);
  const registry = await confirmRegistry(home, facts.registry, standingOf(facts.registry, facts.now).is, now(), signal);
  const keepers = await keepersOf(home.live, policy, registry, signal);
  if (enforcementOrder(policy, registry, keepers)?.id === order.id) return keepers;
  throw new Conflict(`the policies of Registry ${registry.metadata.name} are others than those that were observed`);
}

/** Whether another order comes of it. */
function believeLess(beliefs: Belief[], problem: Problem): boolean {
  const blamed = blamedIn(problem);
  let isLess = false;
  for (const index of new Set(blamed.flatMap((one) => (one.list === 'keepers' ? [one.index] : [])))) {
    const belief = beliefs[index];
    const less = belief && lessBelief(belief);
    if (less === undefined) continue;
    beliefs[index] = less;
    isLess = true;
  }
  return isLess && blamed.every(({ list }) => list === 'keepers');
}

function refusalText({ code, message, mistakes }: Problem): string {
  const told = mistakes.map(({ path, says }) => `${path} ${says}`).join('; ');
  return `the registry refused the run (${problems[code].says}): ${told === '' ? message : told}`;
}

/** Wherever it was ordered. Where nobody can be told, it is tried again as long as its end was not seen. */
async function cancel({ home, replicasOf }: ActPorts, facts: Facts, run: string, signal: AbortSignal): Promise<void> {
  for (const registry of await registriesOf(home, facts, signal)) {
    try {
      if ((await replicasOf(registry).cancel(run, signal)) !== undefined) return;
    } catch (error) {
      silenceIn(error);
    }
  }
}
