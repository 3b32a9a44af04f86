import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ReceivingServer } from '../../registry/notifications/testing/receivingServer.ts';
import { digestOfText, imageOf } from '../../registry/repository/testing/testRegistry.ts';
import { Fleet } from '../load/fleet.ts';
import { freePorts } from '../load/ports.ts';
import { startDistribution } from './distribution.ts';

const { signal } = new AbortController();
const [config, layer] = [digestOfText('{}'), digestOfText('layer')];
const document = JSON.stringify(imageOf(config, [layer]));
const image = digestOfText(document);
const imageType = 'application/vnd.oci.image.manifest.v1+json';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coppice-notifications-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** Everything of which there are events, by one client. */
async function use(api: string): Promise<void> {
  const ask = async (method: string, path: string, init: Omit<RequestInit, 'method'> = {}): Promise<Response> => {
    const answer = await fetch(new URL(path, `${api}/v2/`), { ...init, method, signal });
    await answer.arrayBuffer();
    expect(answer.status, `${method} ${path}`).toBeLessThan(300);
    return answer;
  };
  for (const blob of ['{}', 'layer']) {
    const { headers } = await ask('POST', 'app/blobs/uploads/');
    const location = new URL(headers.get('location') ?? '', api);
    location.searchParams.set('digest', digestOfText(blob));
    await ask('PUT', location.href, { body: blob, headers: { 'content-type': 'application/octet-stream' } });
  }
  await ask('POST', `other/blobs/uploads/?mount=${layer}&from=app`);
  await ask('PUT', 'app/manifests/v1', { body: document, headers: { 'content-type': imageType } });
  await ask('PUT', `app/manifests/${image}`, { body: document, headers: { 'content-type': imageType } });
  for (const reference of ['v1', image]) {
    await ask('GET', `app/manifests/${reference}`, { headers: { accept: imageType } });
  }
  await ask('GET', `app/blobs/${layer}`);
  await ask('GET', `app/blobs/${layer}`, { headers: { range: 'bytes=0-1' } });
  for (const path of ['manifests/v1', `blobs/${layer}`]) {
    await ask('HEAD', `app/${path}`, { headers: { accept: imageType } });
  }
  for (const path of ['manifests/v1', `manifests/${image}`, `blobs/${layer}`]) await ask('DELETE', `app/${path}`);
}

interface Comparable {
  readonly request: { readonly method: string };
}

/** What an endpoint was told of all that, but for what is another each time. */
async function toldOf(serve: (notifications: object) => Promise<{ api: string; end: () => Promise<unknown> }>) {
  const receiver = await ReceivingServer.start();
  const endpoint = { name: 'peer', url: receiver.url.href, headers: { 'X-Token': ['a', 'b'] }, timeout: '5s' };
  const server = await serve({ events: { includereferences: true }, endpoints: [endpoint] });
  try {
    await use(server.api);
    const last = { action: 'delete', target: { digest: layer } };
    await expect.poll(() => receiver.events.at(-1), { timeout: 10_000 }).toMatchObject(last);
    const types = new Set(receiver.received.map(({ headers }) => headers['content-type']));
    const tokens = new Set(receiver.received.map(({ headers }) => headers['x-token']));
    const events = receiver.events.map((event) => sameForAll(event, new URL(server.api).host));
    return { types: [...types], tokens: [...tokens], events };
  } finally {
    await server.end();
    await receiver.close();
  }
}

function sameForAll(event: Readonly<Record<string, unknown>>, host: string): Comparable {
  const isName = (value: unknown): boolean => typeof value === 'string' && value.length > 30;
  const { id, timestamp, ...dated } = event;
  const { request, source, ...others } = dated as Record<string, Record<string, unknown>>;
  const text = JSON.stringify({
    ...others,
    id: isName(id),
    timestamp: typeof timestamp === 'string' && Number.isFinite(Date.parse(timestamp)),
    request: { ...request, id: isName(request?.['id']), addr: /^127\.0\.0\.1:\d+$/.test(String(request?.['addr'])) },
    source: Object.keys(source ?? {}).toSorted(),
  });
  return JSON.parse(text.replaceAll(host, 'HOST')) as Comparable;
}

it('an endpoint of distribution’s is told the same by us, from the same section', async () => {
  const theirs = await toldOf(async (notifications) => {
    const storage = join(folder, 'theirs');
    await mkdir(storage);
    const [port = 0] = await freePorts(1);
    const server = await startDistribution('registry', folder, storage, port, signal, { notifications });
    return { api: `http://127.0.0.1:${port}`, end: () => server.end('SIGTERM') };
  });
  const ours = await toldOf(async (notifications) => {
    const fleet = await Fleet.start(1, { folder, coppice: {}, sections: { notifications } }, signal);
    return { api: fleet.replicas[0]?.api ?? '', end: () => fleet.end() };
  });
  // For distribution, to look at something is a pull.
  const events = theirs.events.filter(({ request }) => request.method !== 'HEAD');
  expect([theirs.events.length, events.length]).toEqual([14, 12]);
  expect(ours).toEqual({ ...theirs, events });
});
