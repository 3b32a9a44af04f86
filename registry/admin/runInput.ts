import { type DeleteRequestResource, parseDeleteRequest } from '../../core/resources/deleteRequest.ts';
import type { Parsed } from '../../core/resources/mistake.ts';
import {
  parseRetentionPolicy,
  type RetentionLimits,
  type RetentionPolicyResource,
} from '../../core/resources/retentionPolicy.ts';
import { parseRunId } from '../../core/window/identity.ts';
import type { Limits, RunInput } from '../collector/run/input.ts';
import { Problem, type ProblemMistake } from '../../core/admin/problem.ts';
import type { RunOrder } from '../../core/admin/schema.ts';

const usualMaxDeletes = 5000;
const usualMaxPercent = 30;

/**
 * What an order asks of a run: its documents read and checked, or a `Problem` with every mistake in any of them. What is suspended, or of another Registry
 * than the one named, is left out. A run that removes leaves out what is in mode Preview; one that plans shows it. Keepers only keep, so they do that in any
 * mode, and suspended.
 */
export function parseRunOrder(order: RunOrder): RunInput {
  const { mode, input } = order;
  const mistakes: ProblemMistake[] = [];
  const policies = parseEach<RetentionPolicyResource>('policies', input.policies, parseRetentionPolicy, mistakes);
  const keepers = parseEach<RetentionPolicyResource>('keepers', input.keepers ?? [], parseRetentionPolicy, mistakes);
  const requests = parseEach<DeleteRequestResource>('requests', input.requests, parseDeleteRequest, mistakes);
  // Whose rules may remove is told by name, so a keeper that is called as a policy would remove.
  tellNamesakes([...policies, ...keepers], mistakes);
  tellNamesakes(requests, mistakes);
  const isEach = order.plans === 'each';
  if (isEach && mode !== 'plan') mistakes.push({ path: 'plans', says: 'must not be each where something is removed' });
  const id = parseRunId(order.id);
  if (id === undefined) mistakes.push({ path: 'id', says: 'is no name for a run' });
  if (mistakes.length > 0 || id === undefined) throw new Problem('INVALID', 'the order has mistakes', mistakes);

  const isOurs = ({ registry }: RetentionPolicyResource | DeleteRequestResource): boolean =>
    input.registry === undefined || registry === input.registry;
  const meant = {
    policies: valuesOf(policies).filter(
      (one) => isOurs(one) && !one.suspend && (mode === 'plan' || one.mode === 'Enforce'),
    ),
    requests: valuesOf(requests).filter(
      (one) => isOurs(one) && !one.suspend && (mode === 'plan' || one.mode === 'Execute'),
    ),
  };
  const keeping = valuesOf(keepers).filter(isOurs);
  const approvedPlan = isEach ? undefined : (order.approvedPlan ?? approvedIn(meant));
  return {
    id,
    mode,
    ...(approvedPlan === undefined ? {} : { approvedPlan }),
    policies: [...meant.policies, ...keeping].map(({ policy }) => policy),
    // Left out where it says nothing, so that an order reads as earlier versions stored it.
    ...(keeping.length === 0 ? {} : { acting: meant.policies.map(({ policy }) => policy.name) }),
    requests: meant.requests,
    ...(isEach
      ? {
          plans: 'each' as const,
          limits: orderLimits(input.limits),
          limitsOf: limitsOfEach(input.limits, meant.policies),
        }
      : { limits: limitsOf(input.limits, meant, approvedPlan !== undefined) }),
    ...(input.collect === false ? { collect: false as const } : {}),
    ...(input.untagged === undefined ? {} : { untagged: input.untagged }),
    ...(input.acceptMissing === undefined ? {} : { acceptMissing: input.acceptMissing }),
  };
}

interface Meant {
  readonly policies: readonly RetentionPolicyResource[];
  readonly requests: readonly DeleteRequestResource[];
}

/** A run has one plan, so resources that say which one is approved must say the same. */
function approvedIn({ policies, requests }: Meant): string | undefined {
  const [first, ...others] = new Set([...policies, ...requests].flatMap(({ approvedPlan }) => approvedPlan ?? []));
  if (others.length > 0) throw new Problem('INVALID', 'the resources approve different plans: order a run for each');
  return first;
}

type AskedLimits = RunOrder['input']['limits'];

/** G8: the tightest of what the order and its policies say. A request that nobody approved may remove no more than `unapprovedDeletes`, and only by digest. */
function limitsOf(asked: AskedLimits, { policies, requests }: Meant, isApproved: boolean): Limits {
  const isPinned = requests.every(({ targets }) => targets.every((target) => 'digest' in target));
  const unapproved = requests.length === 0 || isApproved ? [] : [isPinned ? (asked?.unapprovedDeletes ?? 0) : 0];
  const own = unapproved.map((maxDeletesPerRun) => ({ maxDeletesPerRun }));
  return tightest(orderLimits(asked), [...own, ...policies.flatMap(({ limits }) => limits ?? [])]);
}

function limitsOfEach(asked: AskedLimits, policies: readonly RetentionPolicyResource[]): Record<string, Limits> {
  return Object.fromEntries(
    policies.map(({ policy, limits = {} }) => [policy.name, tightest(orderLimits(asked), [limits])]),
  );
}

function orderLimits(asked: AskedLimits): Required<Limits> {
  return {
    maxDeletes: asked?.maxDeletesPerRun ?? usualMaxDeletes,
    maxDeletePercent: asked?.maxDeletePercent ?? usualMaxPercent,
  };
}

function tightest({ maxDeletes, maxDeletePercent }: Required<Limits>, others: readonly RetentionLimits[]): Limits {
  return {
    maxDeletes: Math.min(maxDeletes, ...others.flatMap((limits) => limits.maxDeletesPerRun ?? [])),
    maxDeletePercent: Math.min(maxDeletePercent, ...others.flatMap((limits) => limits.maxDeletePercent ?? [])),
  };
}

interface Read<T> {
  readonly value: T;
  /** Of its document in the order. */
  readonly path: string;
}

function valuesOf<T>(read: readonly Read<T>[]): readonly T[] {
  return read.map(({ value }) => value);
}

function parseEach<T>(
  list: string,
  documents: readonly unknown[],
  parse: (document: unknown) => Parsed<T>,
  mistakes: ProblemMistake[],
): readonly Read<T>[] {
  return documents.flatMap((document, at) => {
    const path = `input.${list}[${at}]`;
    const parsed = parse(document);
    if (parsed.ok) return [{ value: parsed.value, path }];
    mistakes.push(...parsed.mistakes.map((mistake) => ({ path: `${path}.${mistake.path}`, says: mistake.says })));
    return [];
  });
}

function tellNamesakes(
  read: readonly Read<{ readonly namespace: string; readonly name: string }>[],
  mistakes: ProblemMistake[],
): void {
  const first = new Map<string, string>();
  for (const { value, path } of read) {
    const name = `${value.namespace}/${value.name}`;
    const earlier = first.get(name);
    if (earlier === undefined) first.set(name, path);
    else mistakes.push({ path: `${path}.metadata.name`, says: `is the name of ${earlier} already: ${name}` });
  }
}
