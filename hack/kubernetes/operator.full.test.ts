import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Digest } from '../../core/oci/digest.ts';
import { type ControlPlane, lackingControlPlane } from '../cluster/controlPlane.ts';
import { conditionOf, planDigest } from '../operator/world.ts';
import { ClusterWorld } from './clusterWorld.ts';
import { startTestCluster } from './testCluster.ts';

const { signal } = new AbortController();
const lacking = await lackingControlPlane();
const repository = 'team/app';
const patience = { timeout: 30_000 };

describe.skipIf(lacking !== undefined)(
  `the operator on a cluster${lacking === undefined ? '' : `, lacking ${lacking}`}`,
  () => {
    let plane: ControlPlane;
    let world: ClusterWorld;
    let unwanted: Digest;
    let worlds = 0;

    beforeAll(async () => {
      plane = await startTestCluster({}, signal);
    });
    afterAll(async () => plane.stop());
    beforeEach(async () => {
      world = await ClusterWorld.start(plane, `world-${(worlds += 1)}`, signal);
      unwanted = await world.registry.push(repository, 'unwanted', signal);
      await world.registry.push(repository, 'kept', signal);
      await world.applyRegistry(signal);
    });
    afterEach(async () => world.remove(signal));

    const targets = (): object => ({ targets: [{ repository, digest: unwanted }] });
    const has = async (tag: string): Promise<boolean> => world.registry.has(repository, tag, signal);

    const holder = async (): Promise<string> =>
      world.kubectl(['get', 'lease', 'coppice-operator', '-o', 'jsonpath={.spec.holderIdentity}'], signal);

    /** Preview, and the approval of what it says. */
    async function approve(name: string, beforeExecution: () => void = () => undefined): Promise<void> {
      await world.applyRequest(name, targets(), signal);
      const seen = await world.ready('DeleteRequest', name, 'PlanReady', signal);
      beforeExecution();
      await world.applyRequest(name, { ...targets(), mode: 'Execute', approvedPlan: planDigest(seen) }, signal);
    }

    /** The run waits for a replica that does not answer, until that is fenced. */
    async function execute(name: string): Promise<void> {
      await approve(name, () => world.registry.replicas[1]?.send('SIGSTOP'));
      await world.ready('DeleteRequest', name, 'Executing', signal);
    }

    async function completed(name: string): Promise<void> {
      const seen = await world.ready('DeleteRequest', name, 'Completed', signal, 90_000);
      expect(conditionOf(seen, 'Succeeded')?.status).toBe('True');
      await expect
        .poll(async () => (await world.object('DeleteRequest', name, signal))?.metadata.finalizers, patience)
        .toBeUndefined();
      expect(await has('unwanted')).toBe(false);
      expect(await has('kept')).toBe(true);
    }

    it('previews, waits for the approval, deletes what was approved, and no more', async () => {
      const operator = await world.startOperator('operator', signal);
      await approve('dr');
      await completed('dr');
      expect(await world.kubectl(['get', 'coppice'], signal)).toMatch(
        /dr +main +Execute +Completed +1 +1 [^]*main +True +2 /,
      );
      expect(await world.kubectl(['describe', 'deleterequest', 'dr'], signal)).toMatch(/Normal +Completed/);
      const { connections, requests } = world.proxy.counts();
      expect(connections).toBeLessThanOrEqual(16);
      const total = Object.values(requests).reduce((sum, count) => sum + count, 0);
      console.log(
        `${total} requests on ${connections} TLS connections for one Registry and one DeleteRequest`,
        requests,
      );
      const metrics = await (await fetch(operator.metrics)).text();
      expect(metrics).toMatch(/^rest_client_requests_total\{code="200",method="GET",host="127\.0\.0\.1:\d+"\} \d+$/m);
      expect(await operator.end('SIGTERM')).toBe(0);
      expect(await holder()).toBe('');
    });

    it('lays the first items of a long plan down beside its object, where nobody can change them', async () => {
      await world.startOperator('operator', signal);
      for (let at = 0; at < 101; at += 1) await world.registry.push(repository, `v${at}`, signal);
      const targets = [{ repository, tagGlob: 'v*' }];
      await world.applyRequest('long', { targets, cutoff: '2100-01-01T00:00:00Z' }, signal);
      const { status } = await world.ready('DeleteRequest', 'long', 'PlanReady', signal);
      const { report = '', items } = status['plan'] as { report?: string; items: readonly object[] };
      expect(report).toMatch(/^long-[0-9a-f]{12}$/);
      interface ConfigMap {
        readonly metadata: { readonly ownerReferences: readonly object[]; readonly labels: object };
        readonly data: Readonly<Record<string, string>>;
        readonly immutable: boolean;
      }
      const shown = await world.kubectl(['get', 'configmap', report, '-o', 'json'], signal);
      const { metadata, data, immutable } = JSON.parse(shown) as ConfigMap;
      const lines = (data['items.jsonl'] ?? '').trimEnd().split('\n');
      const told = lines.map((line) => JSON.parse(line) as { readonly object: string; readonly why: string });
      expect(told.length).toBeGreaterThan(100);
      expect(told.slice(0, 100)).toMatchObject(items);
      expect(immutable).toBe(true);
      expect(metadata.ownerReferences).toMatchObject([{ kind: 'DeleteRequest', name: 'long' }]);
      const change = ['patch', 'configmap', report, '-p', '{"data":{"items.jsonl":""}}'];
      await expect(world.kubectl(change, signal)).rejects.toThrow('field is immutable');
      await world.applyRequest('short', { targets: [{ repository, digest: unwanted }] }, signal);
      await world.ready('DeleteRequest', 'short', 'PlanReady', signal);
      expect(await world.kubectl(['get', 'configmaps', '-l', 'coppice.dev/report-of', '-o', 'name'], signal)).toBe(
        `configmap/${report}\n`,
      );
    });

    it('hands over to the one that stands by: at once when it is told to stop, later when it is killed', async () => {
      const first = await world.startOperator('first', signal);
      const second = await world.startOperator('second', signal);
      expect(await first.leads(signal)).toBe(true);
      expect(await second.leads(signal)).toBe(false);
      await execute('dr');
      const its = await holder();
      expect(its).not.toBe('');
      expect(await first.end('SIGTERM')).toBe(0);
      expect(await holder()).not.toBe(its); // given back: nobody need wait until it lapses
      expect(await world.leader(signal)).toBe(second);
      const third = await world.startOperator('third', signal);
      await second.end('SIGKILL');
      expect(await world.leader(signal)).toBe(third);
      world.registry.replicas[1]?.send('SIGCONT');
      await completed('dr');
    });

    it('ends the one that slept while another took over', async () => {
      const first = await world.startOperator('first', signal);
      const second = await world.startOperator('second', signal);
      first.send('SIGSTOP');
      await expect.poll(async () => second.leads(signal), { timeout: 40_000 }).toBe(true);
      first.send('SIGCONT');
      await first.gone();
      expect(await first.end('SIGKILL')).toBe(1);
      expect(await first.lastWords()).toContain('LeadershipLost');
      await approve('dr');
      await completed('dr');
    });

    it('goes on after the API server was restarted in the midst of a run', async () => {
      await world.startOperator('operator', signal);
      await execute('dr');
      await plane.stopApiServer();
      world.registry.replicas[1]?.send('SIGCONT');
      await plane.startApiServer(signal);
      await completed('dr');
    });

    it('comes to the same through an API server that turns away, fails, loses answers and forgets', async () => {
      await world.startOperator('operator', signal);
      world.proxy.inject({ path: /deleterequests/, does: 'answer', status: 429, retryAfterSeconds: 1, count: 2 });
      world.proxy.inject({ watch: false, path: /coppice\.dev/, does: 'answer', status: 500, count: 3 });
      world.proxy.inject({ method: 'PATCH', path: /\/status$/, does: 'lose', count: 2 });
      world.proxy.inject({ watch: true, does: 'drop', count: 4 });
      world.proxy.inject({ watch: true, does: 'expire', count: 4 });
      await approve('dr');
      await completed('dr');
    });
  },
);
