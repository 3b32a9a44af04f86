import { isDeepStrictEqual } from 'node:util';
import type { ReplicasOf } from '../admin/replicas.ts';
import type { InUse, InUseKeeper } from '../inUse/keeper.ts';
import { keyOf, type Resource, type ResourceHome } from '../resources/home.ts';
import { confirm } from '../resources/shelvedHome.ts';
import type { Outcome, Reconcile } from '../runtime/reconcile.ts';
import { type Look, lookAt } from './coherence.ts';
import { decide, type Decision, type Observed } from './decide.ts';
import { leave } from './leaving.ts';

export interface RegistryPorts {
  readonly home: ResourceHome;
  readonly replicasOf: ReplicasOf;
  /** Absent: there is no cluster whose workloads could use anything. */
  readonly inUse?: InUseKeeper;
  /** ms since 1970, this machine's clock. */
  readonly now: () => number;
}

export function reconcileRegistry(ports: RegistryPorts): Reconcile {
  return async (key, signal) => {
    const registry = await ports.home.get('Registry', key, signal);
    if (registry === undefined) {
      ports.inUse?.forget(key);
      return { kind: 'settled' };
    }
    if (registry.metadata.deletionTimestamp !== undefined) return leave(ports, registry, signal);
    const observed = await observe(ports, registry, signal);
    return act(ports, registry, await recorded(ports, observed, signal), signal);
  };
}

async function observe(
  { home, replicasOf, inUse: keeper }: RegistryPorts,
  registry: Resource<'Registry'>,
  signal: AbortSignal,
): Promise<Observed> {
  const answers = await replicasOf(registry).statuses(signal);
  const look = answers.length > 0 ? lookAt(answers, registry.status.replicas?.registered ?? 0) : undefined;
  const inUse = keeper && (await inUseOf(keeper, registry, look, signal));
  const runs = await home.listReferring('CollectionRun', keyOf(registry), signal);
  return { registry, look, runs, ...(inUse === undefined ? {} : { inUse }) };
}

/** Told before anything else may act on the Registry: a storage that never heard of this source would not wait for it. */
async function inUseOf(
  keeper: InUseKeeper,
  registry: Resource<'Registry'>,
  look: Look | undefined,
  signal: AbortSignal,
): Promise<InUse> {
  const storage = look?.newest?.storage;
  if (storage === undefined) return { is: 'untold', why: 'none answers', isNew: true };
  return keeper.keep(registry, storage, signal);
}

/** What is not written over a version (a run that is made or goes, what the gate is told) is decided by what stands now. */
async function decided({ home, now }: RegistryPorts, observed: Observed, signal: AbortSignal): Promise<Decision> {
  const { registry } = observed;
  const decision = decide(observed, now());
  const isWrittenOver = decision.draft === undefined && decision.readOnly === undefined;
  if (isWrittenOver && decision.outdated.length === 0) return decision;
  await confirm(home, registry, signal);
  const runs = await home.live.listReferring('CollectionRun', keyOf(registry), signal);
  return decide({ ...observed, runs }, now());
}

/**
 * The run of a slot is made before the status says that its slot was taken: made twice it is one, by its name; the other way round a crash between the two
 * would lose it.
 */
async function recorded(ports: RegistryPorts, observed: Observed, signal: AbortSignal): Promise<Decision> {
  const { home } = ports;
  const { registry } = observed;
  const decision = await decided(ports, observed, signal);
  if (decision.draft !== undefined) await home.create(decision.draft, signal);
  const isSame = isDeepStrictEqual(registry.metadata.finalizers ?? [], decision.finalizers);
  const current = isSame ? registry : await home.setFinalizers(registry, decision.finalizers, signal);
  await home.applyStatus(current, decision.status, signal);
  for (const event of decision.events) home.record(registry, event);
  return decision;
}

async function act(
  { home, replicasOf }: RegistryPorts,
  registry: Resource<'Registry'>,
  { readOnly, outdated, outcome }: Decision,
  signal: AbortSignal,
): Promise<Outcome> {
  for (const run of outdated) await home.delete('CollectionRun', keyOf(run), run.metadata.uid, signal);
  if (readOnly?.do === 'declare') await replicasOf(registry).declareReadOnly(readOnly.reason, readOnly.owner, signal);
  if (readOnly?.do === 'withdraw') await replicasOf(registry).withdrawReadOnly(readOnly.owner, signal);
  return outcome;
}
