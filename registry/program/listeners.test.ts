import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';
import { expect, it } from 'vitest';
import { bind, fastifyListener, httpListener, StartRefused } from './listeners.ts';

const key = 'coppice.admin.addr';

it('passes over a usual port that is taken, and refuses to start on one that was asked for', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const at = { host: '127.0.0.1', port: (other.address() as AddressInfo).port };
  for (const listener of [httpListener(createServer()), fastifyListener(Fastify())]) {
    expect(await bind(listener, { at, key, isConfigured: false })).toBe('taken');
    const refused = bind(listener, { at, key, isConfigured: true });
    await expect(refused).rejects.toThrow(StartRefused);
    await expect(refused).rejects.toThrow(`${key}: cannot listen at 127.0.0.1:${at.port}: the port is taken`);
    await listener.close(0);
  }
  other.close();
  await once(other, 'close');
});

it('refuses an address that this machine does not have, configured or not', async () => {
  const listener = httpListener(createServer());
  const at = { host: '192.0.2.1', port: 0 };
  await expect(bind(listener, { at, key, isConfigured: false })).rejects.toThrow('this machine has no such address');
});

it('is closed with the last answer, though the client keeps its connection for another request', async () => {
  const asked = Promise.withResolvers<() => void>();
  const server = createServer({ keepAliveTimeout: 0 }, (_request, response) => {
    asked.resolve(() => response.end());
  });
  const listener = httpListener(server);
  const at = await bind(listener, { at: { host: '127.0.0.1', port: 0 }, key, isConfigured: true });
  if (at === 'taken') throw new Error('a free port was taken');
  const agent = new Agent({ keepAlive: true });
  const asking = request({ host: '127.0.0.1', port: at.port, agent }, (response) => response.resume()).end();
  const answer = await asked.promise;
  const closed = listener.close(600_000);
  answer();
  await once(asking, 'close');
  await closed;
  agent.destroy();
});

it('cuts what is still on when the grace is over, and closes once', async () => {
  const server = createServer(() => undefined); // never answers
  const listener = httpListener(server);
  const at = await bind(listener, { at: { host: '127.0.0.1', port: 0 }, key, isConfigured: true });
  if (at === 'taken') throw new Error('a free port was taken');
  const asked = once(server, 'request');
  const answer = fetch(`http://127.0.0.1:${at.port}/`).then(
    () => 'answered',
    () => 'cut',
  );
  await asked;
  await listener.close(10);
  expect(await answer).toBe('cut');
  await listener.close(10);
});
