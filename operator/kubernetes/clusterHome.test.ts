import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Conflict, Gone, type Resource, type ResourceHome } from '../resources/home.ts';
import { systemTimers } from '../runtime/timers.ts';
import { ClusterHome } from './clusterHome.ts';
import { NotUnderstood } from './objects.ts';
import { clientOf, type TestClient } from './testing/client.ts';
import { requestObject } from './testing/objects.ts';
import { failure, json, lines, ScriptedServer } from './testing/scriptedServer.ts';

const { signal } = new AbortController();
const key = { namespace: 'default', name: 'a' };
const all = '/apis/coppice.dev/v1alpha1/deleterequests';
const one = '/apis/coppice.dev/v1alpha1/namespaces/default/deleterequests/a';
const expired = failure(410, 'Expired', 'The provided continue parameter is too old');

describe('cluster home', () => {
  let server: ScriptedServer;
  let client: TestClient;
  let home: ResourceHome;
  let broken: string[];
  beforeEach(async () => {
    server = await ScriptedServer.start();
    client = clientOf(server.kubeconfig);
    broken = [];
    home = homeWith({});
  });
  afterEach(async () => {
    client.connections.close();
    await server.stop();
  });

  function homeWith(more: { namespace?: string; pageSize?: number; idleMs?: number }): ClusterHome {
    const log = {
      info: ({ why }: { why: string }) => {
        broken.push(why);
      },
    } as never;
    const recorder = { record: () => undefined };
    return new ClusterHome({
      transport: client.transport,
      timers: systemTimers,
      random: () => 0,
      log,
      recorder,
      ...more,
    });
  }

  const page = (names: readonly string[], next?: string) =>
    json(200, {
      kind: 'DeleteRequestList',
      metadata: { resourceVersion: '7', ...(next !== undefined && { continue: next }) },
      items: names.map((name) => requestObject(name)),
    });
  const listed = async (of = home): Promise<readonly string[]> =>
    (await of.list('DeleteRequest', signal)).items.map(({ metadata }) => metadata.name);
  const observed = async (): Promise<Resource<'DeleteRequest'>> => {
    server.replies.unshift(json(200, requestObject('a')));
    if (server.replies.length === 1) server.replies.push(json(500, {}));
    const found = await home.get('DeleteRequest', key, signal);
    return found ?? expect.fail('it is there');
  };
  const queries = (): readonly object[] => server.asked.map(({ url }) => Object.fromEntries(url.searchParams));
  const watched = async (of = home): Promise<readonly string[]> => {
    const told: string[] = [];
    for await (const change of of.watch('DeleteRequest', '7', signal)) {
      told.push(
        change.type === 'BOOKMARK'
          ? `BOOKMARK ${change.resourceVersion}`
          : `${change.type} ${change.object.metadata.name}`,
      );
    }
    return told;
  };

  it('gives an object with the defaults of its schema, and nothing of what only the server needs', async () => {
    const found = await observed();
    expect(found.spec).toMatchObject({ mode: 'Preview', suspend: false, referrers: 'Delete' });
    expect(found.metadata).not.toHaveProperty('managedFields');
    expect(server.asked[0]?.url.pathname).toBe(one);
  });

  it('lists page by page, from one moment', async () => {
    server.replies.push(page(['a', 'b'], 'next'), page(['c']));
    expect(await listed(homeWith({ pageSize: 2 }))).toEqual(['a', 'b', 'c']);
    expect(queries()).toEqual([{ limit: '2' }, { limit: '2', continue: 'next' }]);
    expect(server.asked[0]?.url.pathname).toBe(all);
  });

  it('lists anew, all at once, where the server forgot that moment', async () => {
    server.replies.push(page(['a', 'b'], 'next'), expired, page(['b', 'c']));
    expect(await listed()).toEqual(['b', 'c']);
    expect(queries()).toEqual([{ limit: '500' }, { limit: '500', continue: 'next' }, {}]);
  });

  it('asks for one namespace where it has but one', async () => {
    server.replies.push(page([]));
    await listed(homeWith({ namespace: 'team' }));
    expect(server.asked[0]?.url.pathname).toBe('/apis/coppice.dev/v1alpha1/namespaces/team/deleterequests');
  });

  it('takes a kind that is not installed for no empty list', async () => {
    server.replies.push((response) => response.writeHead(404).end('404 page not found\n'));
    await expect(listed()).rejects.toThrow('404 page not found');
    server.replies.splice(0, 1, json(200, { kind: 'DeleteRequestList', metadata: { resourceVersion: '1' } }));
    await expect(listed()).rejects.toThrow('the answer is no list');
  });

  it('G1: gives no list with an object left out that it does not understand, and names it', async () => {
    const odd = requestObject('odd', { spec: { registryRef: { name: 'main' }, targets: 'all of them' } });
    server.replies.push(json(200, { metadata: { resourceVersion: '1' }, items: [requestObject('a'), odd] }));
    await expect(listed()).rejects.toThrow(NotUnderstood);
    await expect(listed()).rejects.toThrow('DeleteRequest default/odd: spec.targets');
    server.replies.splice(0, 1, lines([{ type: 'ADDED', object: odd }]));
    await expect(watched()).rejects.toThrow(NotUnderstood);
  });

  it('understands no version of which nobody could say which is newer', async () => {
    server.replies.push(json(200, requestObject('a', { version: '7-b' })));
    await expect(home.get('DeleteRequest', key, signal)).rejects.toThrow('metadata.resourceVersion is not understood');
  });

  it('takes what an earlier schema admitted as it is', async () => {
    const spec = { registryRef: { name: 'Not A Name' }, targets: [] };
    server.replies.push(json(200, { metadata: { resourceVersion: '1' }, items: [requestObject('old', { spec })] }));
    expect(await listed()).toEqual(['old']);
  });

  it('tells changes and bookmarks of a watch, however the lines are cut', async () => {
    const text = [
      { type: 'ADDED', object: requestObject('äöüäöü') },
      { type: 'BOOKMARK', object: { kind: 'DeleteRequest', metadata: { resourceVersion: '9' } } },
      { type: 'DELETED', object: requestObject('b') },
    ]
      .map((event) => `${JSON.stringify(event)}\n`)
      .join('');
    server.replies.push((response) => {
      const bytes = Buffer.from(text);
      const next = (at: number): void => {
        if (at >= bytes.length) response.end();
        else response.write(bytes.subarray(at, at + 7), () => setImmediate(next, at + 7));
      };
      next(0);
    });
    expect(await watched()).toEqual(['ADDED äöüäöü', 'BOOKMARK 9', 'DELETED b']);
    expect(queries()).toEqual([
      { watch: 'true', allowWatchBookmarks: 'true', resourceVersion: '7', timeoutSeconds: '300' },
    ]);
    expect(broken).toEqual([]);
  });

  it('ends a watch that breaks off, without the half line at its end', async () => {
    server.replies.push(lines([{ type: 'ADDED', object: requestObject('a') }, '{"type":"ADD'], 'breaks'));
    expect(await watched()).toEqual(['ADDED a']);
    expect(broken).toEqual(['aborted']);
  });

  it('ends a watch that is silent for too long', async () => {
    server.replies.push(lines([{ type: 'ADDED', object: requestObject('a') }], 'stays'));
    expect(await watched(homeWith({ idleMs: 50 }))).toEqual(['ADDED a']);
    expect(broken).toEqual(['silent for 50 ms']);
  });

  it.each([
    ['at once', failure(410, 'Expired', 'too old resource version: 7 (900)')],
    ['later', lines([{ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' } }])],
  ])('says Gone where the server does not know the version: %s', async (_, reply) => {
    server.replies.push(reply);
    await expect(watched()).rejects.toThrow(Gone);
  });

  it('asks nobody about no version at all', async () => {
    const watching = home.watch('DeleteRequest', '', signal)[Symbol.asyncIterator]().next();
    await expect(watching).rejects.toThrow(Gone);
    expect(server.asked).toEqual([]);
  });

  it('rejects with what the server tells in the midst of a watch', async () => {
    server.replies.push(lines([{ type: 'ERROR', object: { kind: 'Status', code: 500, message: 'etcd is away' } }]));
    await expect(watched()).rejects.toThrow('500: etcd is away');
    server.replies.splice(0, 1, lines(['nonsense\n']));
    await expect(watched()).rejects.toThrow('a line of the watch is no JSON');
  });

  it('writes a status over the version observed, and only one that is another', async () => {
    const object = await observed();
    expect(await home.applyStatus(object, { observedGeneration: -1 }, signal)).toBe(object);
    expect(server.asked.length).toBe(1);
    server.replies.splice(0, 1, json(200, requestObject('a', { version: '2', status: { observedGeneration: 1 } })));
    const written = await home.applyStatus(object, { observedGeneration: 1 }, signal);
    expect(written.status).toEqual({ observedGeneration: 1 });
    expect(server.asked[1]).toMatchObject({
      method: 'PATCH',
      body: {
        apiVersion: 'coppice.dev/v1alpha1',
        kind: 'DeleteRequest',
        metadata: { namespace: 'default', name: 'a', uid: 'uid-of-a', resourceVersion: '1' },
        status: { observedGeneration: 1 },
      },
    });
    expect(queries()[1]).toEqual({ fieldManager: 'coppice', fieldValidation: 'Strict', force: 'true' });
  });

  it.each([
    ['is gone', failure(404, 'NotFound', 'not found')],
    ['was changed', failure(409, 'Conflict', 'the object has been modified')],
  ])('says Conflict to who observed an object that %s', async (_, reply) => {
    const object = await observed();
    server.replies.splice(0, 1, reply);
    await expect(home.applyStatus(object, { observedGeneration: 1 }, signal)).rejects.toThrow(Conflict);
    await expect(home.setFinalizers(object, ['coppice.dev/run'], signal)).rejects.toThrow(Conflict);
  });

  it('lifts finalizers over the version observed', async () => {
    const object = await observed();
    expect(await home.setFinalizers(object, [], signal)).toBe(object);
    server.replies.splice(0, 1, json(200, requestObject('a', { version: '2' })));
    await home.setFinalizers(object, ['coppice.dev/run'], signal);
    expect(server.asked[1]?.body).toEqual({
      metadata: {
        namespace: 'default',
        name: 'a',
        uid: 'uid-of-a',
        resourceVersion: '1',
        finalizers: ['coppice.dev/run'],
      },
    });
  });

  it('deletes by uid: an object that is gone, or was made again, is done', async () => {
    server.replies.push(failure(404, 'NotFound', 'not found'));
    await home.delete('DeleteRequest', key, 'u', signal);
    expect(server.asked[0]?.body).toMatchObject({ propagationPolicy: 'Background', preconditions: { uid: 'u' } });
    server.replies.splice(0, 1, failure(409, 'Conflict', 'Precondition failed: UID'), json(200, requestObject('a')));
    await home.delete('DeleteRequest', key, 'u', signal);
    server.replies.splice(0, 1, failure(409, 'Conflict', 'something else'), json(200, requestObject('a')));
    await expect(home.delete('DeleteRequest', key, 'uid-of-a', signal)).rejects.toThrow('something else');
  });
});
