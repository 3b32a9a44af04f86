import type { DeleteRequestResource } from '../resources/deleteRequest.ts';
import type { RetentionEvaluator } from '../retention/evaluation.ts';
import type { Limits } from './brake.ts';
import { candidatesOfEach, requestCandidates } from './candidates.ts';
import type { Marked } from './mark.ts';
import { type Plan, Planner } from './plan.ts';
import { noPulls, type Pulls } from './pulls.ts';
import type { Sha256 } from './suspects.ts';

export interface EachPlanInput {
  readonly marked: Marked;
  /** Of all policies, those that act and those that only keep. */
  readonly retention: RetentionEvaluator;
  /** Each gets a plan in which it alone acts. No two have the same name. */
  readonly acting: readonly { readonly name: string; readonly limits: Limits }[];
  /** Each gets a plan by itself. Without those whose done key stands (D1); no two have the same name. */
  readonly requests: readonly DeleteRequestResource[];
  /** Of requests. */
  readonly limits: Limits;
  readonly sha256: Sha256;
  /** Absent: nothing is known of any. */
  readonly pulls?: Pulls;
}

/** The plan of one policy or one request. */
export interface EachPlan {
  readonly kind: 'RetentionPolicy' | 'DeleteRequest';
  /** `namespace/name` */
  readonly name: string;
  readonly plan: Plan;
}

/**
 * Of one mark a plan for every policy and for every request: each the same, with the same digest, as the plan of a run in which it alone acts, the other
 * policies keep, and nothing is collected. One is made when it is asked for.
 */
export function* planEach(input: EachPlanInput): Generator<EachPlan, undefined> {
  const { marked, retention, acting, requests, limits, sha256, pulls = noPulls } = input;
  const planner = new Planner(marked, sha256);
  const names = new Set(acting.map(({ name }) => name));
  const judging = { evaluate: retention, pulls, now: marked.input.now };
  const selected = candidatesOfEach(marked.graph, judging, (policy) => names.has(policy));
  for (const { name, limits: own } of acting) {
    const candidates = { asked: [], selected: selected.get(name) ?? [], confirmed: undefined, limits: own };
    yield { kind: 'RetentionPolicy', name, plan: planner.plan(candidates) };
  }
  const asked = Map.groupBy(requestCandidates(marked.graph, requests), ({ request }) => request);
  for (const { namespace, name } of requests) {
    const called = `${namespace}/${name}`;
    const candidates = { asked: asked.get(called) ?? [], selected: [], confirmed: undefined, limits };
    yield { kind: 'DeleteRequest', name: called, plan: planner.plan(candidates) };
  }
}
