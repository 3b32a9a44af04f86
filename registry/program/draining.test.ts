import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request, type RequestListener } from 'node:http';
import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import Fastify from 'fastify';
import { expect, it } from 'vitest';
import { bind, fastifyListener, httpListener, type Listener } from './listeners.ts';

const graceMs = 600_000; // longer than any test
/** More than two sockets take that nobody reads from. */
const largeBytes = 16 << 20;

const kinds: readonly (readonly [string, (answer: RequestListener) => Listener])[] = [
  ['node:http', (answer) => httpListener(createServer({ keepAliveTimeout: 0 }, answer))],
  [
    'fastify',
    (answer) => {
      const app = Fastify({ forceCloseConnections: 'idle' });
      app.addContentTypeParser('*', (_request, _body, done) => {
        done(null);
      });
      app.all('/', (asked, reply) => {
        reply.hijack();
        answer(asked.raw, reply.raw);
      });
      return fastifyListener(app);
    },
  ],
];

async function portOf(listener: Listener): Promise<number> {
  const at = await bind(listener, { at: { host: '127.0.0.1', port: 0 }, key: 'addr', isConfigured: true });
  if (at === 'taken') throw new Error('a free port was taken');
  return at.port;
}

it.each(kinds)(
  '%s: is closed with the last answer, though the client keeps its connection for another request',
  async (_, make) => {
    const asked = Promise.withResolvers<() => void>();
    const listener = make((read, response) => {
      read.resume().once('close', () => {
        asked.resolve(() => response.end());
      });
    });
    const port = await portOf(listener);
    const agent = new Agent({ keepAlive: true });
    const asking = request({ host: '127.0.0.1', port, agent }, (response) => response.resume()).end();
    const answer = await asked.promise;
    const closed = listener.close(graceMs);
    answer();
    await once(asking, 'close');
    await closed;
    agent.destroy();
  },
);

it.each(kinds)('%s: does not cut off an answer that is on its way to a slow client', async (_, make) => {
  const listener = make((_request, response) => {
    response.end(Buffer.alloc(largeBytes));
  });
  const port = await portOf(listener);
  const agent = new Agent({ keepAlive: true });
  const asking = request({ host: '127.0.0.1', port, agent }).end();
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  const closed = listener.close(graceMs); // nobody has read anything of it yet
  expect((await buffer(response)).length).toBe(largeBytes);
  await closed;
  agent.destroy();
});

it.each(kinds)('%s: is closed with the last of a request that was answered early', async (_, make) => {
  const listener = make((_request, response) => {
    response.writeHead(413, { 'content-length': 0 }).end();
  });
  const socket = connect({ host: '127.0.0.1', port: await portOf(listener) });
  socket.write('POST / HTTP/1.1\r\nhost: a\r\ncontent-type: a/b\r\ncontent-length: 4\r\n\r\nab');
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1.1 413 /);
  const closed = listener.close(graceMs);
  socket.write('cd');
  await closed;
  socket.destroy();
});

it('cuts off what is still on when the grace is over, and is closed once', async () => {
  const server = createServer(() => undefined); // never answers
  const listener = httpListener(server);
  const port = await portOf(listener);
  const asked = once(server, 'request');
  const answer = fetch(`http://127.0.0.1:${port}/`).then(
    () => 'answered',
    () => 'cut',
  );
  await asked;
  await listener.close(10);
  expect(await answer).toBe('cut');
  await listener.close(10);
});
