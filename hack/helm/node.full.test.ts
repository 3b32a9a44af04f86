import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ControlPlane, startControlPlane } from '../cluster/controlPlane.ts';
import { importImage } from '../cluster/node/image.ts';
import { lackingNode } from '../cluster/node/lacking.ts';
import { programPath } from '../cluster/programs.ts';
import { buildImage } from '../image/image.ts';
import { RegistryClient } from '../load/client.ts';
import { imageOf, layer, topOf } from '../load/images.ts';
import { freePorts } from '../load/ports.ts';
import { ServerProcess } from '../load/serverProcess.ts';
import { requestOf } from '../operator/world.ts';
import { lacking } from '../tools/cache.ts';
import { chart } from './helm.ts';
import { namespace, patiently, quick, Release } from './release.ts';

const { signal } = new AbortController();
const missing = (await lackingNode()) ?? (await lacking('helm4'));

describe.skipIf(missing !== undefined)(`a release on a real node${missing === undefined ? '' : `: ${missing}`}`, () => {
  let folder: string;
  let plane: ControlPlane;
  let release: Release;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'coppice-release-'));
    const image = join(folder, 'image.tar');
    await buildImage(fileURLToPath(new URL('../..', import.meta.url)), image, signal);
    plane = await startControlPlane({ node: true }, signal);
    if (plane.node === undefined) throw new Error('a control plane with a node has none');
    await importImage(plane.node, image, signal);
    release = new Release({ kubeconfig: plane.kubeconfig, home: folder });
    await release.furnish(join(folder, 'storage'), signal);
  });
  afterAll(async () => {
    await plane.stop();
    await rm(folder, { recursive: true });
  });

  async function helmDoes(...args: readonly string[]): Promise<string> {
    return release.helm(args, signal);
  }
  async function inNamespace(...args: readonly string[]): Promise<string> {
    return release.kubectl(args, signal);
  }

  /** Through a port of this machine, as long as it takes. */
  async function withClient<T>(work: (client: RegistryClient) => Promise<T>): Promise<T> {
    const [port = 0] = await freePorts(1);
    const forward = new ServerProcess({
      ...{ name: 'port-forward', command: programPath('kubectl'), log: join(folder, 'forward.log') },
      args: ['--namespace', namespace, 'port-forward', 'service/r-coppice', `${port}:5000`],
      env: { KUBECONFIG: plane.kubeconfig, HOME: folder },
      ready: `http://127.0.0.1:${port}/v2/`,
    });
    await forward.start(signal);
    try {
      const settings = { retryAfterMs: [100, 500, 1000], pause: async (ms: number) => pause(ms) };
      return await work(new RegistryClient(`http://127.0.0.1:${port}`, settings));
    } finally {
      await forward.end('SIGKILL');
    }
  }

  it('serves, passes its own test, and its operator finds the replicas and deletes what was approved', async () => {
    await release.install(quick, signal);
    expect(await helmDoes('test', 'r')).toContain('Succeeded');
    await release.applyRegistry(signal);
    await inNamespace('wait', '--for=condition=Ready', '--timeout=90s', 'cregistry/main');
    expect(await inNamespace('get', 'cregistry', 'main')).toMatch(/main +True +2 +OPEN/);

    const image = imageOf('amd64', [layer('unwanted', 10_000)]);
    await withClient(async (client) => {
      expect(await client.push('team/app', image, 'v1', signal)).toEqual({ is: 'acknowledged' });
    });
    const targets = [{ repository: 'team/app', digest: topOf(image).digest }];
    const request = requestOf('dr', { targets }) as { readonly metadata: object; readonly spec: object };
    const metadata = { ...request.metadata, namespace };
    await release.apply({ ...request, metadata }, signal);
    await inNamespace('wait', '--for=condition=Ready', '--timeout=90s', 'delreq/dr');
    const approvedPlan = await inNamespace('get', 'delreq', 'dr', '-o', 'jsonpath={.status.plan.digest}');
    await release.apply({ ...request, metadata, spec: { ...request.spec, mode: 'Execute', approvedPlan } }, signal);
    await inNamespace('wait', '--for=condition=Succeeded', '--timeout=90s', 'delreq/dr');
    await withClient(async (client) => {
      expect(await client.pull('team/app', 'v1', signal)).toMatchObject({ is: 'absent' });
    });
  });

  it('replaces its replicas one after the other, and leaves the images when it goes', async () => {
    const image = imageOf('amd64', [layer('kept', 10_000)]);
    await withClient(async (client) => client.push('team/app', image, 'kept', signal));
    const changed = ['--reuse-values', '--set', 'registry.config.log.level=warn'];
    await helmDoes('upgrade', 'r', chart, ...changed, ...patiently);
    await withClient(async (client) => {
      expect(await client.pull('team/app', 'kept', signal)).toMatchObject({ is: 'whole' });
    });
    await helmDoes('uninstall', 'r', '--wait');
    expect(await inNamespace('get', 'pvc', '-o', 'name')).toBe('persistentvolumeclaim/r-coppice-registry\n');
  });
});
