import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { exchange } from './exchange.ts';

const { signal } = new AbortController();
let server: Server;
let asked: string[];

/** Answers the requests that come over it by their number, from 1 on. */
async function listen(
  answer: (number: number, response: ServerResponse, request: IncomingMessage) => void,
): Promise<string> {
  asked = [];
  server = createServer((request, response) => {
    asked.push(request.method ?? '');
    answer(asked.length, response, request);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** As a server that closes a connection just as it is used again. */
const losesTheSecond = (number: number, response: ServerResponse, request: IncomingMessage): void => {
  if (number === 2) request.socket.destroy();
  else response.end(`answer ${number}`);
};

it('asks a second time where a connection that was kept is lost, if asking changes nothing', async () => {
  const origin = await listen(losesTheSecond);
  const get = { method: 'GET', path: '/', headers: {} };
  expect((await exchange({ origin }, get, signal)).text).toBe('answer 1');
  expect((await exchange({ origin }, get, signal)).text).toBe('answer 3');
  expect(asked).toEqual(['GET', 'GET', 'GET']);
});

it('does not ask a second time for what may have been done', async () => {
  const origin = await listen(losesTheSecond);
  await exchange({ origin }, { method: 'GET', path: '/', headers: {} }, signal);
  const post = { method: 'POST', path: '/', headers: {}, body: '{}' };
  await expect(exchange({ origin }, post, signal)).rejects.toThrow(/hang up|ECONNRESET/);
  expect(asked).toEqual(['GET', 'POST']);
});

it('sends a body whole, and answers with status, headers and text', async () => {
  const origin = await listen((_, response, request) => {
    request.setEncoding('utf8');
    let body = '';
    request.on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      response.writeHead(202, { link: '<next>' });
      response.end(`${request.headers['content-length'] ?? 'chunked'} ${request.headers.authorization ?? ''} ${body}`);
    });
  });
  const put = { method: 'PUT', path: '/a?b=c', headers: { authorization: 'Bearer t' }, body: 'grün' };
  const { status, headers, text } = await exchange({ origin }, put, signal);
  expect([status, headers['link'], text]).toEqual([202, '<next>', '5 Bearer t grün']);
});

it('follows nobody elsewhere', async () => {
  const origin = await listen((_, response) => {
    response.writeHead(307, { location: `${origin}/elsewhere` });
    response.end();
  });
  expect((await exchange({ origin }, { method: 'GET', path: '/', headers: {} }, signal)).status).toBe(307);
  expect(asked).toHaveLength(1);
});

it('is an answer only if it came to its end', async () => {
  const origin = await listen((_, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('half');
    response.destroy();
  });
  await expect(exchange({ origin }, { method: 'GET', path: '/', headers: {} }, signal)).rejects.toThrow(
    /aborted|hang up/,
  );
});

it('ends when it is not wanted any more', async () => {
  const stopping = new AbortController();
  const origin = await listen(() => {
    stopping.abort();
  });
  const asking = exchange({ origin }, { method: 'GET', path: '/', headers: {} }, stopping.signal);
  await expect(asking).rejects.toThrow(/aborted/);
});
