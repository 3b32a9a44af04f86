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
