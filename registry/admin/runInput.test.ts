import { describe, expect, it } from 'vitest';
import { Problem } from '../../core/admin/problem.ts';
import { parseRunOrder } from './runInput.ts';
import type { RunOrder } from '../../core/admin/schema.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const plan = (c: string): string => `sha256:${c.repeat(64)}`;

function policy(name: string, spec: object = {}): unknown {
  const rules = [{ name: 'x', tags: { glob: ['*'] }, keep: { latest: 1 } }];
  return {
    apiVersion: 'coppice.dev/v1alpha1',
    kind: 'RetentionPolicy',
    metadata: { name, namespace: 'test' },
    spec: { registryRef: { name: 'main' }, mode: 'Enforce', repositories: { include: ['**'] }, rules, ...spec },
  };
}

function request(name: string, spec: object = {}): unknown {
  return {
    apiVersion: 'coppice.dev/v1alpha1',
    kind: 'DeleteRequest',
    metadata: { name, namespace: 'test' },
    spec: { registryRef: { name: 'main' }, mode: 'Execute', targets: [{ repository: 'a', digest }], ...spec },
  };
}

function parse(input: Partial<RunOrder['input']>, order: Partial<RunOrder> = {}) {
  return parseRunOrder({ id: 'r', mode: 'execute', ...order, input: { policies: [], requests: [], ...input } });
}

function problem(work: () => unknown): Problem {
  try {
    work();
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('there was no problem');
}

describe('the input of a run', () => {
  it('leaves out what is in mode Preview where something is removed, and shows it where nothing is', () => {
    const input = {
      policies: [policy('on'), policy('off', { mode: 'Preview' })],
      requests: [request('on'), request('off', { mode: 'Preview' })],
    };
    const executed = parse(input);
    expect(executed.policies.map(({ name }) => name)).toEqual(['test/on']);
    expect(executed.requests.map(({ name }) => name)).toEqual(['on']);
    const planned = parse(input, { mode: 'plan' });
    expect([planned.policies.length, planned.requests.length]).toEqual([2, 2]);
  });

  it('leaves out what is suspended or of another Registry', () => {
    const policies = [policy('a'), policy('b', { suspend: true }), policy('c', { registryRef: { name: 'other' } })];
    expect(parse({ policies, registry: 'main' }).policies.map(({ name }) => name)).toEqual(['test/a']);
    expect(parse({ policies }).policies.map(({ name }) => name)).toEqual(['test/a', 'test/c']);
  });

  it.each([
    ['5,000 and 30 % when nobody says anything', {}, { maxDeletes: 5000, maxDeletePercent: 30 }],
    [
      'the tightest of order and policies',
      {
        limits: { maxDeletesPerRun: 100 },
        policies: [policy('a', { limits: { maxDeletesPerRun: 7 } }), policy('b', { limits: { maxDeletePercent: 3 } })],
      },
      { maxDeletes: 7, maxDeletePercent: 3 },
    ],
    [
      'nothing for a request that nobody approved',
      { requests: [request('a')] },
      { maxDeletes: 0, maxDeletePercent: 30 },
    ],
    [
      'what may go unapproved, where every target has a digest',
      { requests: [request('a')], limits: { unapprovedDeletes: 5 } },
      { maxDeletes: 5, maxDeletePercent: 30 },
    ],
    [
      'nothing, where one has none',
      {
        limits: { unapprovedDeletes: 5 },
        requests: [request('a', { targets: [{ repository: 'x/**' }], cutoff: '2026-01-01T00:00:00Z' })],
      },
      { maxDeletes: 0, maxDeletePercent: 30 },
    ],
  ] as const)('G8: limits a run to %s', (_, input, limits) => {
    expect(parse(input as Partial<RunOrder['input']>).limits).toEqual(limits);
  });

  it('takes the plan that the resources approve, if they agree', () => {
    const approved = parse({ requests: [request('a', { approvedPlan: plan('b') })] });
    expect(approved).toMatchObject({ approvedPlan: plan('b'), limits: { maxDeletes: 5000 } });
    const requests = [request('a', { approvedPlan: plan('b') }), request('c', { approvedPlan: plan('d') })];
    expect(problem(() => parse({ requests })).message).toContain('approve different plans');
    expect(parse({ requests }, { approvedPlan: plan('e') }).approvedPlan).toBe(plan('e'));
  });

  it('R1: takes keepers in any mode and suspended, and lets only policies act', () => {
    const keepers = [
      policy('k1', { mode: 'Preview' }),
      policy('k2', { suspend: true }),
      policy('k3', { registryRef: { name: 'other' } }),
    ];
    const input = { policies: [policy('a'), policy('off', { mode: 'Preview' })], keepers, registry: 'main' };
    const parsed = parse(input);
    expect(parsed.policies.map(({ name }) => name)).toEqual(['test/a', 'test/k1', 'test/k2']);
    expect(parsed.acting).toEqual(['test/a']);
    expect(parse({ ...input, policies: [] }).acting).toEqual([]);
  });

  it('G8: takes neither limits nor approvals of keepers', () => {
    const keepers = [policy('k', { limits: { maxDeletesPerRun: 1 }, approvedPlan: plan('b') })];
    expect(parse({ policies: [policy('a')], keepers })).toMatchObject({ limits: { maxDeletes: 5000 } });
    expect(parse({ policies: [policy('a')], keepers })).not.toHaveProperty('approvedPlan');
  });

  it('reads an order that asks for nothing of it as earlier versions did', () => {
    const parsed = parse({ policies: [policy('a')], keepers: [], collect: true }, { plans: 'together' });
    expect(Object.keys(parsed).toSorted()).toEqual(['id', 'limits', 'mode', 'policies', 'requests']);
    expect(parse({ collect: false }).collect).toBe(false);
  });

  it('G8: limits the plan of each policy by its own limits too, and that of each request by the order’s', () => {
    const requests = [request('a', { approvedPlan: plan('b') }), request('b', { approvedPlan: plan('c') })];
    const policies = [
      policy('a', { limits: { maxDeletesPerRun: 7 } }),
      policy('b', { limits: { maxDeletePercent: 99 } }),
    ];
    const limits = { maxDeletesPerRun: 100, maxDeletePercent: 20, unapprovedDeletes: 5 };
    const parsed = parse({ policies, requests, limits }, { mode: 'plan', plans: 'each' });
    expect(parsed).toMatchObject({ plans: 'each', limits: { maxDeletes: 100, maxDeletePercent: 20 } });
    expect(parsed.limitsOf).toEqual({
      'test/a': { maxDeletes: 7, maxDeletePercent: 20 },
      'test/b': { maxDeletes: 100, maxDeletePercent: 20 },
    });
    expect(parsed).not.toHaveProperty('approvedPlan');
  });

  it('refuses a plan for each where something is removed', () => {
    const { code, mistakes } = problem(() => parse({}, { plans: 'each' }));
    expect([code, mistakes.map(({ path }) => path)]).toEqual(['INVALID', ['plans']]);
  });

  it('R1: refuses two of one name, of which one might remove what the other only keeps', () => {
    const twice = problem(() =>
      parse({
        policies: [policy('a'), policy('b')],
        keepers: [policy('b'), policy('c', { rules: [] })],
        requests: [request('a'), request('a')],
      }),
    );
    expect(twice.mistakes.map(({ path }) => path)).toEqual([
      'input.keepers[1].spec.rules',
      'input.keepers[0].metadata.name',
      'input.requests[1].metadata.name',
    ]);
  });

  it('tells every mistake in every document', () => {
    const found = problem(() =>
      parse({ policies: [policy('a', { mode: 'On' })], requests: [request('ok'), request('b', { targets: [] })] }),
    );
    expect(found.code).toBe('INVALID');
    expect(found.mistakes.map(({ path }) => path)).toEqual([
      'input.policies[0].spec.mode',
      'input.requests[1].spec.targets',
    ]);
  });
});
