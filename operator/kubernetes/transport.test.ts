import { writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Conflict, Gone, Invalid } from '../resources/home.ts';
import { Credentials } from './credentials.ts';
import { ApiError, ClusterError } from './failure.ts';
import { clientOf, type TestClient } from './testing/client.ts';
import { failure, json, ScriptedServer } from './testing/scriptedServer.ts';

const { signal } = new AbortController();
const path = '/apis/coppice.dev/v1alpha1/namespaces/default/deleterequests/a';

describe('requests of an API server', () => {
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
  const get = async (): Promise<unknown> => client.transport.ask({ verb: 'get', path }, signal);

  it('go out with the token of the kubeconfig, say who asks and give back what was answered', async () => {
    server.replies.push(json(200, { kind: 'DeleteRequest' }));
    expect(await get()).toEqual({ is: 'done', body: { kind: 'DeleteRequest' } });
    expect(server.asked[0]?.headers).toMatchObject({
      authorization: 'Bearer first',
      accept: 'application/json',
      'user-agent': 'coppice/test',
    });
  });

  it.each([
    ['create', 'POST', 'application/json'],
    ['update', 'PUT', 'application/json'],
    ['apply', 'PATCH', 'application/apply-patch+yaml'],
    ['merge', 'PATCH', 'application/merge-patch+json'],
    ['delete', 'DELETE', 'application/json'],
  ] as const)('say what the body of %s is', async (verb, method, type) => {
    server.replies.push(json(200, {}));
    await client.transport.ask({ verb, path, body: { some: 'thing' } }, signal);
    expect(server.asked).toMatchObject([{ method, headers: { 'content-type': type }, body: { some: 'thing' } }]);
  });

  it('share one connection when they follow each other', async () => {
    server.replies.push(json(200, {}));
    for (let round = 0; round < 10; round += 1) await get();
    expect(server.connections).toBe(1);
  });

  it('tell an object that is not there from a kind that is not served', async () => {
    server.replies.push(failure(404, 'NotFound', 'deleterequests.coppice.dev "a" not found'));
    expect(await get()).toEqual({ is: 'absent', says: 'deleterequests.coppice.dev "a" not found' });
    server.replies.splice(0, 1, (response) => response.writeHead(404).end('404 page not found\n'));
    await expect(get()).rejects.toThrow(new ApiError(`GET ${path}`, '404 page not found', { status: 404 }));
  });

  it.each([
    [409, 'Conflict', Conflict],
    [410, 'Expired', Gone],
    [422, 'Invalid', Invalid],
    [403, 'Forbidden', ApiError],
  ] as const)('make %i %s the error that it is, in the words of the server', async (code, reason, type) => {
    server.replies.push(failure(code, reason, 'because of this'));
    await expect(get()).rejects.toThrow(type);
    await expect(get()).rejects.toThrow('because of this');
    expect(client.waits).toEqual([]);
  });

  it('say exists where an object of the name is there', async () => {
    server.replies.push(failure(409, 'AlreadyExists', 'it is there'));
    expect(await client.transport.ask({ verb: 'create', path, body: {} }, signal)).toEqual({ is: 'exists' });
  });

  it('name what was asked when the answer is none that is known', async () => {
    server.replies.push((response) => response.writeHead(200).end('<html>'));
    await expect(get()).rejects.toThrow(`GET ${path}: 200: the answer is no JSON`);
    server.replies.splice(0, 1, (response) => response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end());
    await expect(get()).rejects.toThrow(`GET ${path}: 302`);
  });

  it('wait as long as they are told, or longer each time, and by chance', async () => {
    server.replies.push(failure(429, 'TooManyRequests', 'later', { 'retry-after': '2' }));
    server.replies.push(failure(503, 'ServiceUnavailable', 'later'), failure(500, 'InternalError', 'later'));
    server.replies.push(json(200, {}));
    await get();
    expect(client.waits).toEqual([2500, 625, 1250]);
    expect(client.answered).toEqual(['GET 429', 'GET 503', 'GET 500', 'GET 200']);
  });

  it('end after some tries with what was answered last', async () => {
    server.replies.push(failure(503, 'ServiceUnavailable', 'never'));
    await expect(get()).rejects.toThrow(`GET ${path}: 503: never`);
    expect(server.asked.length).toBe(5);
  });

  it('go out again after a connection that broke, also in the middle of an answer', async () => {
    server.replies.push((response) => response.destroy());
    server.replies.push((response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{"half":', () => response.destroy());
    });
    server.replies.push(json(200, { whole: true }));
    expect(await get()).toEqual({ is: 'done', body: { whole: true } });
  });

  it('make nothing twice: a create is repeated only when it was turned away', async () => {
    const create = async () => client.transport.ask({ verb: 'create', path, body: {} }, signal);
    server.replies.push((response) => response.destroy());
    await expect(create()).rejects.toThrow(`POST ${path}: no answer`);
    expect(server.asked.length).toBe(1);
    server.replies.splice(0, 1, failure(500, 'InternalError', 'who knows'));
    await expect(create()).rejects.toThrow('who knows');
    expect(server.asked.length).toBe(2);
    server.replies.splice(0, 1, failure(429, 'TooManyRequests', 'not now'), json(201, {}));
    expect(await create()).toMatchObject({ is: 'done' });
  });

  it('read the token anew when it is refused, and once only', async () => {
    server.replies.push((response, { headers }) => {
      if (headers.authorization === 'Bearer second') json(200, {})(response, undefined as never);
      else failure(401, 'Unauthorized', 'Unauthorized')(response, undefined as never);
    });
    await expect(get()).rejects.toThrow('401');
    expect(server.asked.length).toBe(2);
    await server.setToken('second');
    await get();
    expect(server.asked.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer first',
      'Bearer first',
      'Bearer first',
      'Bearer second',
    ]);
  });

  it('end with the reason of who gave up, while they are asked and while they wait', async () => {
    const stop = new AbortController();
    server.replies.push(() => {
      stop.abort(new Error('given up'));
    });
    await expect(client.transport.ask({ verb: 'get', path }, stop.signal)).rejects.toThrow('given up');
    await expect(client.transport.ask({ verb: 'get', path }, stop.signal)).rejects.toThrow('given up');
  });

  it('end when no answer comes in time', async () => {
    server.replies.push(() => undefined);
    const asking = { verb: 'get', path, timeoutMs: 100, retries: 0 } as const;
    await expect(client.transport.ask(asking, signal)).rejects.toThrow(
      `GET ${path}: no answer: none came within 100 ms`,
    );
  });
});

describe('a kubeconfig', () => {
  let server: ScriptedServer;
  beforeEach(async () => {
    server = await ScriptedServer.start();
  });
  afterEach(async () => server.stop());

  it('says the namespace of its context', () => {
    expect(new Credentials({ kubeconfig: server.kubeconfig }).namespace).toBe('own');
  });

  it.each([
    ['that is not there', { kubeconfig: '/nowhere/at/all' }, 'cannot read the kubeconfig: ENOENT'],
    ['without the context', { context: 'other' }, 'the kubeconfig has no context other: it has main'],
  ])('%s is refused', (_, source, says) => {
    expect(() => new Credentials({ kubeconfig: server.kubeconfig, ...source })).toThrow(new RegExp(says));
    expect(() => new Credentials({ kubeconfig: server.kubeconfig, ...source })).toThrow(ClusterError);
  });

  const context = { name: 'm', context: { cluster: 'c', user: 'u' } };
  async function write(cluster: object, user: object): Promise<Credentials> {
    const clusters = [{ name: 'c', cluster: { server: server.origin, ...cluster } }];
    const config = { clusters, users: [{ name: 'u', user }], contexts: [context], 'current-context': 'm' };
    await writeFile(server.kubeconfig, JSON.stringify(config));
    return new Credentials({ kubeconfig: server.kubeconfig });
  }
  const unchecked = { 'insecure-skip-tls-verify': true };

  it('that would send a token in the clear is refused', async () => {
    await expect((await write({}, { token: 't' })).dialling()).rejects.toThrow(ClusterError);
  });

  it('that names nobody is refused', async () => {
    await expect(write(unchecked, {})).rejects.toThrow('context m has no credentials');
  });

  it.each([
    ['a token', { token: 'first' }, 'Bearer first'],
    ['a file with a token beside it', { tokenFile: 'token' }, 'Bearer first'],
    ['a password', { username: 'me', password: 'x' }, 'Basic bWU6eA=='],
  ])('may prove who asks by %s', async (_, user, authorization) => {
    expect((await (await write(unchecked, user)).dialling()).headers).toEqual({ authorization });
  });
});
