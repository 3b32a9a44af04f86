import { describe, expect, it } from 'vitest';
import { tableOf } from './columns.ts';
import { parseJsonPath } from './jsonPath.ts';
import { digest } from './testing/examples.ts';
import type { Condition, Kinds } from './types.ts';

const created = '2026-11-23T12:00:00Z';
const now = Date.parse(created) + 3 * 60_000 + 20_000;

type Kind = keyof Kinds;

function condition(type: string, status: Condition['status'], reason: string, message = ''): Condition {
  return { type, status, reason, message, lastTransitionTime: created };
}

function row<K extends Kind>(kind: K, spec: Kinds[K]['spec'], status: Kinds[K]['status'], wide = false): object {
  const metadata = { name: 'x', creationTimestamp: created };
  const { heading, rows } = tableOf(kind, [{ metadata, spec, status }], { wide, now });
  return Object.fromEntries(heading.map((name, at) => [name, rows[0]?.[at]]));
}

const registryRef = { name: 'main' };
const before = { observedGeneration: -1 };

describe('the columns', () => {
  it.each([
    { kind: 'Registry', narrow: 'NAME READY REPLICAS PHASE LAST_RUN RECLAIMED AGE', wide: 'MESSAGE EPOCH' },
    {
      kind: 'RetentionPolicy',
      narrow: 'NAME REGISTRY MODE READY CANDIDATES NEXT_RUN AGE',
      wide: 'RECLAIMABLE MESSAGE',
    },
    {
      kind: 'DeleteRequest',
      narrow: 'NAME REGISTRY MODE STATUS PLANNED DELETED AGE',
      wide: 'PLAN COMPLETED MESSAGE',
    },
    { kind: 'CollectionRun', narrow: 'NAME REGISTRY RESULT WINDOWS LONGEST(MS) RECLAIMED STARTED AGE', wide: '' },
  ] as const)('of a $kind are those of its definition, the wide ones last', ({ kind, narrow, wide }) => {
    const words = (text: string): string[] => text.split(' ').filter((word) => word !== '');
    const heading = (isWide: boolean): readonly string[] =>
      tableOf(kind, [], { wide: isWide, now }).heading.map((name) => name.replace(' ', '_'));
    expect(heading(false)).toEqual(words(narrow));
    expect(heading(true)).toEqual([...words(narrow), ...words(wide)]);
  });

  it('are empty where nobody has looked yet', () => {
    expect(row('Registry', { endpoints: ['http://h:1'] }, before, true)).toEqual({
      NAME: 'x',
      READY: '',
      REPLICAS: '',
      PHASE: '',
      'LAST RUN': '',
      RECLAIMED: '',
      AGE: '3m20s',
      MESSAGE: '',
      EPOCH: '',
    });
    expect(row('CollectionRun', { registryRef }, before)).toMatchObject({ REGISTRY: 'main', RESULT: '', STARTED: '' });
  });

  it('of a Registry say how it is', () => {
    const status: Kinds['Registry']['status'] = {
      observedGeneration: 7,
      gate: { epoch: 42, phase: 'OPEN' },
      replicas: { registered: 3, coherent: 3, unknown: 0 },
      lastRun: { name: 'main-29384710', result: 'Succeeded', reclaimedBytes: 123_456_789 },
      conditions: [condition('Stalled', 'True', 'X'), condition('Ready', 'True', 'Coherent', 'all three answer')],
    };
    expect(row('Registry', {}, status, true)).toEqual({
      NAME: 'x',
      READY: 'True',
      REPLICAS: '3',
      PHASE: 'OPEN',
      'LAST RUN': 'main-29384710',
      RECLAIMED: '123456789',
      AGE: '3m20s',
      MESSAGE: 'all three answer',
      EPOCH: '42',
    });
  });

  it('of a RetentionPolicy say what it would do, and when', () => {
    const spec: Kinds['RetentionPolicy']['spec'] = {
      registryRef,
      mode: 'Enforce',
      repositories: { include: ['**'] },
      rules: [],
    };
    const counts = { repositories: 41, tags: 312, manifests: 290, uniqueBytes: 73_014_444_032, protected: 12 };
    const status: Kinds['RetentionPolicy']['status'] = {
      observedGeneration: 3,
      lastEvaluation: { time: created, generation: 3, planDigest: digest, ...counts, topRepositories: [] },
      nextRunTime: '2026-11-24T00:00:00Z',
      conditions: [condition('Ready', 'False', 'LimitExceeded', 'over its limits\nsecond line')],
    };
    expect(row('RetentionPolicy', spec, status, true)).toEqual({
      NAME: 'x',
      REGISTRY: 'main',
      MODE: 'Enforce',
      READY: 'False',
      CANDIDATES: '290',
      'NEXT RUN': '2026-11-24T00:00:00Z',
      AGE: '3m20s',
      RECLAIMABLE: '73014444032',
      MESSAGE: 'over its limits...',
    });
  });

  it.each(['Planning', 'PlanReady', 'ApprovalRequired', 'Executing', 'Completed', 'DeadlineExceeded'])(
    'of a DeleteRequest say that it is %s',
    (reason) => {
      const status = { observedGeneration: 1, conditions: [condition('Ready', 'False', reason)] };
      expect(row('DeleteRequest', { registryRef, targets: [] }, status)).toMatchObject({ STATUS: reason });
    },
  );

  it('of a DeleteRequest say what came of it', () => {
    const plan = { entries: 15, manifests: 12, tags: 15, uniqueBytes: 9, protected: 1, truncated: false, items: [] };
    const status: Kinds['DeleteRequest']['status'] = {
      observedGeneration: 1,
      plan: { digest, computedAt: created, run: 'r', ...plan },
      result: { deleted: 11, alreadyAbsent: 1, spared: 1, failed: 0, failures: [] },
      completionTime: '2026-11-23T12:03:00Z',
      conditions: [condition('Ready', 'True', 'Completed', 'done')],
    };
    expect(row('DeleteRequest', { registryRef, targets: [], mode: 'Execute' }, status, true)).toEqual({
      NAME: 'x',
      REGISTRY: 'main',
      MODE: 'Execute',
      STATUS: 'Completed',
      PLANNED: '12',
      DELETED: '11',
      AGE: '3m20s',
      PLAN: digest,
      COMPLETED: '20s',
      MESSAGE: 'done',
    });
  });

  it('of a CollectionRun say what it took, in whole milliseconds', () => {
    const status: Kinds['CollectionRun']['status'] = {
      observedGeneration: 1,
      windows: { count: 14, longestMs: 21.7 },
      sweep: { suspects: 3121, removed: 2988, spared: 4, bytes: 51_200_000_000 },
      startTime: 'yesterday',
      conditions: [condition('Ready', 'True', 'Completed'), condition('Succeeded', 'False', 'Doubt')],
    };
    expect(row('CollectionRun', { registryRef }, status)).toEqual({
      NAME: 'x',
      REGISTRY: 'main',
      RESULT: 'Doubt',
      WINDOWS: '14',
      'LONGEST(MS)': '21',
      RECLAIMED: '51200000000',
      STARTED: '<invalid>',
      AGE: '3m20s',
    });
  });
});

describe('a JSONPath', () => {
  it.each(['spec', '.spec[0]', '.spec[*]', '..spec', '.spec[?(@.a>1)]'])(
    'is refused where it is %s, which would be read otherwise',
    (text) => {
      expect(() => parseJsonPath(text)).toThrow(`unrecognized column definition "${text}"`);
    },
  );
});
