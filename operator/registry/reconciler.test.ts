import { describe, expect, it } from 'vitest';
import type { FakeReplicas } from '../admin/testing/fakeReplicas.ts';
import { endedView, startingView } from '../admin/testing/runViews.ts';
import { lifeOf } from '../admin/testing/statuses.ts';
import type { RegistrySpec } from '../api/types.ts';
import { kstatusOf } from '../resources/testing/kstatus.ts';
import { alone, readOnlyByHand, start, told, Walk } from './testing/walk.ts';

const nightly = { schedule: '30 2 * * *', timeZone: 'Europe/Berlin' };

const states: {
  name: string;
  spec: RegistrySpec;
  make?: (replicas: FakeReplicas) => void;
  conditions: readonly string[];
  kstatus: 'Current' | 'InProgress' | 'Failed';
  message: string;
}[] = [
  {
    name: 'is coherent',
    spec: {},
    conditions: ['Ready=True/Coherent'],
    kstatus: 'Current',
    message: '1 of 1 replicas answer as one',
  },
  {
    name: 'names pods, outside of a cluster',
    spec: { replicas: { podSelector: { matchLabels: { app: 'registry' } } } },
    make: (replicas) => {
      replicas.statusesNow = [];
    },
    conditions: ['Ready=False/Unreachable', 'Stalled=True/Unreachable'],
    kstatus: 'Failed',
    message:
      'spec.replicas finds pods, and there is no cluster here: name the admin API of every replica in spec.endpoints',
  },
  {
    name: 'is reached by nobody',
    spec: {},
    make: (replicas) => {
      replicas.isSilent = true;
    },
    conditions: ['Ready=False/Unreachable', 'Reconciling=True/ProgressingWithRetry'],
    kstatus: 'InProgress',
    message: 'http://127.0.0.1:5443 does not answer: connect ECONNREFUSED',
  },
  {
    name: 'has a replica that no endpoint names',
    spec: {},
    make: (replicas) => {
      replicas.answerWith({ ...alone, lives: [lifeOf('registry-1'), lifeOf('other')] });
    },
    conditions: ['Ready=False/Incoherent', 'Reconciling=True/ProgressingWithRetry'],
    kstatus: 'InProgress',
    message: 'the replica other is on the storage, and no endpoint: name its admin API in spec.endpoints, or stop it',
  },
  {
    name: 'was declared read-only by somebody',
    spec: {},
    make: (replicas) => {
      replicas.answerWith({ ...alone, gate: { ...alone.gate, readOnly: readOnlyByHand } });
    },
    conditions: ['Ready=True/ReadOnly'],
    kstatus: 'Current',
    message: 'ops declared it: backup',
  },
  {
    name: 'is to be read-only, and is not yet',
    spec: { readOnly: { enabled: true, reason: 'backup' } },
    conditions: ['Ready=False/ReadOnly', 'Reconciling=True/ProgressingWithRetry'],
    kstatus: 'InProgress',
    message: 'the replicas are about to be told to refuse pushes',
  },
  {
    name: 'is suspended',
    spec: { suspend: true },
    conditions: ['Ready=True/Suspended'],
    kstatus: 'Current',
    message: 'spec.suspend is true',
  },
  {
    name: 'has a schedule that is none',
    spec: { collection: { schedule: '30 25 * * *', timeZone: 'Europe/Nowhere' } },
    conditions: ['Ready=False/InvalidSchedule', 'Stalled=True/InvalidSchedule'],
    kstatus: 'Failed',
    message:
      'spec.collection.timeZone: must be a time zone such as Europe/Berlin, got "Europe/Nowhere"; spec.collection.schedule: the hour must be *, or numbers, ranges and steps of 0-23, got "25"',
  },
  {
    name: 'has a period that is none',
    spec: { collection: { allowed: [{ schedule: '0 2 * *', duration: '2h' }] } },
    conditions: ['Ready=False/InvalidSchedule', 'Stalled=True/InvalidSchedule'],
    kstatus: 'Failed',
    message:
      'spec.collection.allowed[0].schedule: must be the five fields of cron (minute, hour, day of the month, month, day of the week), got "0 2 * *"',
  },
];

describe('a Registry', () => {
  it.each(states)('that $name', async ({ spec, make, conditions, kstatus, message }) => {
    const walk = await new Walk().apply(spec);
    make?.(walk.replicas);
    const registry = await walk.at(start);
    expect(told(registry)).toEqual(conditions);
    expect(registry.status.conditions?.[0]?.message).toBe(message);
    expect(kstatusOf(registry).status).toBe(kstatus);
    expect(walk.events()).toHaveLength(1);
  });

  it('tells what its storage says, also where its schedule is none', async () => {
    const walk = await new Walk().apply({ collection: { schedule: 'never' } });
    const { status } = await walk.at(start);
    expect(status).toMatchObject({
      storageId: 'a-storage',
      gate: { epoch: 1, phase: 'OPEN' },
      replicas: { registered: 1, coherent: 1 },
    });
    expect(status).not.toHaveProperty('nextRunTime');
  });

  it('is written only when something changed, and told only once', async () => {
    const walk = await new Walk().apply({ collection: nightly });
    const before = await walk.at(start);
    walk.replicas.answerWith({ ...alone, lives: [lifeOf('registry-1', { ageMs: 21_000 })] });
    const after = await walk.at(start + 10_000);
    expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
    expect(walk.events()).toEqual(['Normal Coherent']);
  });

  it('is looked at every 10 s, and sooner but ever later while it is not coherent', async () => {
    const walk = await new Walk().apply({});
    expect(await walk.reconcile()).toMatchObject({ kind: 'again', afterMs: 10_000 });
    walk.replicas.isSilent = true;
    const pauses = [];
    for (const ms of [0, 6000, 60_000]) {
      walk.nowMs = start + ms;
      pauses.push(await walk.reconcile());
    }
    expect(pauses).toMatchObject([{ afterMs: 2000 }, { afterMs: 3000 }, { afterMs: 10_000 }]);
  });

  it('says so when it finds another storage', async () => {
    const walk = await new Walk().apply({});
    await walk.at(start);
    walk.replicas.answerWith({ ...alone, storage: 'another' });
    expect((await walk.at(start + 10_000)).status.storageId).toBe('another');
    expect(walk.events()).toEqual(['Normal Coherent', 'Warning StorageChanged']);
  });

  it('echoes a wish to be looked at', async () => {
    const walk = await new Walk().apply({});
    await walk.at(start);
    await walk.home.annotate('Registry', 'main', { 'coppice.dev/requestedAt': 'just now' });
    expect((await walk.at(start)).status.lastHandledReconcileAt).toBe('just now');
  });

  it('tells its last run, of its CollectionRuns or of what else removed', async () => {
    const walk = await new Walk().apply({});
    const ended = endedView(startingView({ id: 'a-policy-1', mode: 'execute' }), { at: '2026-11-23T10:00:00Z' });
    walk.replicas.answerWith({ ...alone, lastRun: ended });
    expect((await walk.at(start)).status.lastRun).toMatchObject({ name: 'a-policy-1', result: 'Succeeded' });
    const run = await walk.home.apply({
      kind: 'CollectionRun',
      metadata: { name: 'by-hand' },
      spec: { registryRef: { name: 'main' } },
    });
    await walk.end(run, '2026-11-23T11:00:00Z', 'False');
    const lastRun = { name: 'by-hand', result: 'Doubt', completionTime: '2026-11-23T11:00:00Z', reclaimedBytes: 42 };
    expect((await walk.at(start)).status.lastRun).toEqual(lastRun);
    await walk.home.remove('CollectionRun', 'by-hand');
    expect((await walk.at(start)).status.lastRun).toEqual(lastRun);
  });
});
