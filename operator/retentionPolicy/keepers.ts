import { parseRetentionPolicy } from '../../core/resources/retentionPolicy.ts';
import type { RetentionPolicySpec } from '../api/types.ts';
import { apiVersion, type Resource } from '../resources/home.ts';
import { referringTo } from '../resources/referring.ts';

/** A RetentionPolicy as an order of the admin API carries it. */
export interface PolicyDocument {
  readonly apiVersion: typeof apiVersion;
  readonly kind: 'RetentionPolicy';
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: Pick<RetentionPolicySpec, 'registryRef' | 'repositories' | 'rules'> & Partial<RetentionPolicySpec>;
}

/** How much of a policy is believed where it only keeps. */
export type Belief = 'whole' | 'repositories' | 'nothing';

type Policy = Resource<'RetentionPolicy'>;

export function policyDocument(
  { metadata: { name, namespace } }: Policy | PolicyDocument,
  spec: PolicyDocument['spec'],
): PolicyDocument {
  return { apiVersion, kind: 'RetentionPolicy', metadata: { name, namespace }, spec };
}

/** What a policy keeps from the others (R1), whatever its mode, and suspended too: its repositories and rules, and nothing that changes without them. */
export function keeperDocument(policy: Policy): PolicyDocument {
  const { registryRef, repositories, rules } = policy.spec;
  return believed(policyDocument(policy, { registryRef, repositories, rules }), 'whole');
}

/** What is not understood is kept: all of the repositories of such a policy, or where those are not understood either, all there are. */
export function believed(keeper: PolicyDocument, belief: Belief): PolicyDocument {
  if (belief === 'whole' && parseRetentionPolicy(keeper).ok) return keeper;
  const { registryRef, repositories } = keeper.spec;
  const standIn = policyDocument(keeper, { registryRef, repositories, rules: keepsAll });
  if (belief !== 'nothing' && parseRetentionPolicy(standIn).ok) return standIn;
  return policyDocument(keeper, { registryRef, repositories: { include: ['**'] }, rules: keepsAll });
}

/** One that a registry refused is believed in less each time. `undefined`: not even that all is kept was understood. */
export function lessBelief(belief: Belief): Belief | undefined {
  if (belief === 'whole') return 'repositories';
  return belief === 'repositories' ? 'nothing' : undefined;
}

/** The most that a rule can say: so many, or pushed in the last hundred years, or of an age that nobody knows. */
const everything = { latest: 1_000_000, pushedWithin: '36500d' };
const keepsAll = [
  { name: 'tags', tags: { glob: ['*'] }, keep: everything },
  { name: 'untagged', tags: { untagged: true }, keep: everything },
];

/** Every policy that speaks of this Registry's content, by name. */
export function policiesOf(registry: Resource<'Registry'>, all: readonly Policy[]): readonly Policy[] {
  return referringTo(all, registry.metadata).toSorted((left, right) =>
    left.metadata.name < right.metadata.name ? -1 : 1,
  );
}
