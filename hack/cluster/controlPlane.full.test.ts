import { mkdtemp, readFile, rmdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse, stringify } from 'yaml';
import { statusOf } from './access.ts';
import { Authority } from './authority.ts';
import { type ControlPlane, lackingControlPlane, startControlPlane } from './controlPlane.ts';
import { processesOf } from './testing/processes.ts';

const { signal } = new AbortController();

/** What it printed; where it failed, the test does, with its words. */
async function succeeding(cluster: ControlPlane, args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await cluster.kubectl(args, signal);
  if (exitCode !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
  return stdout;
}

describe('a control plane', () => {
  let cluster: ControlPlane;

  beforeAll(async () => {
    expect(await lackingControlPlane()).toBeUndefined();
    const began = performance.now();
    cluster = await startControlPlane({}, signal);
    console.log(`a control plane is ready after ${((performance.now() - began) / 1000).toFixed(1)} s`);
  });

  afterAll(() => cluster.stop());

  afterEach(() => {
    vi.unstubAllEnvs();
  });

  const kubectl = (...args: readonly string[]): Promise<string> => succeeding(cluster, args);

  it('takes our definitions as they are, and serves them', async () => {
    const applied = await kubectl('apply', '--server-side', '-f', 'crds/');
    expect(applied.match(/serverside-applied/g)).toHaveLength(4);
    const established = await kubectl('wait', 'crd', '--all', '--for=condition=Established', '--timeout=30s');
    expect(established.match(/condition met/g)).toHaveLength(4);
    const violations = await kubectl(
      'get',
      'crd',
      '-o',
      'jsonpath={.items[*].status.conditions[?(@.type=="NonStructuralSchema")].message}',
    );
    expect(violations).toBe('');
  });

  it('takes the examples, and shows all kinds by their category', async () => {
    await kubectl('create', 'namespace', 'registry');
    await kubectl('apply', '--server-side', '-f', 'examples/');
    const shown = await kubectl('get', 'coppice', '--all-namespaces', '-o', 'name');
    expect(shown.trim().split('\n').toSorted()).toEqual([
      'collectionrun.coppice.dev/by-hand',
      'deleterequest.coppice.dev/cve-2026-1234',
      'registry.coppice.dev/main',
      'retentionpolicy.coppice.dev/team',
    ]);
  });

  it('refuses a resource in the words of its schema', async () => {
    const example = parse(await readFile('examples/delete-request.yaml', 'utf8')) as {
      readonly metadata: object;
      readonly spec: object;
    };
    const bare = { ...example.spec, cutoff: undefined };
    const request = { ...example, metadata: { ...example.metadata, name: 'bare' }, spec: bare };
    const { exitCode, stderr } = await cluster.kubectl(['create', '-f', '-'], signal, stringify(request));
    expect(exitCode).toBe(1);
    expect(stderr).toContain('spec.cutoff: Required value: cutoff is required unless every target has a digest');
  });

  it('lets nobody in whom it does not know, and those it knows where they may go', async () => {
    const path = '/api/v1/namespaces/default/configmaps';
    expect(await statusOf(path, cluster.access, signal)).toBe(200);
    const someone = { ...cluster.access, ...new Authority('another').issueClient({ commonName: 'admin' }) };
    expect(await statusOf(path, someone, signal)).toBe(401);
    expect(await statusOf(path, { ...cluster.access, certificate: '', key: '' }, signal)).toBe(403);
    const may = ['auth', 'can-i', 'list', 'configmaps', '--as=system:serviceaccount:default:nobody'];
    expect((await cluster.kubectl(may, signal)).stdout.trim()).toBe('no');
  });

  it('keeps its objects, port and credentials while the API server is away', async () => {
    const before = await kubectl('get', 'registry/main', '--namespace=registry', '-o', 'jsonpath={.metadata.uid}');
    await cluster.stopApiServer();
    expect((await cluster.kubectl(['get', 'namespaces'], signal)).stderr).toContain('refused');
    await cluster.startApiServer(signal);
    expect(await kubectl('get', 'registry/main', '--namespace=registry', '-o', 'jsonpath={.metadata.uid}')).toBe(
      before,
    );
  });

  it('takes several at once, and leaves neither process nor file behind', async () => {
    const other = await startControlPlane({}, signal);
    const folder = dirname(dirname(other.kubeconfig));
    expect(other.server).not.toBe(cluster.server);
    expect(await processesOf(folder)).toHaveLength(3); // etcd, the API server, and what removes the folder
    await other.stop();
    expect(await processesOf(folder)).toEqual([]);
    await expect(stat(folder)).rejects.toThrow('ENOENT');
  });

  it('leaves nothing behind when it is given up while it starts', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'coppice-given-up-'));
    vi.stubEnv('TMPDIR', folder);
    const giveUp = new AbortController();
    const starting = startControlPlane({}, giveUp.signal);
    const given = expect(starting).rejects.toThrow('no patience');
    await expect.poll(() => processesOf(folder), { timeout: 10_000 }).toHaveLength(3);
    giveUp.abort(new Error('no patience'));
    await given;
    expect(await processesOf(folder)).toEqual([]);
    await rmdir(folder); // rejects where something is in it
  });
});

describe('a control plane with controllers', () => {
  it('makes service accounts, and removes namespaces and what was owned', async () => {
    const began = performance.now();
    const cluster = await startControlPlane({ controllers: true }, signal);
    console.log(`with controllers it is ready after ${((performance.now() - began) / 1000).toFixed(1)} s`);
    try {
      const kubectl = (...args: readonly string[]): Promise<string> => succeeding(cluster, args);
      await kubectl('create', 'deployment', 'owner', '--image=example.test/image', '--replicas=1');
      await kubectl('wait', 'pod', '--selector=app=owner', '--for=create', '--timeout=60s');
      await kubectl('delete', 'deployment', 'owner', '--wait=false');
      await kubectl('wait', 'pod', '--selector=app=owner', '--for=delete', '--timeout=60s');
      await kubectl('create', 'namespace', 'passing');
      await kubectl('delete', 'namespace', 'passing', '--timeout=60s'); // waits
      expect(await kubectl('create', 'token', 'default')).toMatch(/^ey/);
    } finally {
      await cluster.stop();
    }
  });
});
