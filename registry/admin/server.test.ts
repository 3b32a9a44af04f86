import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { firstGate } from '../../core/window/gate.ts';
import { parseDigest } from '../../core/oci/digest.ts';
import { parseRepositoryName, parseTag } from '../../core/oci/reference.ts';
import { parseStorageId } from '../../core/window/identity.ts';
import type { AdminKey } from '../config/admin.ts';
import { openRecords, type Records } from '../records/records.ts';
import { FilesystemDriver } from '../storage/filesystem/driver.ts';
import { problems } from '../../core/admin/problem.ts';
import { type AdminServer, buildAdminServer } from './server.ts';
import { StorageAdministration } from './storageAdministration.ts';
import { FixedRuns } from './testing/fixedRuns.ts';

function sure<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the test itself is wrong');
  return value;
}

const { signal } = new AbortController();
const durations = { permitTTLMs: 1000, windowMs: 2000, promiseTTLMs: 3000 };
const digest = sure(parseDigest(`sha256:${'a'.repeat(64)}`));
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const keys: readonly AdminKey[] = [
  { name: 'viewer', sha256: sha256('view-token'), verbs: ['read'] },
  { name: 'planner', sha256: sha256('plan-token'), verbs: ['read', 'plan'] },
  { name: 'owner', sha256: sha256('own-token'), verbs: ['read', 'plan', 'execute'] },
];

let directory: string;
let records: Records;
let runs: FixedRuns;
let server: AdminServer;
let port: number;
let audit: Record<string, unknown>[];

async function serve(configured: readonly AdminKey[] = [], hosts: readonly string[] = []): Promise<void> {
  const administration = new StorageAdministration({
    driver: new FilesystemDriver(directory),
    records,
    runs,
    self: () => ({ instance: 'here', life: null }),
    audit: async () => ({ manifests: 0, missing: 0, missingItems: [] }),
    undelete: async () => ({ repository: 'a', digest, tags: [], manifests: 1 }),
    mono: () => performance.now(),
    timers: { after: () => ({ cancel: () => undefined }) },
    version: '0.0.0',
  });
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      audit.push(JSON.parse(chunk.toString()) as Record<string, unknown>);
      done();
    },
  });
  server = buildAdminServer({
    administration: () => administration,
    nudge: async (epoch) => ({ life: 'b', epoch }),
    keys: configured,
    hosts,
    audit: pino(sink),
    log: pino({ enabled: false }),
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
  port = (server.server.address() as AddressInfo).port;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
}

/** By hand, because a client that keeps the rules cannot send a `Host` or an `Origin` of its own. */
async function ask(method: string, path: string, headers: Record<string, string> = {}, body?: string): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const all = body === undefined ? headers : { 'content-length': String(Buffer.byteLength(body)), ...headers };
  const sent = request({ host: '127.0.0.1', port, method, path, headers: all, agent: false }, (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const parsed = text === '' ? undefined : (JSON.parse(text) as unknown);
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: parsed });
    });
  });
  sent.on('error', reject);
  sent.end(body);
  return promise;
}

function send(method: string, path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  return ask(method, `/coppice/v1${path}`, { 'content-type': 'application/json', ...headers }, JSON.stringify(body));
}

const get = (path: string, headers: Record<string, string> = {}): Promise<Answer> =>
  ask('GET', `/coppice/v1${path}`, headers);
const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'coppice-admin-'));
  records = openRecords(new FilesystemDriver(directory), {
    fresh: randomUUID,
    onPruningFailed: (error) => {
      throw error;
    },
  });
  await records.gates.cas(firstGate(sure(parseStorageId('s1')), durations), signal);
  runs = new FixedRuns();
  audit = [];
});

afterEach(async () => {
  await server.close();
  await rm(directory, { recursive: true });
});

const order = { id: 'run-1', mode: 'plan', input: { policies: [], requests: [] } };

describe('the admin API', () => {
  it('tells storage, gate and lives', async () => {
    await serve();
    const { status, body } = await get('/status');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      storage: 's1',
      self: { instance: 'here', life: null },
      gate: { epoch: 1, phase: 'OPEN' },
      durations,
      lives: [],
      tombstones: 0,
    });
  });

  it('begins a run once, whoever asks again, and names it in Location', async () => {
    await serve();
    const first = await send('POST', '/runs', order);
    const second = await send('POST', '/runs', order);
    expect([first.status, second.status]).toEqual([202, 202]);
    expect(first.headers['location']).toBe('/coppice/v1/runs/run-1');
    expect(second.body).toEqual(first.body);
    expect(runs.begun.size).toBe(1);
    expect((await get('/runs/run-1')).body).toEqual(first.body);
    expect(await send('POST', '/runs/run-1/cancel', {})).toMatchObject({
      status: 200,
      body: { ended: { reason: 'Cancelled' } },
    });
  });

  it('refuses what a page in a browser could send', async () => {
    await serve([], ['admin.example.com']);
    const refused = [
      await get('/status', { origin: 'http://127.0.0.1' }),
      await get('/status', { host: 'evil.example.com' }),
      await get('/status', { host: '127.0.0.1.evil.example.com' }),
      await ask('POST', '/coppice/v1/runs', { 'content-type': 'text/plain' }, JSON.stringify(order)),
      await ask('POST', '/coppice/v1/runs', { 'content-type': 'application/x-www-form-urlencoded' }, 'id=run-1'),
      await ask('POST', '/coppice/v1/runs', {}, JSON.stringify(order)),
    ];
    expect(refused.map(({ status, body }) => [status, (body as { code: string }).code])).toEqual([
      [403, 'ORIGIN_REFUSED'],
      [421, 'HOST_REFUSED'],
      [421, 'HOST_REFUSED'],
      [415, 'NOT_JSON'],
      [415, 'NOT_JSON'],
      [415, 'NOT_JSON'],
    ]);
    expect(runs.begun.size).toBe(0);
    for (const host of ['localhost:5443', '127.0.0.1', '[::1]:5443', 'admin.example.com', 'ADMIN.example.com:8443']) {
      expect([host, (await get('/status', { host })).status]).toEqual([host, 200]);
    }
  });

  it('asks for a key where keys are configured, and lets each do what its verbs say', async () => {
    await serve(keys);
    const answers = async (token: string): Promise<readonly number[]> => [
      (await get('/status', bearer(token))).status,
      (await send('POST', '/runs', { ...order, id: `p-${token}` }, bearer(token))).status,
      (await send('POST', '/runs', { ...order, id: `e-${token}`, mode: 'execute' }, bearer(token))).status,
      (await send('PUT', '/read-only', { reason: 'backup' }, bearer(token))).status,
      (await send('POST', '/undelete', { repository: 'a', tag: 'v1' }, bearer(token))).status,
    ];
    expect(await answers('nobody')).toEqual([401, 401, 401, 401, 401]);
    expect(await answers('view-token')).toEqual([200, 403, 403, 403, 403]);
    expect(await answers('plan-token')).toEqual([200, 202, 403, 403, 403]);
    expect(await answers('own-token')).toEqual([200, 202, 202, 204, 200]);
    expect((await get('/status')).status).toBe(401);
    expect((await send('POST', '/runs/e-own-token/cancel', {}, bearer('plan-token'))).status).toBe(403);
  });

  it('lets other replicas nudge without a key', async () => {
    await serve(keys);
    expect(await send('POST', '/nudge', { epoch: 7 })).toMatchObject({ status: 200, body: { life: 'b', epoch: 7 } });
    expect((await send('POST', '/nudge', { epoch: 7, more: 'x'.repeat(2000) })).status).toBe(413);
  });

  it('writes every change to the audit log with the name of its key, refused ones too, and no token', async () => {
    await serve(keys);
    await get('/status', bearer('own-token'));
    await send('POST', '/runs', order, bearer('own-token'));
    await send('PUT', '/read-only', { reason: 'backup' }, bearer('view-token'));
    expect(audit.map(({ key, route, status }) => [key, route, status])).toEqual([
      ['owner', '/coppice/v1/runs', 202],
      ['viewer', '/coppice/v1/read-only', 403],
    ]);
    expect(JSON.stringify(audit)).not.toContain('token');
  });

  it('declares and withdraws read-only, each owner its own, and a person in any case', async () => {
    await serve();
    expect((await send('PUT', '/read-only', { reason: 'backup', owner: 'main' })).status).toBe(204);
    expect((await get('/status')).body).toMatchObject({ gate: { readOnly: { reason: 'backup', owner: 'main' } } });
    expect(await send('PUT', '/read-only', { reason: 'other', owner: 'cli' })).toMatchObject({
      status: 409,
      body: { code: 'READ_ONLY_OWNED' },
    });
    expect((await ask('DELETE', '/coppice/v1/read-only?owner=cli')).status).toBe(409);
    expect((await ask('DELETE', '/coppice/v1/read-only')).status).toBe(204);
    expect((await get('/status')).body).not.toHaveProperty('gate.readOnly');
  });

  it('G3: takes the protections of a source whole or not at all', async () => {
    await serve();
    const tags = [{ repository: 'team/app', tag: 'v1' }];
    expect((await send('PUT', '/protections/cluster', { complete: true, digests: [digest], tags })).status).toBe(200);
    const bad = { complete: true, digests: [], tags: [...tags, { repository: 'Not A Name', tag: 'v1' }] };
    expect(await send('PUT', '/protections/cluster', bad)).toMatchObject({
      status: 400,
      body: { code: 'INVALID', mistakes: [{ path: 'tags[1]' }] },
    });
    expect((await get('/protections')).body).toEqual({
      items: [expect.objectContaining({ source: 'cluster', complete: true, digests: 1, tags: 1, maxAgeMs: 600_000 })],
    });
    expect((await ask('DELETE', '/coppice/v1/protections/cluster')).status).toBe(204);
    expect((await ask('DELETE', '/coppice/v1/protections/cluster')).body).toMatchObject({ code: 'SOURCE_UNKNOWN' });
  });

  it('pages through tombstones, the newest first', async () => {
    await serve();
    for (const n of [1, 2, 3]) {
      const named = {
        repository: sure(parseRepositoryName('team/app')),
        tags: [sure(parseTag(`v${n}`))],
        digest,
        group: [],
      };
      await records.tombstones.write(
        { id: `t${n}`, kind: 'tag', ...named, at: n, until: 4e12, who: 'cli', why: 'x' },
        signal,
      );
    }
    const first = await get('/tombstones?n=2');
    expect(first.body).toMatchObject({ items: [{ id: 't3', isLapsed: false }, { id: 't2' }] });
    const next = /<([^>]+)>; rel="next"/.exec(String(first.headers['link']))?.[1];
    const second = await ask('GET', sure(next));
    expect(second.body).toMatchObject({ items: [{ id: 't1' }] });
    expect(second.headers['link']).toBeUndefined();
  });

  it('pages through the items of one plan among several', async () => {
    await serve();
    await send('POST', '/runs', order);
    const first = await get('/runs/run-1/items?n=1&of=DeleteRequest%2Fns%2Fdr');
    expect(first.body).toMatchObject({ items: [{ object: 'DeleteRequest/ns/dr 0' }] });
    const next = /<([^>]+)>; rel="next"/.exec(String(first.headers['link']))?.[1];
    const second = await ask('GET', sure(next));
    expect(second.body).toMatchObject({ items: [{ object: 'DeleteRequest/ns/dr 1' }] });
    expect(second.headers['link']).toBeUndefined();
    expect((await get('/runs/run-1/items?n=9')).body).toMatchObject({
      items: [{ object: 'all 0' }, { object: 'all 1' }],
    });
  });

  it.each([
    ['an unknown run', 'GET', '/runs/nope', undefined, 404, 'RUN_UNKNOWN'],
    ['an unknown path', 'GET', '/nope', undefined, 404, 'NOT_FOUND'],
    ['a run without an input', 'POST', '/runs', { id: 'a', mode: 'plan' }, 400, 'INVALID'],
    ['a name that is a path', 'POST', '/runs', { ...order, id: '../../x' }, 400, 'INVALID'],
    ['a field that is not known', 'POST', '/runs', { ...order, force: true }, 400, 'INVALID'],
    ['a page too large', 'GET', '/tombstones?n=99999', undefined, 400, 'INVALID'],
    [
      'a source that is a path',
      'PUT',
      '/protections/..%2F..%2Fx',
      { complete: true, digests: [], tags: [] },
      400,
      'INVALID',
    ],
  ] as const)('answers %s as problem+json with a code', async (_, method, path, body, status, code) => {
    await serve();
    const answer = body === undefined ? await ask(method, `/coppice/v1${path}`) : await send(method, path, body);
    expect(answer).toMatchObject({ status, body: { code, status } });
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  });

  it('does not read JSON that would change objects', async () => {
    await serve();
    const body = '{"id":"a","mode":"plan","input":{"policies":[],"requests":[]},"__proto__":{"x":1}}';
    expect((await ask('POST', '/coppice/v1/runs', { 'content-type': 'application/json' }, body)).status).toBe(400);
  });

  it('tells a storage that fails as such', async () => {
    await serve();
    await rm(directory, { recursive: true });
    expect(await get('/status')).toMatchObject({ status: 503, body: { code: 'STORAGE' } });
    directory = await mkdtemp(join(tmpdir(), 'coppice-admin-'));
  });

  it('is documented code by code', async () => {
    await serve();
    const page = await readFile(new URL('../../docs/operations/admin-api.md', import.meta.url), 'utf8');
    const documented = [...page.matchAll(/^\| `([A-Z_]+)` +\| (\d+)/gm)].map(([, code, status]) => `${code} ${status}`);
    const known = Object.entries(problems).map(([code, { status }]) => `${code} ${status}`);
    expect(documented.toSorted()).toEqual(known.toSorted());
  });
});
