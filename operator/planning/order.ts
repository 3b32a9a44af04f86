import type { Problem } from '../../core/admin/problem.ts';
import type { RunOrder } from '../../core/admin/schema.ts';
import { apiVersion, keyOf, keyText, type Resource } from '../resources/home.ts';
import { enforcedDocument } from '../retentionPolicy/enforcement.ts';
import { blamedIn } from '../retentionPolicy/blame.ts';
import { type Belief, believed, keeperDocument, policiesOf } from '../retentionPolicy/keepers.ts';
import type { Unit } from './unit.ts';

/** One run that plans, and what stands at which place of its lists. */
export interface PlanOrder {
  readonly order: RunOrder;
  readonly policies: readonly Resource<'RetentionPolicy'>[];
  readonly requests: readonly Resource<'DeleteRequest'>[];
  readonly keepers: readonly Resource<'RetentionPolicy'>[];
}

export interface PlanOrderInput {
  readonly id: string;
  readonly registry: Resource<'Registry'>;
  readonly units: readonly Unit[];
  /** Every policy of the Registry. */
  readonly policies: readonly Resource<'RetentionPolicy'>[];
  /** Of policies (`namespace/name`) that the registry did not understand. */
  readonly beliefs: ReadonlyMap<string, Belief>;
}

/** Policies keep from each other; what a request names, no policy keeps, so that an order of requests alone carries none. */
export function planOrder({ id, registry, units, policies: all, beliefs }: PlanOrderInput): PlanOrder {
  const policies = units.filter((unit) => unit.kind === 'RetentionPolicy');
  const requests = units.filter((unit) => unit.kind === 'DeleteRequest');
  const planned = new Set(policies.map(({ metadata: { name } }) => name));
  const others = policiesOf(registry, all).filter(({ metadata: { name } }) => !planned.has(name));
  const keepers = policies.length === 0 ? [] : others;
  const { limits } = registry.spec;
  const order: RunOrder = {
    id,
    mode: 'plan',
    plans: 'each',
    input: {
      policies: policies.map(enforcedDocument),
      keepers: keepers.map((policy) =>
        believed(keeperDocument(policy), beliefs.get(keyText(keyOf(policy))) ?? 'whole'),
      ),
      requests: requests.map(requestDocument),
      collect: false,
      ...(limits === undefined ? {} : { limits }),
    },
  };
  return { order, policies, requests, keepers };
}

/** What was approved does not decide a plan, and whoever asks for one of a suspended request means it. */
function requestDocument({ metadata: { name, namespace }, spec }: Resource<'DeleteRequest'>): object {
  const { approvedPlan: _approvedPlan, suspend: _suspend, ...asked } = spec;
  return { apiVersion, kind: 'DeleteRequest', metadata: { name, namespace }, spec: asked };
}

/** Who is to blame for an order that was refused. */
export interface Blame {
  /** What is wrong with each. */
  readonly units: ReadonlyMap<Unit, string>;
  readonly keepers: readonly Resource<'RetentionPolicy'>[];
}

export function blameOf({ policies, requests, keepers }: PlanOrder, problem: Problem): Blame {
  const units = new Map<Unit, string>();
  const blamed = new Set<Resource<'RetentionPolicy'>>();
  for (const { list, index, says } of blamedIn(problem)) {
    const unit = list === 'keepers' ? undefined : { policies, requests }[list][index];
    const earlier = unit && units.get(unit);
    if (unit !== undefined) units.set(unit, earlier === undefined ? says : `${earlier}; ${says}`);
    const keeper = list === 'keepers' ? keepers[index] : undefined;
    if (keeper !== undefined) blamed.add(keeper);
  }
  return { units, keepers: [...blamed] };
}
