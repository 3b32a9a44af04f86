import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Counter, Registry } from 'prom-client';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { buildOperatorServer } from './server.ts';

let metrics: Registry;
let health: { isReady: boolean; ailing: string[]; ailments: () => readonly string[] };
let server: Server;
let at: string;

beforeEach(async () => {
  metrics = new Registry();
  health = { isReady: true, ailing: [], ailments: () => health.ailing };
  server = buildOperatorServer(metrics, health);
  server.listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.close();
  server.closeAllConnections();
});

async function ask(path: string, method = 'GET'): Promise<{ status: number; body: string }> {
  const response = await fetch(`${at}${path}`, { method });
  return { status: response.status, body: await response.text() };
}

it('is healthy while no worker is stuck, and says which one is', async () => {
  expect(await ask('/healthz')).toEqual({ status: 200, body: 'ok' });
  health.ailing.push('registry: a worker has been at default/a for 300 s and does not heed its deadline');
  expect(await ask('/healthz')).toEqual({ status: 500, body: `${health.ailing.join('')}\n` });
  expect((await ask('/readyz')).status).toBe(200);
});

it('is ready once every kind was listed', async () => {
  health.isReady = false;
  expect((await ask('/readyz?verbose')).status).toBe(500);
  health.isReady = true;
  expect(await ask('/readyz?verbose')).toEqual({ status: 200, body: 'ok' });
});

it('gives its metrics', async () => {
  new Counter({ name: 'a_total', help: 'An a.', registers: [metrics] }).inc();
  const { status, body } = await ask('/metrics');
  expect([status, body.split('\n')]).toEqual([200, expect.arrayContaining(['a_total 1'])]);
});

it('says so where its metrics cannot be read', async () => {
  new Counter({
    ...{ name: 'a_total', help: 'An a.', registers: [metrics] },
    collect() {
      throw new Error('nobody counts');
    },
  });
  expect(await ask('/metrics')).toEqual({ status: 500, body: 'nobody counts\n' });
});

it('answers nothing else', async () => {
  expect((await ask('/')).status).toBe(404);
  expect((await ask('/metrics', 'POST')).status).toBe(404);
});
