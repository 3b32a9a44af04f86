import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigMapReports } from './configMapReports.ts';
import { resourceOf } from './objects.ts';
import { clientOf, type TestClient } from './testing/client.ts';
import { requestObject } from './testing/objects.ts';
import { failure, json, type Reply, ScriptedServer } from './testing/scriptedServer.ts';

const { signal } = new AbortController();
const shorterThanDeadlineMs = 4_000;
const owner = resourceOf('DeleteRequest', requestObject('a'));

describe('reports as ConfigMaps', () => {
  let server: ScriptedServer;
  let client: TestClient;
  beforeEach(async () => {
    server = await ScriptedServer.start();
    client = clientOf(server.kubeconfig, shorterThanDeadlineMs);
  });
  afterEach(async () => {
    client.connections.close();
    await server.stop();
  });

  async function laid(reply: Reply) {
    server.replies.push(reply);
    return new ConfigMapReports(client.transport).lay(owner, 'a-123', '{}\n', signal);
  }

  it('are made once, never to be changed, and go with what owns them', async () => {
    expect(await laid(json(201, {}))).toEqual({ is: 'laid' });
    expect(server.asked).toMatchObject([
      {
        method: 'POST',
        body: {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: {
            namespace: 'default',
            name: 'a-123',
            labels: { 'app.kubernetes.io/managed-by': 'coppice', 'coppice.dev/report-of': 'DeleteRequest' },
            ownerReferences: [
              { apiVersion: 'coppice.dev/v1alpha1', kind: 'DeleteRequest', name: 'a', uid: 'uid-of-a' },
            ],
          },
          immutable: true,
          data: { 'items.jsonl': '{}\n' },
        },
      },
    ]);
    expect(server.asked[0]?.url.pathname).toBe('/api/v1/namespaces/default/configmaps');
  });

  it('are there already where they were made before', async () => {
    expect(await laid(failure(409, 'AlreadyExists', 'configmaps "a-123" already exists'))).toEqual({ is: 'laid' });
  });

  it.each([
    ['a right that is lacking', failure(403, 'Forbidden', 'configmaps is forbidden'), 'configmaps is forbidden'],
    ['a namespace that ends', failure(404, 'NotFound', 'namespaces "default" not found'), 'not found'],
    ['a quota or a webhook', failure(422, 'Invalid', 'exceeded quota'), 'exceeded quota'],
    ['a cluster that wants no more of them', failure(410, 'Gone', 'configmaps have gone'), 'configmaps have gone'],
    ['a server that fails', failure(500, 'InternalError', 'etcd is away'), 'etcd is away'],
  ])('are refused by %s, in its words', async (_, reply, says) => {
    expect(await laid(reply)).toEqual({ is: 'refused', why: expect.stringContaining(says) as string });
  });

  it('are not asked for again, so that the status which names them need not wait', async () => {
    const busy = failure(429, 'TooManyRequests', 'try again in half a minute', { 'retry-after': '30' });
    expect(await laid(busy)).toMatchObject({ is: 'refused' });
    expect([server.asked.length, client.waits]).toEqual([1, []]);
  });

  it('are given up when no answer comes within five seconds', async () => {
    const hurried = clientOf(server.kubeconfig); // whose deadlines of so few seconds are over at once
    server.replies.push(() => undefined);
    const laid = await new ConfigMapReports(hurried.transport).lay(owner, 'a-123', '{}\n', signal);
    expect(laid).toEqual({ is: 'refused', why: expect.stringContaining('none came within 5000 ms') as string });
    expect([hurried.waits, hurried.answered]).toEqual([[5000], ['POST -']]);
    hurried.connections.close();
  });
});
