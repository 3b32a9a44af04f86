import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Digest } from '../../core/oci/digest.ts';
import { type ControlPlane, lackingControlPlane } from '../cluster/controlPlane.ts';
import { conditionOf, planDigest, type Seen } from '../operator/world.ts';
import { ClusterWorld } from './clusterWorld.ts';
import { deletedOnce, phaseOf } from './registryAfterwards.ts';
import { kubectl, startTestCluster } from './testCluster.ts';
import { Witness } from './witness.ts';

const { signal } = new AbortController();
const lacking = await lackingControlPlane();
const repository = 'team/app';
const patience = { timeout: 30_000, interval: 50 };
const unapprovable = `sha256:${'0'.repeat(64)}`;

describe.skipIf(lacking !== undefined)(
  `DeleteRequests kept in Git, on a cluster${lacking === undefined ? '' : `, lacking ${lacking}`}`,
  () => {
    let plane: ControlPlane;
    let world: ClusterWorld;
    let witness: Witness;
    let unwanted: Digest;
    let worlds = 0;

    beforeAll(async () => {
      plane = await startTestCluster({}, signal);
    });
    afterAll(async () => plane.stop());
    beforeEach(async () => {
      world = await ClusterWorld.start(plane, `gitops-${(worlds += 1)}`, signal);
      witness = Witness.start(plane, world.namespace);
      unwanted = await world.registry.push(repository, 'unwanted', signal);
      await world.registry.push(repository, 'kept', signal);
      await world.applyRegistry(signal);
      await world.startOperator('operator', signal);
    });
    afterEach(async () => {
      await witness.stop();
      await world.remove(signal);
    });

    const has = async (tag: string): Promise<boolean> => world.registry.has(repository, tag, signal);
    const spec = (digest: Digest, more: object = {}): object => ({ targets: [{ repository, digest }], ...more });
    const apply = async (name: string, digest: Digest, more?: object): Promise<void> =>
      world.applyRequest(name, spec(digest, more), signal);
    const ready = async (name: string, reason: string): Promise<Seen> =>
      world.ready('DeleteRequest', name, reason, signal);
    const remove = async (name: string, ...how: readonly string[]): Promise<void> => {
      await world.kubectl(['delete', 'deleterequest', name, ...how], signal);
    };

    /** The second pull request, for what the first one showed. */
    async function approvalOf(name: string, digest: Digest): Promise<object> {
      await apply(name, digest);
      return { mode: 'Execute', approvedPlan: planDigest(await ready(name, 'PlanReady')) };
    }

    async function execute(name: string, digest: Digest): Promise<object> {
      const approval = await approvalOf(name, digest);
      await apply(name, digest, approval);
      await ready(name, 'Completed');
      return approval;
    }

    /** A run that waits for a replica that does not answer, until that is fenced. */
    async function executing(name: string, digest: Digest): Promise<object> {
      const approval = await approvalOf(name, digest);
      world.registry.replicas[1]?.send('SIGSTOP');
      await apply(name, digest, approval);
      await ready(name, 'Executing');
      return approval;
    }

    const completionOf = async (name: string): Promise<unknown> =>
      (await world.object('DeleteRequest', name, signal))?.status['completionTime'];

    /** Nothing went but these, once each; no window is left; and nobody was told otherwise. */
    async function endedRight(digests: readonly Digest[], ...failures: readonly string[]): Promise<void> {
      await deletedOnce(world.registry, digests);
      expect(await has('kept')).toBe(true);
      witness.expectTruth(...failures);
    }

    it('D1: deleted and made again each second, before and after they were carried out, delete once', async () => {
      const approval = await executing('dr', unwanted);
      for (let round = 0; round < 8; round += 1) {
        await remove('dr');
        await apply('dr', unwanted, approval);
        await pause(1000, undefined, { signal });
        if (round !== 3) continue;
        world.registry.replicas[1]?.send('SIGCONT');
        await expect.poll(async () => completionOf('dr'), patience).toBeDefined();
        await world.registry.push(repository, 'unwanted', signal); // the same digest, wanted again
      }
      const last = await ready('dr', 'AlreadyAbsent');
      expect(conditionOf(last, 'Succeeded')?.status).toBe('True');
      expect(await has('unwanted')).toBe(true);
      await endedRight([unwanted]);
    });

    it('are refused with 422 where a field that never changes was changed, and made anew are planned for themselves', async () => {
      const other = await world.registry.push(repository, 'other', signal);
      const approval = await execute('dr', unwanted);
      await expect(apply('dr', other, approval)).rejects.toThrow(/is invalid: .*targets are immutable/);
      await remove('dr');
      await apply('dr', other, approval);
      await ready('dr', 'PlanChanged');
      expect(await has('other')).toBe(true);
      const planned = async (): Promise<Seen> => ready('dr', 'PlanChanged');
      await expect.poll(async () => (await planned()).status['plan'], patience).toBeDefined();
      await apply('dr', other, { mode: 'Execute', approvedPlan: planDigest(await planned()) });
      await ready('dr', 'Completed');
      expect(await has('other')).toBe(false);
      await endedRight([unwanted, other], 'PlanChanged');
    });

    it('G7: are cancelled when they are pruned while they execute, and gone within seconds', async () => {
      await executing('dr', unwanted);
      expect((await world.object('DeleteRequest', 'dr', signal))?.metadata.finalizers).toEqual(['coppice.dev/run']);
      await remove('dr', '--timeout=30s');
      world.registry.replicas[1]?.send('SIGCONT');
      await expect.poll(async () => phaseOf(world.registry.firstReplica), patience).toBe('OPEN');
      await endedRight((await has('unwanted')) ? [] : [unwanted]);
    });

    it('are gone within seconds also when no replica answers, and leave no window', async () => {
      await executing('dr', unwanted);
      for (const replica of world.registry.replicas) await replica.end('SIGKILL');
      await remove('dr', '--timeout=30s');
      await Promise.all(world.registry.replicas.map(async (replica) => replica.start(signal)));
      await expect.poll(async () => phaseOf(world.registry.firstReplica), patience).toBe('OPEN');
      await endedRight((await has('unwanted')) ? [] : [unwanted]);
    });

    it('D1: restored with all their namespace under new uids, delete nothing again', async () => {
      await execute('done', unwanted);
      const waiting = await world.registry.push(repository, 'waiting', signal);
      const approval = await approvalOf('waiting', waiting);
      const kindsOfOurs = 'registries.coppice.dev,deleterequests,retentionpolicies,collectionruns';
      const exported = parse(await world.kubectl(['get', kindsOfOurs, '-o', 'yaml'], signal)) as { items: Exported[] };
      await world.kubectl(['delete', kindsOfOurs, '--all'], signal);
      await world.registry.push(repository, 'unwanted', signal);
      const items = exported.items.map(asInBackup);
      await kubectl(plane, ['create', '-f', '-'], signal, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
      await ready('done', 'AlreadyAbsent');
      await ready('waiting', 'PlanReady');
      expect(await has('unwanted')).toBe(true);
      expect(await has('waiting')).toBe(true);
      await apply('waiting', waiting, approval);
      await ready('waiting', 'Completed');
      await endedRight([unwanted, waiting]);
    });

    it('end right when the API server is away while their run goes on and ends', async () => {
      await executing('dr', unwanted);
      // On record is not ordered yet: before that the API server is asked whether it still stands.
      await expect.poll(async () => phaseOf(world.registry.firstReplica), patience).not.toBe('OPEN');
      await plane.stopApiServer();
      try {
        await expect.poll(async () => has('unwanted'), patience).toBe(false);
        await expect.poll(async () => phaseOf(world.registry.firstReplica), patience).toBe('OPEN');
      } finally {
        await plane.startApiServer(signal);
      }
      world.registry.replicas[1]?.send('SIGCONT');
      const seen = await ready('dr', 'Completed');
      expect(seen.status['result']).toMatchObject({ deleted: 1 });
      await endedRight([unwanted]);
    });

    it('preview again when the approval of a plan that is not theirs is reverted', async () => {
      await apply('dr', unwanted, { mode: 'Execute', approvedPlan: unapprovable });
      await ready('dr', 'PlanChanged');
      await apply('dr', unwanted);
      await ready('dr', 'PlanReady');
      expect(await has('unwanted')).toBe(true);
      await endedRight([], 'PlanChanged');
    });

    it('preview again when they are reverted before a window may open', async () => {
      const never = { spec: { collection: { allowed: [{ schedule: '0 0 29 2 *', duration: '1m' }] } } };
      await world.kubectl(
        ['patch', 'registry.coppice.dev', 'main', '--type=merge', '-p', JSON.stringify(never)],
        signal,
      );
      const approval = await approvalOf('dr', unwanted);
      await apply('dr', unwanted, approval);
      await ready('dr', 'WaitingForWindow');
      await apply('dr', unwanted);
      await ready('dr', 'PlanReady');
      expect(await has('unwanted')).toBe(true);
      await endedRight([]);
    });

    it('are carried out when they are reverted while they execute, and stay so when they are reverted afterwards', async () => {
      const approval = await executing('dr', unwanted);
      await apply('dr', unwanted);
      world.registry.replicas[1]?.send('SIGCONT');
      await ready('dr', 'Completed');
      await expect
        .poll(async () => world.kubectl(['get', 'events.events.k8s.io'], signal), patience)
        .toMatch(/ModeChangeIgnored/);
      await apply('dr', unwanted, approval);
      await apply('dr', unwanted);
      await ready('dr', 'Completed');
      await endedRight([unwanted]);
    });

    it('W2: are carried out once when the leader sleeps in the midst of a run and wakes after another has ended it', async () => {
      const [first] = world.operators;
      const second = await world.startOperator('second', signal);
      await executing('dr', unwanted);
      first?.send('SIGSTOP');
      world.registry.replicas[1]?.send('SIGCONT');
      const completed = await world.ready('DeleteRequest', 'dr', 'Completed', signal, 90_000);
      expect(await second.leads(signal)).toBe(true);
      first?.send('SIGCONT');
      await first?.gone();
      expect(await first?.end('SIGKILL')).toBe(1);
      const after = await ready('dr', 'Completed');
      expect(after.status).toEqual(completed.status);
      await endedRight([unwanted]);
    });
  },
);

interface Exported {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: object;
}

/** Without what a cluster adds. */
function asInBackup({ apiVersion, kind, metadata: { name, namespace }, spec }: Exported): Exported {
  return { apiVersion, kind, metadata: { name, namespace }, spec };
}
