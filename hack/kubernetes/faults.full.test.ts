import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { apiVersion, Conflict, type Resource } from '../../operator/resources/home.ts';
import { requestDraft } from '../../operator/resources/testing/homeSuite.ts';
import { Reflector, type ReflectorPorts } from '../../operator/runtime/reflector.ts';
import { systemTimers } from '../../operator/runtime/timers.ts';
import { type ControlPlane, lackingControlPlane } from '../cluster/controlPlane.ts';
import { FaultProxy } from '../cluster/faultProxy.ts';
import { apply, kubectl, startTestCluster, type TestHome, testHome } from './testCluster.ts';

const { signal } = new AbortController();
const lacking = await lackingControlPlane();
const patience = { timeout: 30_000 };

describe.skipIf(lacking !== undefined)(
  `a home behind a bad network${lacking === undefined ? '' : `, lacking ${lacking}`}`,
  () => {
    let plane: ControlPlane;
    let proxy: FaultProxy;
    let client: TestHome;
    let known: Set<string>;
    let stop: AbortController;
    let following: Promise<void>;

    beforeAll(async () => {
      plane = await startTestCluster({}, signal);
    });
    afterAll(async () => plane.stop());
    beforeEach(async () => {
      proxy = await FaultProxy.start(plane, signal);
      client = testHome(proxy.kubeconfig, { idleMs: 2_000 });
      known = new Set();
      stop = new AbortController();
    });
    afterEach(async () => {
      stop.abort();
      await following;
      await client.close();
      await proxy.stop();
      await kubectl(plane, ['delete', 'deleterequests', '--all'], signal);
    });

    /** What a reflector knows of the requests, from now on. */
    async function follow(more: Partial<ReflectorPorts> = {}): Promise<void> {
      const [timers, mono, random] = [systemTimers, (): number => performance.now(), (): number => 0];
      const log = { warn: () => undefined } as never;
      const reflector = new Reflector('DeleteRequest', { home: client.home, mono, timers, random, log, ...more });
      reflector.listen({
        sighted(sighting) {
          if (sighting.saw === 'gone') known.delete(sighting.before.metadata.name);
          else known.add(sighting.after.metadata.name);
        },
      });
      following = reflector.run(stop.signal);
      await reflector.synced();
    }

    async function make(name: string): Promise<void> {
      await apply(plane, { apiVersion, ...requestDraft(name) }, signal);
    }

    async function untilKnown(...names: readonly string[]): Promise<void> {
      await expect.poll(() => [...known].toSorted(), patience).toEqual(names);
    }

    it.each([
      ['is turned away', { watch: false, does: 'answer', status: 429, retryAfterSeconds: 1, count: 2 }],
      ['fails', { watch: false, does: 'answer', status: 500, count: 3 }],
      ['is reset', { watch: false, does: 'reset', count: 2 }],
      ['is dropped', { watch: false, does: 'drop', count: 2 }],
      ['forgets the version of each watch', { watch: true, does: 'expire', count: 2 }],
      ['has no answer to a watch', { watch: true, does: 'answer', status: 503, count: 2 }],
    ] as const)('lists and watches all the same where a request %s', async (_, fault) => {
      await make('a');
      proxy.inject(fault);
      await follow();
      await untilKnown('a');
      await make('b');
      await untilKnown('a', 'b');
    });

    it('misses nothing of what changed while a watch was silent', async () => {
      await follow();
      await make('a');
      await untilKnown('a');
      const silence = proxy.inject({ watch: true, does: 'silence', count: 1 });
      await make('b');
      await kubectl(plane, ['delete', 'deleterequest', 'a'], signal);
      await untilKnown('b');
      silence.lift();
    });

    it('finds out by a list what a watch kept back', async () => {
      const missed: string[] = [];
      await follow({ relistMs: 1000, onMissed: (kind) => missed.push(kind) });
      for (const name of ['a', 'gone']) await make(name);
      await untilKnown('a', 'gone');
      const omission = proxy.inject({ watch: true, does: 'omit', lines: /"name":"(new|gone)"/ });
      await make('new');
      await kubectl(plane, ['delete', 'deleterequest', 'gone'], signal);
      await make('b');
      await expect.poll(() => [...known], patience).toContain('b');
      omission.lift();
      // A list is compared once the watch has come past it.
      const stir = async (): Promise<string> =>
        kubectl(plane, ['annotate', '--overwrite', 'deleterequest', 'a', `at=${performance.now()}`], signal);
      await expect.poll(async () => stir().then(() => missed), patience).toEqual(['DeleteRequest', 'DeleteRequest']);
      await untilKnown('a', 'b', 'new');
    });

    it('misses nothing of what changed while the API server was away', async () => {
      await follow();
      await make('a');
      await untilKnown('a');
      await plane.stopApiServer();
      await plane.startApiServer(signal);
      await make('b');
      await untilKnown('a', 'b');
    });

    it('says Conflict of a write whose answer was lost: the next look tells that it was done', async () => {
      await make('a');
      const key = { namespace: 'default', name: 'a' };
      const look = async (): Promise<Resource<'DeleteRequest'>> =>
        (await client.home.get('DeleteRequest', key, signal)) ?? expect.fail('it is there');
      const observed = await look();
      proxy.inject({ method: 'PATCH', does: 'lose', count: 1 });
      await expect(client.home.applyStatus(observed, { observedGeneration: 1 }, signal)).rejects.toThrow(Conflict);
      expect((await look()).status).toEqual({ observedGeneration: 1 });
    });

    it('writes a status that says less, and leaves what others own', async () => {
      await make('a');
      const key = { namespace: 'default', name: 'a' };
      const observed = (await client.home.get('DeleteRequest', key, signal)) ?? expect.fail('it is there');
      const told = { observedGeneration: 1, completionTime: '2026-11-23T12:00:00Z' };
      const more = await client.home.applyStatus(observed, told, signal);
      const less = await client.home.applyStatus(more, { observedGeneration: 1 }, signal);
      expect(less.status).toEqual({ observedGeneration: 1 });
      const shown = await kubectl(plane, ['get', 'deleterequest', 'a', '-o', 'json', '--show-managed-fields'], signal);
      const { metadata } = JSON.parse(shown) as {
        metadata: { managedFields: { manager: string; subresource?: string }[] };
      };
      const managers = metadata.managedFields.map(({ manager, subresource = '' }) => `${manager} ${subresource}`);
      expect(managers.filter((one) => one.endsWith(' status'))).toEqual(['coppice status']);
    });
  },
);
