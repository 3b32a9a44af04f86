import { once } from 'node:events';
import { createServer } from 'node:http';
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
