import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer, request, type RequestOptions, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Access, kubeconfigOf } from './access.ts';
import { Authority } from './authority.ts';
import { FaultProxy } from './faultProxy.ts';
import type { Fault } from './faults.ts';

const { signal } = new AbortController();
const authority = new Authority('upstream');
const serving = authority.issueServer('upstream', ['127.0.0.1']);

interface Seen {
  readonly line: string;
  readonly by: string | undefined;
  readonly body: string;
}

/** Says of each request what it saw, but keeps a watch open, and answers that as the test says. */
class Upstream {
  readonly seen: Seen[] = [];
  readonly watches: ServerResponse[] = [];
  readonly #server: Server;

  constructor() {
    const tls = { cert: serving.certificate, key: serving.key, ca: authority.certificate, requestCert: true };
    this.#server = createServer(
      { ...tls, rejectUnauthorized: false },
      (asked, answer) => void this.#answer(asked, answer),
    );
  }

  async listen(): Promise<Access> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const server = `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return { server, authority: authority.certificate, ...authority.issueClient({ commonName: 'admin' }) };
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    if (this.#server.listening) await once(this.#server, 'close');
  }

  async #answer(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const { socket } = asked;
    const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate()?.subject : undefined;
    const by = [certificate, asked.headers.authorization].filter((one) => one !== undefined).join(' and ');
    const seen = { line: `${asked.method} ${asked.url}`, by, body: await text(asked) };
    this.seen.push(seen);
    if (asked.url?.includes('watch=') === true) this.watches.push(answer.writeHead(200));
    else answer.writeHead(201, { 'x-seen': 'yes' }).end(JSON.stringify(seen));
    answer.flushHeaders();
  }
}

describe('the fault proxy', () => {
  const watch = '/apis/coppice.dev/v1alpha1/registries?watch=true';
  let upstream: Upstream;
  let proxy: FaultProxy;
  let agent: Agent;

  beforeEach(async () => {
    upstream = new Upstream();
    proxy = await FaultProxy.start({ access: await upstream.listen() }, signal);
    agent = new Agent({ keepAlive: true });
  });

  afterEach(async () => {
    agent.destroy();
    await proxy.stop();
    await upstream.close();
  });

  /** The head of the answer. */
  async function open(path: string, { body = '', ...options }: RequestOptions & { body?: string } = {}, by = proxy) {
    const { authority: ca, certificate: cert, key, server } = by.access;
    const asking = request(new URL(path, server), { ca, cert, key, agent, ...options });
    asking.on('error', () => undefined); // what comes after the head of the answer, the answer says as well
    asking.end(body);
    const [answer] = (await once(asking, 'response')) as [IncomingMessage];
    return answer.setEncoding('utf8');
  }

  async function ask(path: string, options?: RequestOptions & { body?: string }) {
    const answer = await open(path, options);
    return { status: answer.statusCode, headers: answer.headers, body: await text(answer) };
  }

  async function next(answer: IncomingMessage): Promise<unknown> {
    return ((await once(answer, 'data')) as unknown[])[0];
  }

  it('passes requests and answers, for the administrator, over connections that are kept', async () => {
    const body = 'x'.repeat(100_000);
    const sent = await ask('/api/v1/a?b=c', { method: 'PATCH', body, headers: { 'content-type': 'text/plain' } });
    expect(sent).toMatchObject({ status: 201, headers: { 'x-seen': 'yes' } });
    expect(upstream.seen).toEqual([{ line: 'PATCH /api/v1/a?b=c', by: 'CN=admin', body }]);
    expect(JSON.parse(sent.body)).toEqual(upstream.seen[0]);
    await ask('/api/v1/a');
    expect(proxy.counts()).toEqual({ connections: 1, requests: { 'PATCH /api/v1/a': 1, 'GET /api/v1/a': 1 } });
  });

  it('passes the token of who has one in place of the administrator, and asks nothing for who is nobody', async () => {
    await ask('/', { headers: { authorization: 'Bearer token' } });
    expect(upstream.seen).toMatchObject([{ by: 'Bearer token' }]);
    expect(await ask('/', { cert: '', key: '', agent: false })).toMatchObject({ status: 401 });
    const stranger = new Authority('coppice-fault-proxy').issueClient({ commonName: 'whoever passes' });
    expect(await ask('/', { cert: stranger.certificate, key: stranger.key, agent: false })).toMatchObject({
      status: 401,
    });
    expect(upstream.seen).toHaveLength(1);
  });

  it('writes a kubeconfig that leads through it', async () => {
    expect(await readFile(proxy.kubeconfig, 'utf8')).toBe(kubeconfigOf(proxy.access));
    expect(proxy.access.server).toBe(proxy.server);
  });

  it('passes what a watch says when it is said, and tells the server when its client is gone', async () => {
    const answer = await open(watch);
    const [served] = upstream.watches;
    for (const event of ['first', 'second']) {
      served?.write(event);
      expect(await next(answer)).toBe(event);
    }
    const gone = once(served ?? answer, 'close');
    answer.destroy();
    await gone;
    expect(proxy.counts().requests).toEqual({ 'WATCH /apis/coppice.dev/v1alpha1/registries': 1 });
  });

  const breaks: { does: 'drop' | 'reset' | 'lose'; message: string; reaches: number }[] = [
    { does: 'drop', message: 'socket hang up', reaches: 0 },
    { does: 'reset', message: 'read ECONNRESET', reaches: 0 },
    { does: 'lose', message: 'read ECONNRESET', reaches: 1 },
  ];
  it.each(breaks)('$does: the answer never comes, and $reaches requests reach the server', async (fault) => {
    proxy.inject({ does: fault.does, count: 1 });
    await expect(ask('/a', { method: 'POST', body: 'content' })).rejects.toThrow(fault.message);
    expect(upstream.seen).toHaveLength(fault.reaches);
    expect(await ask('/a')).toMatchObject({ status: 201 });
  });

  it.each(['drop', 'reset'] as const)(
    '%s: breaks a watch that runs, and with a count of one not the next',
    async (does) => {
      const answer = await open(watch);
      const ended = once(answer, 'close').catch((error: unknown) => error);
      proxy.inject({ does, watch: true, count: 1 });
      expect(await ended).toMatchObject({ code: 'ECONNRESET' });
      expect(await open(watch)).toMatchObject({ statusCode: 200 });
    },
  );

  it.each([410, 429, 500, 503] as const)('answers %i in place of the server, as that would', async (status) => {
    proxy.inject({ does: 'answer', status, retryAfterSeconds: 7 });
    const { headers, body, ...answer } = await ask('/a');
    expect(answer).toEqual({ status });
    expect(headers).toMatchObject({ 'content-type': 'application/json', 'retry-after': '7' });
    expect(JSON.parse(body)).toMatchObject({
      kind: 'Status',
      status: 'Failure',
      code: status,
      details: { retryAfterSeconds: 7 },
    });
    expect(upstream.seen).toEqual([]);
  });

  it('expires a watch by an event, and then it is over', async () => {
    proxy.inject({ does: 'expire', watch: true });
    const { status, body } = await ask(watch);
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } });
  });

  it('delays', async () => {
    proxy.inject({ does: 'delay', ms: 100 });
    const began = performance.now();
    expect(await ask('/a')).toMatchObject({ status: 201 });
    expect(performance.now() - began).toBeGreaterThanOrEqual(99);
  });

  it('silences a watch that runs, until that is lifted; nothing is lost, and others go on', async () => {
    const answer = await open(watch);
    const heard: unknown[] = [];
    answer.on('data', (event) => heard.push(event));
    const silence = proxy.inject({ does: 'silence', watch: true });
    upstream.watches[0]?.write('unheard');
    for (let times = 0; times < 5; times += 1) await ask('/a');
    expect(heard).toEqual([]);
    silence.lift();
    await once(answer, 'data');
    expect(heard).toEqual(['unheard']);
  });

  it('keeps lines of a watch back, and passes the others on', async () => {
    const answer = await open(watch);
    const [server] = upstream.watches;
    const heard = createInterface(answer)[Symbol.asyncIterator]();
    const next = async (): Promise<unknown> => (await heard.next()).value;
    server?.write('first\n');
    expect(await next()).toBe('first');
    const omission = proxy.inject({ watch: true, does: 'omit', lines: /second/ });
    server?.write('second\nthird\n');
    expect(await next()).toBe('third');
    omission.lift();
    server?.write('the second again\n');
    expect(await next()).toBe('the second again');
    answer.destroy();
  });

  it('silences what begins while it is in force', async () => {
    const silence = proxy.inject({ does: 'silence', path: /^\/quiet/ });
    const quiet = ask('/quiet');
    expect(await Promise.race([quiet, ask('/loud')])).toMatchObject({
      body: expect.stringContaining('GET /loud') as string,
    });
    expect(upstream.seen.map(({ line }) => line)).toEqual(['GET /loud']);
    silence.lift();
    expect(await quiet).toMatchObject({ status: 201 });
  });

  const choices: { name: string; which: Partial<Fault>; struck: string[] }[] = [
    { name: 'a method', which: { method: 'POST' }, struck: ['POST /a', 'POST /b?watch=1'] },
    { name: 'a path without its query', which: { path: /^\/b$/ }, struck: ['GET /b', 'POST /b?watch=1'] },
    { name: 'watches', which: { watch: true }, struck: ['POST /b?watch=1'] },
    { name: 'all but watches', which: { watch: false }, struck: ['GET /a', 'POST /a', 'GET /b'] },
    { name: 'a count', which: { count: 2 }, struck: ['GET /a', 'POST /a'] },
    { name: 'all of it', which: { method: 'GET', path: /a/, watch: false, count: 1 }, struck: ['GET /a'] },
  ];
  it.each(choices)('strikes by $name', async ({ which, struck }) => {
    const fault = proxy.inject({ does: 'answer', status: 503, ...which } as Fault);
    const found: string[] = [];
    const all = ['GET /a', 'POST /a', 'GET /b', 'POST /b?watch=1'];
    for (const line of all) {
      const [method, path = ''] = line.split(' ');
      if ((await open(path, { method, agent: false })).statusCode === 503) found.push(line);
    }
    expect(found).toEqual(struck);
    fault.lift();
    for (const line of all) expect((await open(line.split(' ')[1] ?? '', { agent: false })).statusCode).not.toBe(503);
  });

  it('breaks a watch when its server does', async () => {
    const outer = await FaultProxy.start(proxy, signal);
    try {
      const answer = await open(watch, {}, outer);
      const ended = once(answer, 'close').catch((error: unknown) => error);
      proxy.inject({ does: 'reset' });
      expect(await ended).toMatchObject({ code: 'ECONNRESET' });
      expect(upstream.seen).toHaveLength(1);
    } finally {
      await outer.stop();
    }
  });

  it('ends the connection of who asks while the server is away', async () => {
    await upstream.close();
    await expect(ask('/a')).rejects.toThrow('socket hang up');
  });
});
