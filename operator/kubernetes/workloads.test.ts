import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WorkloadKind } from '../inUse/ports.ts';
import { clientOf, type TestClient } from './testing/client.ts';
import { failure, json, ScriptedServer } from './testing/scriptedServer.ts';
import { ClusterWorkloads } from './workloads.ts';

const { signal } = new AbortController();

describe('workloads of a cluster', () => {
  let server: ScriptedServer;
  let client: TestClient;
  beforeEach(async () => {
    server = await ScriptedServer.start();
    client = clientOf(server.kubeconfig);
  });
  afterEach(async () => {
    client.connections.close();
    await server.stop();
  });

  const page = (items: readonly string[], next = '') =>
    json(200, { metadata: { resourceVersion: '1', continue: next }, items });
  async function listed(kind: WorkloadKind, { within, namespace }: { within?: string; namespace?: string } = {}) {
    const all: unknown[] = [];
    for await (const items of new ClusterWorkloads(client.transport, within).pages(kind, signal, namespace))
      all.push(items);
    return all;
  }
  const paths = (): readonly string[] => server.asked.map(({ url }) => `${url.pathname}${url.search}`);

  it('come page by page, as they are', async () => {
    server.replies.push(page(['a', 'b'], 'next'), page(['c']));
    expect(await listed('Pod')).toEqual([['a', 'b'], ['c']]);
    expect(paths()).toEqual(['/api/v1/pods?limit=500', '/api/v1/pods?limit=500&continue=next']);
  });

  it('are looked for where they are asked for, else where this operator may look', async () => {
    server.replies.push(page([]));
    await listed('CronJob', { within: 'own' });
    await listed('CronJob', { within: 'own', namespace: 'other' });
    await listed('Deployment');
    expect(paths().map((path) => path.split('?')[0])).toEqual([
      '/apis/batch/v1/namespaces/own/cronjobs',
      '/apis/batch/v1/namespaces/other/cronjobs',
      '/apis/apps/v1/deployments',
    ]);
  });

  it('come all at once where the server forgot how they stood', async () => {
    server.replies.push(page(['a'], 'next'), failure(410, 'Expired', 'too old'), page(['b', 'c']));
    expect(await listed('Pod')).toEqual([['a'], ['b', 'c']]);
  });

  it.each([
    ['may not be listed', failure(403, 'Forbidden', 'pods is forbidden')],
    [
      'are not known there',
      (response: { writeHead(status: number): { end(text: string): void } }) => {
        response.writeHead(404).end('404 page not found');
      },
    ],
    ['are gone in a way that nobody knows', failure(404, 'NotFound', 'not found')],
    ['have no list', json(200, { metadata: { resourceVersion: '1' }, items: null })],
    ['break off', failure(410, 'Expired', 'from the first page on')],
  ])('are no empty list where they %s', async (_, reply) => {
    server.replies.push(reply);
    await expect(listed('Pod')).rejects.toThrow();
  });
});
