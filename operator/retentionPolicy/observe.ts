import { Problem } from '../../core/admin/problem.ts';
import { Unanswered } from '../admin/client.ts';
import type { ReplicasOf } from '../admin/replicas.ts';
import { keyOf, type ObjectKey, type ReadableHome, type Reads, type Resource } from '../resources/home.ts';
import { registryKeyOf } from '../resources/referring.ts';
import type { RunFollower } from '../runs/runFollower.ts';
import type { Facts, RunSeen } from './facts.ts';
import { keeperDocument, policiesOf, type PolicyDocument } from './keepers.ts';
import { isEdited } from './underWay.ts';

export interface ObservePorts {
  readonly home: ReadableHome;
  readonly replicasOf: ReplicasOf;
  readonly follower: RunFollower;
  /** ms since 1970. */
  readonly now: () => number;
}

/** `undefined`: the policy is gone. */
export async function observe(ports: ObservePorts, key: ObjectKey, signal: AbortSignal): Promise<Facts | undefined> {
  const { home } = ports;
  const policy = await home.get('RetentionPolicy', key, signal);
  if (policy === undefined) return undefined;
  const registry = await home.get('Registry', registryKeyOf(policy), signal);
  const keepers = registry === undefined ? [] : await keepersOf(home, policy, registry, signal);
  const facts: Facts = { policy, registry, keepers, run: { is: 'none' }, now: ports.now() };
  const { runRef } = policy.status;
  if (runRef === undefined) return facts;
  let run: RunSeen = { is: 'unknown' };
  for (const one of await registriesOf(home, facts, signal)) {
    run = await lookAt(ports, one, runRef.name, signal);
    if (run.is !== 'unknown') break;
  }
  return { ...facts, run, now: ports.now() };
}

/** What the other policies of the Registry keep. */
export async function keepersOf(
  home: Reads,
  policy: Resource<'RetentionPolicy'>,
  registry: Resource<'Registry'>,
  signal: AbortSignal,
): Promise<readonly PolicyDocument[]> {
  return policiesOf(registry, await home.listReferring('RetentionPolicy', keyOf(registry), signal))
    .filter(({ metadata: { name } }) => name !== policy.metadata.name)
    .map((other) => keeperDocument(other));
}

/** Where the run may be: an edit may have led the policy to another Registry. */
export async function registriesOf(
  home: ReadableHome,
  facts: Pick<Facts, 'policy' | 'registry'>,
  signal: AbortSignal,
): Promise<readonly Resource<'Registry'>[]> {
  const { policy, registry } = facts;
  const own = registry === undefined ? [] : [registry];
  if (!isEdited(facts)) return own;
  const { items } = await home.list('Registry', signal);
  const { namespace, name } = { ...policy.metadata, name: registry?.metadata.name };
  return [...own, ...items.filter(({ metadata }) => metadata.namespace === namespace && metadata.name !== name)];
}

async function lookAt(
  { replicasOf, follower }: ObservePorts,
  registry: Resource<'Registry'>,
  run: string,
  signal: AbortSignal,
): Promise<RunSeen> {
  try {
    const followed = await follower.look(replicasOf(registry), run, signal);
    return followed === undefined ? { is: 'unknown' } : { is: 'seen', followed };
  } catch (error) {
    return silenceIn(error);
  }
}

/** Throws on what is no answer and no silence of a registry. */
export function silenceIn(error: unknown): Extract<RunSeen, { is: 'silent' }> {
  if (error instanceof Unanswered) return { is: 'silent', why: error.message };
  if (error instanceof Problem) return { is: 'silent', why: `${error.code}: ${error.message}` };
  throw error;
}
