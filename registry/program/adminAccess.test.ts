import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testCertificate } from '../tls/testing/certificate.ts';
import { ReviewServer } from '../admin/testing/reviewServer.ts';
import { readConfiguration } from '../config/configuration.ts';
import { nudgeUrlOf } from './adminAccess.ts';
import { StartRefused } from './listeners.ts';
import { type RunningReplica, startReplica } from './replica.ts';

const { signal } = new AbortController();
const own = testCertificate('replica');
const operator = 'system:serviceaccount:registry:operator';
const viewer = 'system:serviceaccount:monitoring:viewer';

let directory: string;
let cluster: ReviewServer;
let replica: RunningReplica | undefined;
let logged: Record<string, unknown>[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'coppice-access-'));
  cluster = await ReviewServer.start();
  logged = [];
  await writeFile(join(directory, 'tls.crt'), own.cert);
  await writeFile(join(directory, 'tls.key'), own.key);
});
afterEach(async () => {
  await replica?.stop();
  replica = undefined;
  await cluster.remove();
  await rm(directory, { recursive: true });
});

const loopback = '127.0.0.1:0';

async function start(more: object = {}): Promise<void> {
  const users = [
    { name: operator, verbs: ['read', 'plan', 'execute'] },
    { name: viewer, verbs: ['read'] },
  ];
  const { server, tokenFile, caFile } = cluster;
  const tls = { certificate: join(directory, 'tls.crt'), key: join(directory, 'tls.key') };
  const tokenReview = { audience: 'coppice', users, server, tokenFile, caFile };
  const config = {
    version: 0.1,
    log: { formatter: 'json' },
    storage: { filesystem: { rootdirectory: directory } },
    http: { addr: loopback },
    coppice: { admin: { addr: loopback, tls, tokenReview, ...more }, metrics: { addr: loopback } },
  };
  const log = new Writable({
    write(chunk: Buffer, _encoding, done) {
      logged.push(JSON.parse(chunk.toString()) as Record<string, unknown>);
      done();
    },
  });
  const process = { version: '0', instance: 'a', now: Date.now, mono: () => performance.now(), log };
  const read = readConfiguration('config.yml', JSON.stringify(config), {});
  replica = await startReplica(read, { ...process, fresh: randomUUID, random: randomBytes }, signal);
}

interface Asking {
  readonly token?: string;
  readonly body?: object;
  readonly host?: string;
}

/** The status and the code of the answer. */
async function ask(method: string, path: string, { token, body, host }: Asking = {}): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const headers = {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(host === undefined ? {} : { host }),
    'content-type': 'application/json',
  };
  const options = {
    host: '127.0.0.1',
    port: replica?.admin?.port,
    agent: false,
    ca: own.cert,
    servername: 'localhost',
  };
  const sent = request({ ...options, method, headers, path: `/coppice/v1${path}` }, (response) => {
    text(response).then((all) => {
      const code = all === '' ? undefined : (JSON.parse(all) as { code?: string }).code;
      resolve(`${response.statusCode ?? 0} ${code ?? ''}`.trim());
    }, reject);
  });
  sent.on('error', reject).end(body && JSON.stringify(body));
  return promise;
}

describe('the admin API of a replica in a cluster', () => {
  it('lets each do what its user may, by the word of the API server, and nobody else', async () => {
    await start();
    cluster.knows('op', operator);
    cluster.knows('view', viewer);
    cluster.knows('guest', 'system:serviceaccount:default:default');
    cluster.knows('of-another', operator, ['vault']);
    const readOnly = { body: { reason: 'backup' } };
    expect(await ask('GET', '/status', { token: 'op' })).toBe('200');
    expect(await ask('GET', '/status', { token: 'view' })).toBe('200');
    expect(await ask('PUT', '/read-only', { token: 'view', ...readOnly })).toBe('403 FORBIDDEN');
    expect(await ask('PUT', '/read-only', { token: 'op', ...readOnly })).toBe('204');
    expect(await ask('GET', '/status', { token: 'guest' })).toBe('403 FORBIDDEN');
    expect(await ask('GET', '/status', { token: 'made-up' })).toBe('401 UNAUTHENTICATED');
    expect(await ask('GET', '/status', { token: 'of-another' })).toBe('401 UNAUTHENTICATED');
    expect(await ask('GET', '/status')).toBe('401 UNAUTHENTICATED');
    expect(await ask('POST', '/nudge', { body: { epoch: 1 } })).toBe('200');
    const changes = logged.filter(({ msg }) => msg === 'administrative change');
    expect(changes.map(({ key, status }) => [key, status])).toEqual([
      [viewer, 403],
      [operator, 204],
    ]);
  });

  it('says 503 to whom it cannot check, and goes on for whom it knows, while the API server is down', async () => {
    await start();
    cluster.knows('op', operator);
    await ask('GET', '/status', { token: 'op' });
    await cluster.stop();
    expect(await ask('PUT', '/read-only', { token: 'op', body: { reason: 'backup' } })).toBe('204');
    expect(await ask('GET', '/status', { token: 'made-up' })).toBe('503 UNVERIFIED');
    expect(await ask('PUT', '/read-only', { token: 'made-up', body: { reason: 'x' } })).toBe('503 UNVERIFIED');
    const asked = JSON.stringify(logged);
    for (const secret of ['"op"', 'made-up', 'our-own']) expect(asked).not.toContain(secret);
  });

  it('takes keys beside it, and answers at its address and no other name', async () => {
    const sha256 = createHash('sha256').update('a-key').digest('hex');
    await start({ keys: [{ name: 'ci', sha256, verbs: ['read'] }] });
    cluster.knows('view', viewer);
    expect(await ask('GET', '/status', { token: 'a-key' })).toBe('200');
    expect(cluster.asked).toEqual([]);
    expect(await ask('GET', '/status', { token: 'view' })).toBe('200');
    expect(await ask('GET', '/status', { token: 'a-key', host: 'evil.example.com' })).toBe('421 HOST_REFUSED');
  });

  it('asks for a certificate where authorities of clients are named, but not of a nudge', async () => {
    await start({
      tls: {
        certificate: join(directory, 'tls.crt'),
        key: join(directory, 'tls.key'),
        clientcas: [join(directory, 'tls.crt')],
      },
    });
    cluster.knows('op', operator);
    expect(await ask('GET', '/status', { token: 'op' })).toBe('401 UNAUTHENTICATED');
    expect(cluster.asked).toEqual([]);
    expect(await ask('POST', '/nudge', { body: { epoch: 1 } })).toBe('200');
  });

  it('does not start without its certificate', async () => {
    await rm(join(directory, 'tls.key'));
    await expect(start()).rejects.toThrow(StartRefused);
    await expect(start()).rejects.toThrow('coppice.admin.tls.key: cannot read');
  });
});

it.each([
  [{ host: '10.1.2.3', port: 5443 }, true, 'https://10.1.2.3:5443/coppice/v1/nudge'],
  [{ host: 'fd00::1', port: 5443 }, true, 'https://[fd00::1]:5443/coppice/v1/nudge'],
  [{ host: '127.0.0.1', port: 5443 }, false, 'http://127.0.0.1:5443/coppice/v1/nudge'],
  [{ host: '::', port: 5443 }, true, undefined],
  [{ host: '0.0.0.0', port: 5443 }, true, undefined],
])('others reach a replica that listens on %j, TLS %s, at %s', (at, isSecure, url) => {
  expect(nudgeUrlOf(at, isSecure)).toBe(url);
});
