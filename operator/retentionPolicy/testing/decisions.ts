import { describe, expect, it } from 'vitest';
import type { RunView } from '../../../core/admin/schema.ts';
import { startingView } from '../../admin/testing/runViews.ts';
import type { Planned } from '../../planning/ports.ts';
import type { Resource } from '../../resources/home.ts';
import { kstatusOf } from '../../resources/testing/kstatus.ts';
import type { Followed } from '../../runs/runFollower.ts';
import { decide } from '../decide.ts';
import { enforcementOrder } from '../enforcement.ts';
import type { Facts, RunSeen } from '../facts.ts';
import { wantOf } from '../want.ts';
import { evaluatedStatus, noon, policyOf, registryOf } from './objects.ts';

type Policy = Resource<'RetentionPolicy'>;

const registry = registryOf();
export const closedRegistry = registryOf({ collection: { allowed: [{ schedule: '0 2 * * *', duration: '2h' }] } });
export const enforce = { mode: 'Enforce' as const };
export const held = { finalizers: ['coppice.dev/run'] };

export function factsOf(facts: Partial<Facts> = {}): Facts {
  return { policy: policyOf(), registry, keepers: [], run: { is: 'none' }, now: noon, ...facts };
}

/** A policy whose run was written down, and what was seen of that run. */
export function under(
  run: 'unknown' | 'silent' | ((view: RunView) => RunView),
  {
    spec = {},
    status = {},
    metadata = {},
    unchangedMs = 0,
    ...facts
  }: {
    readonly spec?: Partial<Policy['spec']>;
    readonly status?: Partial<Policy['status']>;
    readonly metadata?: Partial<Policy['metadata']>;
    readonly unchangedMs?: number;
  } & Partial<Facts> = {},
): Facts {
  const evaluated = policyOf({ ...enforce, ...spec }, { observedGeneration: 1, ...evaluatedStatus() });
  const name = enforcementOrder(evaluated, registry, [])?.id ?? '';
  const view = startingView({ id: name, mode: 'execute' });
  const followed = (seen: RunView): Followed => ({ view: seen, unchangedMs, pauseMs: 250 });
  const seen: RunSeen =
    run === 'unknown'
      ? { is: 'unknown' }
      : run === 'silent'
        ? { is: 'silent', why: 'connect ECONNREFUSED' }
        : { is: 'seen', followed: followed(run(view)) };
  const policy = policyOf(
    { ...enforce, ...spec },
    { observedGeneration: 1, ...evaluatedStatus(), runRef: { name }, conditions: [], ...status },
    { ...held, ...metadata },
  );
  return factsOf({ policy, run: seen, ...facts });
}

export interface Case {
  readonly name: string;
  readonly facts: Facts;
  readonly planned?: Planned;
  /** Status and reason of Ready. */
  readonly ready: string;
  readonly kstatus: 'Current' | 'InProgress' | 'Failed' | 'Terminating';
  readonly effects?: readonly string[];
  readonly outcome?: 'settled' | 'again' | 'stalled';
  readonly message?: RegExp;
  /** Of the status. */
  readonly has?: Partial<Policy['status']>;
  readonly hasNot?: readonly (keyof Policy['status'])[];
  readonly events?: readonly string[];
}

export function describeDecisions(name: string, cases: readonly Case[]): void {
  describe(name, () => {
    it.each(cases)('$name', ({ facts, planned, ready, kstatus, effects, outcome, message, has, hasNot, events }) => {
      expect(wantOf(facts).do === 'evaluate').toBe(planned !== undefined);
      const decision = decide(facts, planned);
      const { status } = decision;
      const told = status.conditions?.find(({ type }) => type === 'Ready');
      expect(told === undefined ? 'undefined' : `${told.status} ${told.reason}`).toBe(ready);
      expect(kstatusOf({ ...facts.policy, status }).status).toBe(kstatus);
      if (facts.policy.metadata.deletionTimestamp === undefined) {
        expect(status.observedGeneration).toBe(facts.policy.metadata.generation);
      }
      if (effects !== undefined) expect(decision.effects.map((effect) => effect.do)).toEqual(effects);
      if (outcome !== undefined) expect(decision.outcome.kind).toBe(outcome);
      if (message !== undefined) {
        const texts = status.conditions?.map((one) => one.message) ?? [];
        expect(
          texts.some((text) => message.test(text)),
          texts.join('\n'),
        ).toBe(true);
      }
      if (has !== undefined) expect(status).toMatchObject(has);
      for (const field of hasNot ?? []) expect(status).not.toHaveProperty(field);
      if (events !== undefined) {
        expect(decision.events.map(({ type, reason }) => `${type} ${reason}`)).toEqual(events);
      }
    });

    const lasting = cases.filter(({ planned }) => planned?.is !== 'planned');
    it.each(lasting)('$name: looked at again, nothing is written and nothing is told', ({ facts, planned }) => {
      const { status } = decide(facts, planned);
      const again = { ...facts, policy: { ...facts.policy, status }, now: facts.now + 1000 };
      const second = decide(again, planned);
      expect(second.status).toEqual(status);
      if (facts.policy.metadata.deletionTimestamp === undefined) expect(second.events).toEqual([]);
    });
  });
}
