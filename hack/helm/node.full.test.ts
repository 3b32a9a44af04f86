import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ControlPlane, startControlPlane } from '../cluster/controlPlane.ts';
import { writeBusyboxImage } from '../cluster/node/busyboxImage.ts';
import { importImage } from '../cluster/node/image.ts';
import { lackingNode } from '../cluster/node/lacking.ts';
import { openWay } from '../cluster/node/way.ts';
import { buildImage } from '../image/image.ts';
import { RegistryClient } from '../load/client.ts';
import { imageOf, layer, topOf } from '../load/images.ts';
import { requestOf } from '../operator/world.ts';
import type { User } from '../peers/door.ts';
import { clientTrusting } from '../peers/tools.ts';
import { lacking } from '../tools/cache.ts';
import { Guard, statusAt } from './guard.ts';
import { chart } from './helm.ts';
import { namespace, patiently, quick, Release } from './release.ts';

const { signal } = new AbortController();
const missing = (await lackingNode()) ?? (await lacking('helm4')) ?? (await lacking('skopeo'));

describe.skipIf(missing !== undefined)(`a release on a real node${missing === undefined ? '' : `: ${missing}`}`, () => {
  let folder: string;
  let plane: ControlPlane;
  let node: number;
  let release: Release;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'coppice-release-'));
    const image = join(folder, 'image.tar');
    await buildImage(fileURLToPath(new URL('../..', import.meta.url)), image, signal);
    plane = await startControlPlane({ node: true }, signal);
    if (plane.node === undefined) throw new Error('a control plane with a node has none');
    node = plane.node;
    await importImage(node, image, signal);
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

  /** By the Service, as long as it takes. */
  async function withPort<T>(work: (port: number) => Promise<T>): Promise<T> {
    return alongWay(await inNamespace('get', 'service', 'r-coppice', '-o', 'jsonpath={.spec.clusterIP}'), work);
  }
  async function alongWay<T>(address: string, work: (port: number) => Promise<T>): Promise<T> {
    const way = await openWay({ node, address, port: 5000, folder }, signal);
    try {
      return await work(way.port);
    } finally {
      await way.close();
    }
  }
  async function withClient<T>(work: (client: RegistryClient) => Promise<T>): Promise<T> {
    const settings = { retryAfterMs: [100, 500, 1000], pause: async (ms: number) => pause(ms) };
    return withPort((port) => work(new RegistryClient(`http://127.0.0.1:${port}`, settings)));
  }

  /** Their names, addresses, and how often each was started again. */
  async function replicas(): Promise<readonly { readonly is: string; readonly address: string }[]> {
    const path =
      'jsonpath={range .items[*]}{.metadata.name} {.status.podIP} {.status.containerStatuses[0].restartCount}{"\\n"}{end}';
    const lines = await inNamespace('get', 'pods', '-l', 'app.kubernetes.io/component=registry', '-o', path);
    return lines
      .trim()
      .split('\n')
      .map((is) => ({ is, address: is.split(' ')[1] ?? '' }));
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

  it('replaces its replicas one after the other', async () => {
    const image = imageOf('amd64', [layer('kept', 10_000)]);
    await withClient(async (client) => client.push('team/app', image, 'kept', signal));
    const changed = ['--reuse-values', '--set', 'registry.config.log.level=warn'];
    await helmDoes('upgrade', 'r', chart, ...changed, ...patiently);
    await withClient(async (client) => {
      expect(await client.pull('team/app', 'kept', signal)).toMatchObject({ is: 'whole' });
    });
  });

  it('asks for passwords and speaks TLS out of Secrets, which it takes up anew without a restart', async () => {
    const guard = new Guard(release, folder);
    const [ali, eve] = ['ali', 'eve'].map((name) => ({ name, password: `${name} may` })) as [User, User];
    await guard.admit([ali], signal);
    const ca = await guard.certify('first', signal);
    await helmDoes('upgrade', '--install', 'r', chart, '--reuse-values', ...guard.values, ...patiently);
    expect(await helmDoes('test', 'r')).toContain('Succeeded');
    await expect.poll(replicas, { timeout: 60_000 }).toHaveLength(2); // those that were replaced have ended

    const source = `oci-archive:${await writeBusyboxImage(folder, signal)}`;
    await writeFile(join(folder, 'auth.json'), '{}');
    await withPort(async (port) => {
      const skopeo = async (...args: readonly string[]): Promise<string> => clientTrusting(ca, 'skopeo', folder, args);
      const image = `docker://localhost:${port}/team/busybox:1`;
      await expect(skopeo('copy', source, image)).rejects.toThrow('authentication required');
      await skopeo('login', '-u', ali.name, '-p', ali.password, `localhost:${port}`);
      await skopeo('copy', source, image);
      await skopeo('copy', image, `dir:${join(folder, 'pulled')}`);
      expect(await statusAt(port, await readFile(ca, 'utf8'))).toBe(401);
      expect(await statusAt(port, await readFile(ca, 'utf8'), eve)).toBe(401);
    });

    // Its admin API has a certificate and tokens of its own.
    await inNamespace('wait', '--for=condition=Ready', '--timeout=90s', 'cregistry/main');
    const spec = { registryRef: { name: 'main' }, mode: 'Execute', untagged: 'Keep' };
    await release.apply(
      { apiVersion: 'coppice.dev/v1alpha1', kind: 'CollectionRun', metadata: { name: 'tls' }, spec },
      signal,
    );
    await inNamespace('wait', '--for=condition=Succeeded', '--timeout=90s', 'colrun/tls');

    const before = await replicas();
    await guard.admit([ali, eve], signal);
    const renewed = await readFile(await guard.certify('second', signal), 'utf8');
    for (const { address } of before)
      await alongWay(address, async (port) => {
        await expect.poll(async () => statusAt(port, renewed, eve), { timeout: 60_000, interval: 500 }).toBe(200);
      });
    expect(await replicas()).toEqual(before);
  });

  it('leaves the images when it goes', async () => {
    await helmDoes('uninstall', 'r', '--wait');
    expect(await inNamespace('get', 'pvc', '-o', 'name')).toBe('persistentvolumeclaim/r-coppice-registry\n');
  });
});
