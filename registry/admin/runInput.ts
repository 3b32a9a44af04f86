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
 * than the one named, is left out. A run that removes leaves out what is in mode Preview; one that plans shows it.
 */
export function parseRunOrder(order: RunOrder): RunInput {
  const { mode, input } = order;
  const mistakes: ProblemMistake[] = [];
  const policies = parseEach<RetentionPolicyResource>('policies', input.policies, parseRetentionPolicy, mistakes);
  const requests = parseEach<DeleteRequestResource>('requests', input.requests, parseDeleteRequest, mistakes);
  const id = parseRunId(order.id);
  if (id === undefined) mistakes.push({ path: 'id', says: 'is no name for a run' });
  if (mistakes.length > 0 || id === undefined) throw new Problem('INVALID', 'the order has mistakes', mistakes);

  const isOurs = ({ registry, suspend }: RetentionPolicyResource | DeleteRequestResource): boolean =>
    !suspend && (input.registry === undefined || registry === input.registry);
  const meant = {
    policies: policies.filter((one) => isOurs(one) && (mode === 'plan' || one.mode === 'Enforce')),
    requests: requests.filter((one) => isOurs(one) && (mode === 'plan' || one.mode === 'Execute')),
  };
  const approvedPlan = order.approvedPlan ?? approvedIn(meant);
  return {
    id,
    mode,
    ...(approvedPlan === undefined ? {} : { approvedPlan }),
    policies: meant.policies.map(({ policy }) => policy),
    requests: meant.requests,
    limits: limitsOf(input.limits, meant, approvedPlan !== undefined),
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

/** G8: the tightest of what the order and its policies say. A request that nobody approved may remove no more than `unapprovedDeletes`, and only by digest. */
function limitsOf(asked: RunOrder['input']['limits'], { policies, requests }: Meant, isApproved: boolean): Limits {
  const own: RetentionLimits = {
    maxDeletesPerRun: asked?.maxDeletesPerRun ?? usualMaxDeletes,
    maxDeletePercent: asked?.maxDeletePercent ?? usualMaxPercent,
  };
  const all = [own, ...policies.flatMap(({ limits }) => limits ?? [])];
  const isPinned = requests.every(({ targets }) => targets.every((target) => 'digest' in target));
  const unapproved = requests.length === 0 || isApproved ? [] : [isPinned ? (asked?.unapprovedDeletes ?? 0) : 0];
  return {
    maxDeletes: Math.min(...unapproved, ...all.flatMap(({ maxDeletesPerRun }) => maxDeletesPerRun ?? [])),
    maxDeletePercent: Math.min(...all.flatMap(({ maxDeletePercent }) => maxDeletePercent ?? [])),
  };
}

function parseEach<T>(
  list: string,
  documents: readonly unknown[],
  parse: (document: unknown) => Parsed<T>,
  mistakes: ProblemMistake[],
): readonly T[] {
  return documents.flatMap((document, at) => {
    const parsed = parse(document);
    if (parsed.ok) return [parsed.value];
    mistakes.push(...parsed.mistakes.map(({ path, says }) => ({ path: `input.${list}[${at}].${path}`, says })));
    return [];
  });
}
