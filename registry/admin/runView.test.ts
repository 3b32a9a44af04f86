import { describe, expect, it } from 'vitest';
import { readReport } from './runView.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const counts = {
  entries: 1,
  repositories: 1,
  tags: 2,
  manifests: 3,
  protected: 4,
  uniqueBytes: 5,
  topRepositories: [],
};

function report(plans: object = {}): unknown {
  return {
    ...{ id: 'r', mode: 'plan', executor: 'test', startedAt: 1, alreadyAbsent: [] },
    progress: { phase: 'Ended', done: 0, total: 0 },
    windows: { count: 0, longestMs: 0, holdsMs: [] },
    mark: { repositories: 0, tags: 0, manifests: 0, layers: 0, blobs: 0, seconds: 0 },
    sweep: {
      ...{ suspects: 0, removed: 0, spared: 0, bytes: 0 },
      removedBySteps: { request: 0, tag: 0, untagged: 0, manifest: 0, layer: 0, data: 0 },
    },
    ...plans,
  };
}

describe('the report of a run', () => {
  it('tells what its plan counts', () => {
    const plan = { digest, suspects: 6, items: 7, gone: 8, brake: 'too much', ...counts };
    expect(readReport(report({ plan })).plan).toEqual(plan);
    const plans = [{ kind: 'DeleteRequest', name: 'a/b', digest, items: 1, ...counts }];
    expect(readReport(report({ plans })).plans).toEqual(plans);
  });

  it('of an earlier version is read, and tells no plan rather than one with counts that nobody made', () => {
    const view = readReport(report({ plan: { digest, suspects: 6, items: 7 } }));
    expect(view).toMatchObject({ id: 'r' });
    expect(view).not.toHaveProperty('plan');
  });

  it('is refused where it has another shape', () => {
    expect(() => readReport(report({ plan: { digest, ...counts } }))).toThrow('another shape');
    expect(() => readReport(report({ plans: [{ digest }] }))).toThrow('another shape');
    expect(() => readReport({})).toThrow('another shape');
  });
});
