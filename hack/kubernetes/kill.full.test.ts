import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Digest } from '../../core/oci/digest.ts';
import { type ControlPlane, lackingControlPlane } from '../cluster/controlPlane.ts';
import { conditionOf } from '../operator/world.ts';
import { ClusterWorld } from './clusterWorld.ts';
import type { OperatorProcess } from './operatorProcess.ts';
import { deletedOnce } from './registryAfterwards.ts';
import { startTestCluster } from './testCluster.ts';
import { Witness } from './witness.ts';

const { signal } = new AbortController();
const lacking = await lackingControlPlane();
const mortal = { program: [new URL('../operator/mortal.ts', import.meta.url).pathname] };
const repository = 'team/app';
/** What is done for the request itself; looks at a run that goes on are many, and the first one stands for all. */
const isOfRequest = (call: string): boolean =>
  /^(applyStatus|setFinalizers) DeleteRequest |^beginRun |^run 1$/.test(call);

describe.skipIf(lacking !== undefined)(
  `an operator on a cluster that is killed at its steps${lacking === undefined ? '' : `, lacking ${lacking}`}`,
  () => {
    let plane: ControlPlane;
    let world: ClusterWorld;
    let witness: Witness;
    const deleted: Digest[] = [];

    beforeAll(async () => {
      plane = await startTestCluster({}, signal);
      world = await ClusterWorld.start(plane, 'killed', signal);
      witness = Witness.start(plane, world.namespace);
      await world.registry.push(repository, 'kept', signal);
      await world.applyRegistry(signal);
      const limits = JSON.stringify({ spec: { limits: { unapprovedDeletes: 10 } } });
      await world.kubectl(['patch', 'registry.coppice.dev', 'main', '--type=merge', '-p', limits], signal);
    });
    afterAll(async () => {
      await witness.stop();
      await world.remove(signal);
      await plane.stop();
    });

    async function ask(name: string): Promise<void> {
      const digest = await world.registry.push(repository, name, signal);
      deleted.push(digest);
      await world.applyRequest(name, { targets: [{ repository, digest }], mode: 'Execute' }, signal);
    }

    async function completed(name: string): Promise<void> {
      const seen = await world.ready('DeleteRequest', name, 'Completed', signal);
      expect(conditionOf(seen, 'Succeeded')?.status).toBe('True');
      const finalizers = async (): Promise<unknown> =>
        (await world.object('DeleteRequest', name, signal))?.metadata.finalizers;
      await expect.poll(finalizers, { timeout: 30_000 }).toBeUndefined();
    }

    /** Where something was left to be written for the request before, it may die of that, before it is ready. */
    async function startMortal(name: string, point: string): Promise<OperatorProcess | undefined> {
      try {
        return await world.startOperator(name, signal, { ...mortal, env: { COPPICE_DIES_AT: point } });
      } catch (error) {
        if (String(error).includes('was killed by somebody, SIGKILL')) return undefined;
        throw error;
      }
    }

    async function callsOf(name: string): Promise<readonly string[]> {
      const file = join(world.registry.folder, 'calls');
      const operator = await world.startOperator('recorded', signal, { ...mortal, env: { COPPICE_CALLS: file } });
      await ask(name);
      await completed(name);
      await operator.end('SIGTERM');
      return (await readFile(file, 'utf8')).trimEnd().split('\n').filter(isOfRequest);
    }

    it('D1, G5, W5: goes on with a request before and after each of its writes, and deletes once', async () => {
      const calls = await callsOf('dr-0');
      const points = calls.flatMap((call) => [`before ${call}`, `after ${call}`]);
      console.log(`killed at ${points.length} points\n  ${points.join('\n  ')}`);
      expect(points.length).toBeGreaterThanOrEqual(12);
      for (const [at, point] of points.entries()) {
        const name = `dr-${at + 1}`;
        const dying = await startMortal(name, point);
        await ask(name);
        await dying?.gone();
        // Its lease would lapse by itself; that others wait for this is shown where one hands over.
        await world.kubectl(['delete', 'lease', 'coppice-operator'], signal);
        const next = await world.startOperator(`${name}-next`, signal);
        await completed(name);
        await next.end('SIGTERM');
        await deletedOnce(world.registry, deleted);
        witness.expectTruth();
      }
      expect(await world.registry.has(repository, 'kept', signal)).toBe(true);
    });
  },
);
