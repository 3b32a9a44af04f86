import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfiguration } from '../config/configuration.ts';
import { ReceivingServer } from '../notifications/testing/receivingServer.ts';
import { digestOfText, imageOf } from '../repository/testing/testRegistry.ts';
import { type RunningReplica, startReplica } from './replica.ts';

const { signal } = new AbortController();
const loopback = '127.0.0.1:0';
const secret = 'Bearer a-secret';
const config = digestOfText('{}');
const document = JSON.stringify(imageOf(config, []));
const image = digestOfText(document);

let receiver: ReceivingServer;
let directory: string;
let replica: RunningReplica;
let logged: string;

beforeEach(async () => {
  logged = '';
  receiver = await ReceivingServer.start();
  directory = await mkdtemp(join(tmpdir(), 'coppice-notifying-'));
  const file = {
    version: 0.1,
    storage: { filesystem: { rootdirectory: directory }, delete: { enabled: true } },
    http: { addr: loopback },
    notifications: {
      events: { includereferences: true },
      endpoints: [
        { name: 'scanner', url: receiver.url.href, headers: { Authorization: [secret] }, timeout: '20s' },
        { name: 'dead', url: 'http://127.0.0.1:1/', headers: { Authorization: [secret] }, threshold: 1, backoff: '1h' },
      ],
    },
    coppice: { admin: { addr: loopback }, metrics: { addr: loopback }, notifications: { collections: ['scanner'] } },
  };
  const log = new Writable({
    write(chunk: Buffer, _encoding, done) {
      logged += chunk.toString();
      done();
    },
  });
  const process = { version: '0', instance: 'replica-a', now: Date.now, mono: () => performance.now(), log };
  const read = readConfiguration('config.yml', JSON.stringify(file), {});
  replica = await startReplica(read, { ...process, fresh: randomUUID, random: randomBytes }, signal);
});
afterEach(async () => {
  await replica.stop();
  await receiver.close();
  await rm(directory, { recursive: true });
});

const portOf = (place: RunningReplica['api'] | undefined): number =>
  place !== undefined && 'port' in place ? place.port : 0;

async function ask(method: string, path: string, init: Omit<RequestInit, 'method'> = {}): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${portOf(replica.api)}/v2/${path}`, { ...init, method });
  await response.arrayBuffer();
  return response.status;
}

async function push(): Promise<void> {
  expect(await ask('POST', `app/blobs/uploads/?digest=${config}`, { body: '{}' })).toBe(201);
  const headers = { 'content-type': 'application/vnd.oci.image.manifest.v1+json', 'user-agent': 'crane/1' };
  expect(await ask('PUT', 'app/manifests/v1', { body: document, headers })).toBe(201);
}

describe('a replica', () => {
  it('tells its endpoints what clients did, and no client waits for one that is dead', async () => {
    await push();
    expect(await ask('GET', 'app/manifests/v1')).toBe(200);
    expect(await ask('DELETE', 'app/manifests/v1')).toBe(202);
    await expect.poll(() => receiver.received.length).toBe(4);
    const at = `127.0.0.1:${portOf(replica.api)}`;
    const url = `http://${at}/v2/app/manifests/${image}`;
    expect(receiver.events).toMatchObject([
      { action: 'push', target: { repository: 'app', digest: config, size: 2, length: 2 } },
      {
        ...{ action: 'push', target: { digest: image, size: document.length, tag: 'v1', url }, actor: {} },
        request: { method: 'PUT', host: at, useragent: 'crane/1' },
        source: { addr: `${hostname()}:0`, instanceID: 'replica-a' },
      },
      { action: 'pull', target: { digest: image, tag: 'v1', references: [{ digest: config, size: 1 }] } },
      { action: 'delete', target: { repository: 'app', tag: 'v1' } },
    ]);
    expect(receiver.received.map(({ headers }) => headers.authorization)).toEqual(Array(4).fill(secret));
    const metrics = await (await fetch(`http://127.0.0.1:${portOf(replica.metrics)}/metrics`)).text();
    expect(metrics).toContain('registry_notifications_events_total{type="Successes",endpoint="scanner"} 4');
    expect(metrics).toContain('registry_notifications_pending_total{endpoint="dead"} 4');
    expect(logged).toContain('endpoint=dead');
    expect(logged).not.toContain('a-secret');
  });

  it('answers while an endpoint says nothing, and tells it of the rest before it stops', async () => {
    receiver.react('hang');
    await push();
    await expect.poll(() => receiver.received.length).toBe(1);
    const stopped = replica.stop();
    receiver.answer();
    await stopped;
    expect(receiver.events.map(({ target }) => (target as { digest: string }).digest)).toEqual([config, image]);
  });

  it('tells whoever asks for it that a collection has ended', async () => {
    const order = { id: 'by-hand', mode: 'execute', input: { policies: [], requests: [] } };
    const runs = `http://127.0.0.1:${portOf(replica.admin)}/coppice/v1/runs`;
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(runs, { method: 'POST', headers, body: JSON.stringify(order) });
    expect(answer.status).toBe(202);
    await expect.poll(() => receiver.received.length, { timeout: 20_000 }).toBe(1);
    expect(receiver.events).toMatchObject([
      { action: 'coppice.collection', collection: { run: 'by-hand', mode: 'execute', succeeded: true, spared: 0 } },
    ]);
  });
});
