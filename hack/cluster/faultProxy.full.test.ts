import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { statusOf } from './access.ts';
import { type ControlPlane, lackingControlPlane, startControlPlane } from './controlPlane.ts';
import { FaultProxy } from './faultProxy.ts';
import type { Answer } from './kubectl.ts';

const { signal } = new AbortController();
const configMaps = '/api/v1/namespaces/default/configmaps';

describe('the fault proxy in front of an API server', () => {
  let cluster: ControlPlane;
  let proxy: FaultProxy;

  beforeAll(async () => {
    expect(await lackingControlPlane()).toBeUndefined();
    cluster = await startControlPlane({}, signal);
  });

  afterAll(() => cluster.stop());

  beforeEach(async () => {
    proxy = await FaultProxy.start(cluster, signal);
  });

  afterEach(() => proxy.stop());

  function through(...args: readonly string[]): Promise<Answer> {
    return cluster.kubectl(['--kubeconfig', proxy.kubeconfig, ...args], signal);
  }

  it('lets kubectl through, as the administrator or by a token', async () => {
    expect(await through('create', 'configmap', 'passed')).toMatchObject({ exitCode: 0 });
    expect(proxy.counts().requests).toMatchObject({ [`POST ${configMaps}`]: 1 });
    await cluster.kubectl(['create', 'serviceaccount', 'weak'], signal);
    const token = (await cluster.kubectl(['create', 'token', 'weak'], signal)).stdout.trim();
    const { stderr } = await through('get', 'configmaps', '--token', token);
    expect(stderr).toContain('User "system:serviceaccount:default:weak" cannot list resource "configmaps"');
  });

  it('answers 429, which kubectl understands, and tries again', async () => {
    proxy.inject({ path: /configmaps/, does: 'answer', status: 429, retryAfterSeconds: 1, count: 2 });
    expect(await through('get', 'configmaps')).toMatchObject({ exitCode: 0 });
    expect(proxy.counts().requests).toMatchObject({ [`GET ${configMaps}`]: 3 });
  });

  it('answers 503 in words that kubectl passes on', async () => {
    proxy.inject({ path: /configmaps/, does: 'answer', status: 503 });
    const { exitCode, stderr } = await through('get', 'configmaps');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('Error from server (ServiceUnavailable): the server is currently unable');
  });

  it('loses the answer to what the server carried out', async () => {
    proxy.inject({ method: 'POST', does: 'lose', count: 1 });
    expect(await through('create', 'configmap', 'lost')).toMatchObject({ exitCode: 1 });
    expect(await cluster.kubectl(['get', 'configmap', 'lost'], signal)).toMatchObject({ exitCode: 0 });
  });

  it('drops what the server then never hears of', async () => {
    proxy.inject({ method: 'POST', does: 'drop' });
    expect(await through('create', 'configmap', 'dropped')).toMatchObject({ exitCode: 1 });
    expect((await cluster.kubectl(['get', 'configmap', 'dropped'], signal)).stderr).toContain('NotFound');
  });

  it('silences a watch; lifted, all that happened is heard, in order', async () => {
    const { authority: ca, certificate: cert, key, server } = proxy.access;
    const { stdout } = await cluster.kubectl(['get', '--raw', configMaps], signal);
    const version = /"resourceVersion":"(\d+)"/.exec(stdout)?.[1];
    const asking = request(`${server}${configMaps}?watch=true&resourceVersion=${version}`, { ca, cert, key });
    asking.end();
    const [answer] = (await once(asking, 'response')) as [IncomingMessage];
    const lines = createInterface(answer)[Symbol.asyncIterator]();
    const next = async (): Promise<unknown> => JSON.parse(String((await lines.next()).value));
    const added = (name: string) => ({ type: 'ADDED', object: { metadata: { name } } });
    const create = (name: string) => cluster.kubectl(['create', 'configmap', name], signal);
    await create('heard');
    expect(await next()).toMatchObject(added('heard'));
    const silence = proxy.inject({ watch: true, does: 'silence' });
    const following = next();
    await create('first');
    await create('second');
    const others = through('get', 'configmaps').then(() => 'others are answered');
    expect(await Promise.race([following, others])).toBe('others are answered');
    silence.lift();
    expect(await following).toMatchObject(added('first'));
    expect(await next()).toMatchObject(added('second'));
    answer.destroy();
  });

  it('is what the API server is when that is away, and when it is back', async () => {
    expect(await statusOf('/readyz', proxy.access, signal)).toBe(200);
    await cluster.stopApiServer();
    await expect(statusOf('/readyz', proxy.access, signal)).rejects.toThrow('socket hang up');
    await cluster.startApiServer(signal);
    expect(await statusOf('/readyz', proxy.access, signal)).toBe(200);
  });
});
