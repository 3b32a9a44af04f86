import { describe, expect, it } from 'vitest';
import { Problem } from '../../core/admin/problem.ts';
import { FakeWorkloads, workload } from '../inUse/testing/workloads.ts';
import { kstatusOf } from '../resources/testing/kstatus.ts';
import { start, told, Walk } from './testing/walk.ts';

const halfAMinute = 30_000;

describe('a Registry in a cluster', () => {
  it('says that its storage knows what workloads use', async () => {
    const walk = await new Walk(new FakeWorkloads({ Job: [workload('Job', 'a', 'r.io/app:v1')] })).apply({});
    const registry = await walk.at(start);
    expect(told(registry)).toEqual(['Ready=True/Coherent', 'InUseKnown=True/Listed']);
    expect(registry.status.conditions?.[1]?.message).toBe('1 workloads use 0 digests and 1 tags');
    const source = `cluster-${registry.metadata.uid}`;
    expect(walk.replicas.said).toMatchObject([[source, { complete: true, tags: [{ repository: 'app', tag: 'v1' }] }]]);
  });

  it('R1: says which kind could not be listed, and its storage has been told that before anything may act on it', async () => {
    const workloads = new FakeWorkloads();
    workloads.failures.set('CronJob', new Error('cronjobs.batch is forbidden'));
    const walk = await new Walk(workloads).apply({});
    const registry = await walk.at(start);
    expect(told(registry)).toEqual(['Ready=True/Coherent', 'InUseKnown=False/KindUnlisted']);
    expect(registry.status.conditions?.[1]?.message).toBe(
      'until it is listed nothing is removed: CronJob: cronjobs.batch is forbidden',
    );
    expect(walk.replicas.said).toMatchObject([[expect.any(String), { complete: false }]]);
    expect(kstatusOf(registry).status).toBe('Current');
    workloads.failures.clear();
    expect(told(await walk.at(start + halfAMinute))).toContain('InUseKnown=True/Listed');
  });

  it('is not ready before its storage has heard of it once, and stays so afterwards', async () => {
    const walk = await new Walk(new FakeWorkloads()).apply({});
    walk.replicas.refusal = new Problem('FORBIDDEN', '"operator" lacks the verb execute');
    const registry = await walk.at(start);
    expect(told(registry)).toEqual([
      'Ready=False/InUseUnknown',
      'Reconciling=True/ProgressingWithRetry',
      'InUseKnown=False/Untold',
    ]);
    expect(registry.status.conditions?.[0]?.message).toBe('"operator" lacks the verb execute');
    walk.replicas.refusal = undefined;
    expect(told(await walk.at(start + halfAMinute))).toEqual(['Ready=True/Coherent', 'InUseKnown=True/Listed']);
    walk.replicas.refusal = new Problem('FORBIDDEN', 'not any more');
    expect(told(await walk.at(start + 10 * halfAMinute))).toEqual(['Ready=True/Coherent', 'InUseKnown=False/Untold']);
  });

  it('has nothing to say of it while no replica answers', async () => {
    const workloads = new FakeWorkloads();
    const walk = await new Walk(workloads).apply({});
    walk.replicas.isSilent = true;
    expect(told(await walk.at(start))).toContain('InUseKnown=False/Untold');
    expect(workloads.asked).toEqual([]);
  });
});
