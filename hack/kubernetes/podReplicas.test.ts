import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { endpointReplicas } from '../../operator/admin/endpointReplicas.ts';
import type { EndpointAnswer, Replicas } from '../../operator/admin/replicas.ts';
import { startingView } from '../../operator/admin/testing/runViews.ts';
import { statusOf } from '../../operator/admin/testing/statuses.ts';
import { podReplicas } from '../../operator/kubernetes/podReplicas.ts';
import { clientOf, type TestClient } from '../../operator/kubernetes/testing/client.ts';
import { failure, json, type Reply, ScriptedServer } from '../../operator/kubernetes/testing/scriptedServer.ts';
import { apiVersion, type Resource } from '../../operator/resources/home.ts';
import { Authority } from '../cluster/authority.ts';

const { signal } = new AbortController();
const serverName = 'registry-admin.images.svc';

interface Seen {
  readonly metadata: { readonly name: string };
  readonly status: { readonly phase?: string; readonly podIP?: string };
}

function pod(name: string, phase: string, podIP?: string): Seen {
  return { metadata: { name }, status: { phase, ...(podIP !== undefined && { podIP }) } };
}

describe('replicas that are pods', () => {
  let folder: string;
  let api: ScriptedServer;
  let client: TestClient;
  /** A replica's admin API, at the address of its pod. */
  let admin: Server;
  let authority: Authority;
  let tokens: (string | undefined)[];
  let now: number;
  let pods: readonly Seen[];
  let secret: Reply;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'coppice-pods-'));
    authority = new Authority('replicas');
    tokens = [];
    now = 0;
    pods = [pod('registry-0', 'Running', '127.0.0.1')];
    secret = json(200, { data: { 'ca.crt': Buffer.from(authority.certificate).toString('base64') } });
    const { certificate: cert, key } = authority.issueServer('replica', [serverName]);
    admin = createServer({ cert, key }, (request, response) => {
      tokens.push(request.headers.authorization);
      const order = { id: 'a', mode: 'plan' as const, input: { policies: [], requests: [] } };
      const body = request.url?.endsWith('/status') === true ? statusOf() : startingView(order);
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    admin.listen(0, '127.0.0.1');
    await once(admin, 'listening');
    await writeFile(join(folder, 'token'), 'of-this-operator\n');
    api = await ScriptedServer.start();
    api.replies.push((response, asked) => {
      const isSecret = asked.url.pathname === '/api/v1/namespaces/images/secrets/registry-ca';
      if (isSecret) secret(response, asked);
      else json(200, { metadata: { resourceVersion: '1' }, items: pods })(response, asked);
    });
    client = clientOf(api.kubeconfig);
  });
  afterEach(async () => {
    client.connections.close();
    await api.stop();
    admin.closeAllConnections();
    admin.close();
    await rm(folder, { recursive: true });
  });

  function replicas(more: object = {}, tokenFile = join(folder, 'token')): Replicas {
    const { transport } = client;
    const replicasOf = podReplicas({ transport, otherwise: endpointReplicas(), mono: () => now, tokenFile });
    const { port } = admin.address() as AddressInfo;
    const spec = {
      podSelector: { matchLabels: { app: 'registry', 'example.com/part': 'b' } },
      ...{ adminPort: port, serverName, caSecretRef: { name: 'registry-ca', key: 'ca.crt' } },
      ...more,
    };
    const registry: Resource<'Registry'> = {
      ...{ apiVersion, kind: 'Registry', status: { observedGeneration: -1 }, spec: { replicas: spec } },
      metadata: {
        ...{ namespace: 'images', name: 'main', uid: 'u', resourceVersion: '1', generation: 1 },
        creationTimestamp: '2026-11-23T12:00:00Z',
      },
    };
    return replicasOf(registry);
  }

  function told(answers: readonly EndpointAnswer[]): readonly string[] {
    return answers.map((answer) => (answer.is === 'silent' ? `${answer.endpoint}: ${answer.why}` : 'answered'));
  }

  it('are found by their labels, known by the name of their certificate, and told who asks', async () => {
    expect(told(await replicas().statuses(signal))).toEqual(['answered']);
    expect(tokens).toEqual(['Bearer of-this-operator']);
    const [listed] = api.asked;
    expect(listed?.url.pathname).toBe('/api/v1/namespaces/images/pods');
    expect(listed?.url.searchParams.get('labelSelector')).toBe('app=registry,example.com/part=b');
  });

  it.each([
    ['for another name', { serverName: 'other.images.svc' }, /does not match certificate's altnames/],
    ['for a name where the address is asked for', { serverName: undefined }, /does not match certificate's altnames/],
    ['of nobody that Node trusts', { caSecretRef: undefined }, /unable to verify|unable to get|self-signed/],
  ])('get no token where their certificate is %s', async (_, more, why) => {
    expect(told(await replicas(more).statuses(signal))).toEqual([expect.stringMatching(why)]);
    expect(tokens).toEqual([]);
  });

  it('W1: count where they cannot be asked, whatever their phase', async () => {
    pods = [...pods, pod('registry-1', 'Pending'), pod('registry-2', 'Failed', '127.0.0.1')];
    expect(told(await replicas().statuses(signal))).toEqual([
      'answered',
      'pod registry-1: it has no address yet (Pending)',
      'pod registry-2: it has ended (Failed): delete it',
    ]);
  });

  it('are not there where no pod has the labels', async () => {
    pods = [];
    expect(told(await replicas().statuses(signal))).toEqual(['spec.replicas: no pod has these labels']);
    await expect(replicas().run('a', signal)).rejects.toThrow('spec.replicas names no replica');
  });

  it.each([
    ['is not there', failure(404, 'NotFound', 'not found'), /there is no Secret images\/registry-ca with ca\.crt/],
    ['has no such key', json(200, { data: { other: 'eA==' } }), /there is no Secret images\/registry-ca with ca\.crt/],
    ['may not be read', failure(403, 'Forbidden', 'may not'), /403: may not/],
  ])('are asked nothing while the Secret with their authority %s', async (_, reply, why) => {
    secret = reply;
    expect(told(await replicas().statuses(signal))).toEqual([expect.stringMatching(why)]);
    expect(tokens).toEqual([]);
  });

  it('are asked nothing without a token', async () => {
    const answers = await replicas({}, join(folder, 'nowhere')).statuses(signal);
    expect(told(answers)).toEqual([expect.stringMatching(/the token for replicas: .*nowhere cannot be used: ENOENT/)]);
    expect(tokens).toEqual([]);
  });

  it('are looked for anew for a status, and every ten seconds for a run', async () => {
    const lists = (): number => api.asked.filter(({ url }) => url.pathname.endsWith('/pods')).length;
    const asked = replicas();
    for (let round = 0; round < 3; round += 1) await asked.run('a', signal);
    expect(lists()).toBe(1);
    now += 11_000;
    await asked.run('a', signal);
    expect(lists()).toBe(2);
    await asked.statuses(signal);
    expect(lists()).toBe(3);
  });
});
