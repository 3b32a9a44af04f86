import { hashSync } from 'bcryptjs';
import { once } from 'node:events';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { request, type RequestOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TokenAuthority } from '../access/testing/tokenAuthority.ts';
import { readConfiguration } from '../config/configuration.ts';
import { testCertificate } from '../tls/testing/certificate.ts';
import { StartRefused } from './listeners.ts';
import { type RunningReplica, startReplica } from './replica.ts';

const { signal } = new AbortController();
const own = testCertificate('registry');
const authority = testCertificate('clients');
const client = testCertificate('client', { by: authority });
const at = (name: string): string => join(directory, name);

let directory: string;
let replica: RunningReplica | undefined;
let logged: Record<string, unknown>[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'coppice-entrance-'));
  logged = [];
  await writeFile(at('tls.crt'), own.cert);
  await writeFile(at('tls.key'), own.key);
  await writeFile(at('clients.crt'), authority.cert);
  await writeFile(at('htpasswd'), `ann:${hashSync('hunter2', 4)}\n`);
});
afterEach(async () => {
  await replica?.stop();
  replica = undefined;
  await rm(directory, { recursive: true });
});

interface Sections {
  readonly auth?: object;
  readonly tls?: object;
  readonly coppice?: object;
}

async function start({ auth = {}, tls, coppice = {} }: Sections): Promise<void> {
  const loopback = '127.0.0.1:0';
  const config = {
    ...{ version: 0.1, log: { formatter: 'json' }, storage: { filesystem: { rootdirectory: directory } }, auth },
    http: { addr: loopback, tls: { certificate: at('tls.crt'), key: at('tls.key'), ...tls } },
    coppice: { ...coppice, admin: { addr: loopback }, metrics: { addr: loopback } },
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

interface Answer {
  readonly status: number;
  readonly challenge: string | undefined;
  readonly location: string | undefined;
}

async function ask(method: string, path: string, authorization?: string, more: RequestOptions = {}): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const api = replica?.api;
  const port = api !== undefined && 'port' in api ? api.port : undefined;
  const headers = { 'content-length': '0', ...(authorization === undefined ? {} : { authorization }) };
  const options = { host: '127.0.0.1', port, ca: own.cert, agent: false, method, path, headers, ...more } as const;
  request(options, (response) => {
    const { statusCode: status = 0, headers: found } = response;
    text(response).then(() => {
      resolve({ status, challenge: found['www-authenticate'], location: found.location });
    }, reject);
  })
    .on('error', reject)
    .end();
  return promise;
}

const ann = `Basic ${Buffer.from('ann:hunter2').toString('base64')}`;
const upload = '/v2/app/blobs/uploads/';

describe('the registry API of a replica', () => {
  it('lets in who has a password, by TLS, and says in its log who came but not how', async () => {
    await start({ auth: { htpasswd: { realm: 'here', path: at('htpasswd') } } });
    expect(await ask('GET', '/v2/')).toMatchObject({ status: 401, challenge: 'Basic realm="here"' });
    expect(await ask('GET', '/v2/', 'Basic YW5uOndyb25n')).toMatchObject({ status: 401 });
    expect(await ask('GET', '/v2/', ann)).toMatchObject({ status: 200, challenge: undefined });
    const begun = await ask('POST', upload, ann);
    expect(begun).toMatchObject({ status: 202 });
    expect(begun.location).toMatch(/^https:\/\/127\.0\.0\.1:[0-9]+\/v2\/app\/blobs\/uploads\//);
    expect(await ask('GET', '/')).toMatchObject({ status: 200 });
    const answered = logged.filter(({ msg }) => msg === 'request answered');
    expect(answered.map(({ user, status }) => [user, status])).toEqual([
      ...[
        [undefined, 401],
        [undefined, 401],
        ['ann', 200],
        ['ann', 202],
      ],
      [undefined, 200],
    ]);
    for (const secret of ['hunter2', ann.slice(6), 'YW5u', 'Basic '])
      expect(JSON.stringify(logged)).not.toContain(secret);
  });

  it('lets anybody pull where it is told so, and nobody push', async () => {
    const auth = { htpasswd: { realm: 'here', path: at('htpasswd') } };
    await start({ auth, coppice: { anonymousPull: true } });
    expect(await ask('GET', '/v2/')).toEqual({ status: 200, challenge: 'Basic realm="here"', location: undefined });
    expect(await ask('GET', '/v2/app/tags/list')).toMatchObject({ status: 404 });
    expect(await ask('GET', '/v2/app/tags/list', 'Basic YW5uOndyb25n')).toMatchObject({ status: 401 });
    expect(await ask('POST', upload)).toMatchObject({ status: 401 });
    expect(await ask('GET', '/v2/_catalog')).toMatchObject({ status: 401 });
    expect(await ask('POST', upload, ann)).toMatchObject({ status: 202 });
  });

  it('takes the tokens of an authority, as clients get them', async () => {
    const tokens = new TokenAuthority();
    const shop = createServer((asked, answer) => {
      const { searchParams } = new URL(asked.url ?? '', 'http://localhost');
      const [type = '', name = '', actions = ''] = (searchParams.get('scope') ?? '').split(':');
      const access = [{ type, name, actions: actions.split(',') }];
      void tokens
        .token(Date.now(), { kid: 'one' }, { access, aud: searchParams.get('service') ?? '' })
        .then((token) => {
          answer.end(JSON.stringify({ token }));
        });
    });
    shop.listen(0, '127.0.0.1');
    await once(shop, 'listening');
    const realm = `http://127.0.0.1:${(shop.address() as AddressInfo).port}/token`;
    await writeFile(at('jwks.json'), JSON.stringify({ keys: [await tokens.jwk({ kid: 'one' })] }));
    const { service, issuer } = tokens;
    await start({ auth: { token: { realm, service, issuer, jwks: at('jwks.json') } } });

    const scope = 'repository:app:pull,push';
    const challenge = `Bearer realm="${realm}",service="${service}",scope="${scope}"`;
    expect(await ask('POST', upload)).toMatchObject({ status: 401, challenge });
    const response = await fetch(`${realm}?${new URLSearchParams({ service, scope }).toString()}`);
    const { token } = (await response.json()) as { token: string };
    expect(await ask('POST', upload, `Bearer ${token}`)).toMatchObject({ status: 202 });
    expect(await ask('GET', '/v2/', `Bearer ${token}`)).toMatchObject({ status: 200 });
    const other = await ask('POST', '/v2/other/blobs/uploads/', `Bearer ${token}`);
    expect(other.challenge).toMatch(/scope="repository:other:pull,push",error="insufficient_scope"$/);
    expect(await ask('GET', '/v2/', `Bearer ${token}x`)).toMatchObject({ status: 401 });
    expect(JSON.stringify(logged)).not.toContain(token.slice(0, 40));
    shop.close();
    shop.closeAllConnections();
  });

  it('speaks with whom an authority of clients knows, and with nobody else', async () => {
    await start({ tls: { clientcas: [at('clients.crt')], minimumtls: 'tls1.3' } });
    expect(await ask('GET', '/v2/', undefined, client)).toMatchObject({ status: 200 });
    await expect(ask('GET', '/v2/')).rejects.toThrow();
    await expect(ask('GET', '/v2/', undefined, own)).rejects.toThrow();
    await expect(ask('GET', '/v2/', undefined, { ...client, maxVersion: 'TLSv1.2' })).rejects.toThrow();
  });

  it.each<[string, string, Sections]>([
    ['password file', 'auth.htpasswd.path: cannot read', { auth: { htpasswd: { realm: 'here', path: '/nowhere' } } }],
    [
      'set of keys',
      'auth.token.jwks: cannot use',
      { auth: { token: { realm: 'r', service: 's', issuer: 'i', jwks: '/nowhere' } } },
    ],
    ['certificate', 'http.tls.certificate: cannot read', { tls: { certificate: '/nowhere' } }],
    ['authority of clients', 'http.tls.clientcas: cannot read', { tls: { clientcas: ['/nowhere'] } }],
  ])('does not start without its %s', async (_, says, sections) => {
    const failure = await start(sections).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StartRefused);
    expect(String(failure)).toContain(says);
  });
});
