import { calculateJwkThumbprint, type JWK } from 'jose';
import { createHash, createHmac, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseRepositoryName, type RepositoryName } from '../../core/oci/reference.ts';
import { testCertificate } from '../tls/testing/certificate.ts';
import { AccessUnusable, type Scope } from './access.ts';
import { inChain, TokenAuthority } from './testing/tokenAuthority.ts';
import { TokenAccess } from './tokenAccess.ts';
import { readTokenTrust } from './tokenTrust.ts';

const { signal } = new AbortController();
const now = Date.UTC(2030, 0, 1);
const root = testCertificate('root');
const middle = testCertificate('middle', { by: root, isAuthority: true });
const leaf = testCertificate('leaf', { by: middle });
const stranger = testCertificate('root'); // of the same name
const [listed, byRoot, byLeaf, unknown] = [
  new TokenAuthority(),
  new TokenAuthority(root),
  new TokenAuthority(leaf),
  new TokenAuthority(),
];
const algorithms = ['ES256', 'RS256'];

let directory: string;
let access: TokenAccess;
let told: object[];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'coppice-token-'));
  const [bundle, jwks] = [join(directory, 'bundle.pem'), join(directory, 'jwks.json')];
  await writeFile(bundle, `subject=root\n${root.cert}`);
  const secret = { kty: 'oct', kid: 'secret', k: Buffer.from('secret').toString('base64url') };
  const keys = [await listed.jwk({ kid: 'one' }), secret, await unknown.jwk({ kid: 'enc', use: 'enc' })];
  keys.push(await unknown.jwk({ kid: 'other-algorithm', alg: 'ES384' }));
  await writeFile(jwks, JSON.stringify({ keys }));
  const trust = await readTokenTrust({ rootCertBundle: bundle, jwks }, signal);
  const { issuer, service } = listed;
  const tell = (fields: object): void => void told.push(fields);
  const log = { info: tell, warn: tell, error: tell };
  access = new TokenAccess({ realm: 'https://auth/token', issuer, service, algorithms, trust, now: () => now, log });
  told = [];
});
afterAll(async () => {
  await rm(directory, { recursive: true });
});

function nameOf(text: string): RepositoryName {
  const name = parseRepositoryName(text);
  if (name === undefined) throw new Error('no name');
  return name;
}

const on = (name: string, ...actions: ('pull' | 'push' | 'delete')[]): Scope[] =>
  actions.map((action) => ({ type: 'repository', name: nameOf(name), action }));

/** Whose it was taken for, or the error of the challenge (empty where it has none). */
async function says(authorization: string | undefined, needed: readonly Scope[] = []): Promise<string> {
  const verdict = await access.judge({ authorization, needed });
  if (verdict.is === 'allowed') return verdict.user;
  if (verdict.is !== 'unauthenticated') return verdict.why;
  expect(verdict.challenge).toMatch(/^Bearer realm="https:\/\/auth\/token",service="registry.example.com"/);
  return /error="(.*)"/.exec(verdict.challenge)?.[1] ?? '';
}

async function bearer(...of: Parameters<TokenAuthority['token']>): Promise<string> {
  return `Bearer ${await listed.token(...of)}`;
}

const base64url = (value: object | string): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

describe('access by tokens', () => {
  it('takes a token of whichever key is trusted, by whichever name', async () => {
    const jwk = (await byRoot.jwk()) as JWK;
    const der = createPublicKey(byRoot.key).export({ type: 'spki', format: 'der' });
    const names = ['one', await calculateJwkThumbprint(jwk), libtrust(der)];
    const tokens = [
      await listed.token(now, { kid: 'one' }),
      await byRoot.token(now, { kid: names[1] ?? '' }),
      await byRoot.token(now, { kid: names[2] ?? '' }),
      await listed.token(now, { jwk: { ...(await listed.jwk()), kid: 'one' } }),
      await byRoot.token(now, { x5c: [inChain(root)] }),
      await byLeaf.token(now, { x5c: [leaf, middle].map(inChain) }),
      await byLeaf.token(now, { x5c: [leaf, stranger, middle, root].map(inChain) }),
      await byLeaf.token(now, { jwk: { ...(await byLeaf.jwk()), x5c: [leaf, middle].map(inChain) } }),
    ];
    for (const [at, token] of tokens.entries()) expect([at, await says(`bEarer ${token}`)]).toEqual([at, 'ann']);
  });

  it('asks for one, with what it must allow', async () => {
    const scopes = [...on('a/b', 'pull', 'push'), ...on('c', 'pull')];
    const verdict = await access.judge({ authorization: undefined, needed: scopes });
    expect(verdict).toEqual({
      is: 'unauthenticated',
      challenge:
        'Bearer realm="https://auth/token",service="registry.example.com",scope="repository:a/b:pull,push repository:c:pull"',
    });
    for (const other of [undefined, '', 'Bearer', 'Basic YTpi', 'Token x']) expect(await says(other)).toBe('');
  });

  it('allows what stands in the token, and nothing else', async () => {
    const app = { type: 'repository', name: 'app', actions: ['pull', 'push'] };
    const all = { type: 'repository', name: 'own', actions: ['*'], class: 'image' };
    const catalog = { type: 'registry', name: 'catalog', actions: ['*'] };
    const other = { type: 'plugin', name: 'c', actions: ['pull'] };
    const claims = { access: [app, all, catalog, other, { type: 'repository', name: 'n', actions: null }] };
    const token = await bearer(now, { kid: 'one' }, claims);
    const cases: readonly (readonly [Scope[], string])[] = [
      [on('app', 'pull', 'push'), 'ann'],
      [on('app', 'delete'), 'insufficient_scope'],
      [on('own', 'pull', 'push', 'delete'), 'ann'],
      [[...on('app', 'pull', 'push'), ...on('base', 'pull')], 'insufficient_scope'],
      [on('application', 'pull'), 'insufficient_scope'],
      [on('c', 'pull'), 'insufficient_scope'],
      [on('n', 'pull'), 'insufficient_scope'],
      [[{ type: 'registry', name: 'catalog', action: '*' }], 'ann'],
      [[], 'ann'],
    ];
    for (const [needed, expected] of cases) expect([needed, await says(token, needed)]).toEqual([needed, expected]);
    const verdict = await access.judge({ authorization: token, needed: on('app', 'pull') });
    expect(verdict.is === 'allowed' && ['app', 'own', 'base'].map((name) => verdict.mayPull(nameOf(name)))).toEqual([
      ...[true, true, false],
    ]);
    expect(await says(await bearer(now, { kid: 'one' }, { access: null, sub: '' }))).toBe('');
    expect(await says(await bearer(now, { kid: 'one' }, { access: null }), on('app', 'pull'))).toBe(
      'insufficient_scope',
    );
  });

  const seconds = now / 1000;
  it.each<[string, object, string]>([
    ['another issuer', { iss: 'other' }, 'invalid_token'],
    ['no issuer', { iss: undefined }, 'invalid_token'],
    ['another audience', { aud: 'other' }, 'invalid_token'],
    ['no audience', { aud: undefined }, 'invalid_token'],
    ['several audiences, of which we are one', { aud: ['other', 'registry.example.com'] }, 'ann'],
    ['no end', { exp: undefined }, 'invalid_token'],
    ['an end in words', { exp: 'never' }, 'invalid_token'],
    ['an end a minute ago', { exp: seconds - 60 }, 'invalid_token'],
    ['an end within the leeway', { exp: seconds - 59 }, 'ann'],
    ['a beginning within the leeway', { nbf: seconds + 60 }, 'ann'],
    ['a beginning after it', { nbf: seconds + 61 }, 'invalid_token'],
    ['no beginning', { nbf: undefined }, 'ann'],
    ['a name that is none', { sub: 7 }, 'invalid_token'],
    ['access that is none', { access: 'repository:app:pull' }, 'invalid_token'],
    ['access half understood', { access: [{ type: 'repository', name: 'app', actions: 'pull' }] }, 'invalid_token'],
  ])('of a token with %s', async (_, claims, expected) => {
    expect(await says(await bearer(now, { kid: 'one' }, claims as never))).toBe(expected);
  });

  it('takes nothing that is signed otherwise', async () => {
    const [head = '', body = '', signature = ''] = (await listed.token(now, { kid: 'one' })).split('.');
    const keyed = (key: string, alg: string, kid: string): string => {
      const text = `${base64url({ alg, kid })}.${body}`;
      return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
    };
    const pem = createPublicKey(listed.key).export({ type: 'spki', format: 'pem' }).toString();
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' });
    const expired = testCertificate('expired', { by: root, until: new Date(now - 1000) });
    const bogus = testCertificate('bogus', { by: testCertificate('not an authority', { by: root }) });
    const underStranger = testCertificate('leaf', { by: stranger });
    const signed: readonly [string, string][] = [
      ['no signature', `${head}.${body}.`],
      ['alg none', `${base64url({ alg: 'none', kid: 'one' })}.${body}.`],
      ['alg None', `${base64url({ alg: 'None', kid: 'one' })}.${body}.${signature}`],
      ['the public key as a secret', keyed(pem, 'HS256', 'one')],
      ['a shared secret that stands in the set', keyed('secret', 'HS256', 'secret')],
      [
        'another body',
        `${head}.${base64url({ iss: listed.issuer, aud: listed.service, exp: seconds + 9 })}.${signature}`,
      ],
      ['a key that nobody trusts', await unknown.token(now, { kid: 'two' })],
      ['a key under the name of another', await unknown.token(now, { kid: 'one' })],
      ['a key for something else', await unknown.token(now, { kid: 'enc' })],
      ['a key for another algorithm', await unknown.token(now, { kid: 'other-algorithm' })],
      ['an algorithm that the key does not have', `${base64url({ alg: 'RS256', kid: 'one' })}.${body}.${signature}`],
      ['no name of a key', await listed.token(now, {})],
      ['a key that it brings', await unknown.token(now, { jwk: await unknown.jwk() })],
      [
        'a key that it brings under a trusted name',
        await unknown.token(now, { jwk: { ...(await unknown.jwk()), kid: 'one' } }),
      ],
      ['another key that it brings', await unknown.token(now, { jwk: { ...rsa, kid: 'one' } })],
      ['a chain to nowhere', await byLeaf.token(now, { x5c: [inChain(leaf)] })],
      [
        'a chain to another root of that name',
        await new TokenAuthority(underStranger).token(now, { x5c: [underStranger, stranger].map(inChain) }),
      ],
      ['a chain of somebody else', await unknown.token(now, { x5c: [leaf, middle].map(inChain) })],
      ['a chain beside a trusted name', await listed.token(now, { kid: 'one', x5c: [inChain(leaf)] })],
      ['a chain that is expired', await new TokenAuthority(expired).token(now, { x5c: [inChain(expired)] })],
      [
        'a chain through what is no authority',
        await new TokenAuthority(bogus).token(now, { x5c: [inChain(bogus), inChain(leaf)] }),
      ],
      ['an empty chain', await listed.token(now, { kid: 'one', x5c: [] })],
      ['a chain of nonsense', await listed.token(now, { kid: 'one', x5c: ['nonsense'] })],
      [
        'a demand that nobody understands',
        `${base64url({ alg: 'ES256', kid: 'one', crit: ['x'], x: 1 })}.${body}.${signature}`,
      ],
      ['two dots', '..'],
      ['nonsense', 'nonsense'],
    ];
    for (const [what, token] of signed) expect([what, await says(`Bearer ${token}`)]).toEqual([what, 'invalid_token']);
    const logged = JSON.stringify(told);
    for (const [, token] of signed.filter(([, one]) => one.length > 20))
      expect(logged).not.toContain(token.slice(0, 60));
    expect(logged).not.toContain(body);
  });

  it('finds no way through authorities that were not made authorities', async () => {
    const plain = testCertificate('plain', { by: root });
    const below = testCertificate('below', { by: plain });
    const token = await new TokenAuthority(below).token(now, { x5c: [below, plain, root].map(inChain) });
    expect(await says(`Bearer ${token}`)).toBe('invalid_token');
  });
});

/** As the specification of distribution's tokens describes a `kid`, written another way. */
function libtrust(der: Buffer): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  let number = BigInt(`0x${createHash('sha256').update(der).digest('hex').slice(0, 60)}`);
  let text = '';
  for (let at = 0; at < 48; at++, number /= 32n) text = (alphabet[Number(number % 32n)] ?? '') + text;
  return text.match(/.{4}/g)?.join(':') ?? '';
}

describe('the files that say whose tokens count', () => {
  it.each<[string, 'rootCertBundle' | 'jwks', string | undefined, string]>([
    ['is missing', 'rootCertBundle', undefined, 'auth.token.rootcertbundle: cannot use'],
    ['holds no certificate', 'rootCertBundle', 'hello', 'auth.token.rootcertbundle: cannot use'],
    [
      'holds half of one',
      'rootCertBundle',
      root.cert.replace(/\n.{10}/, '\n'),
      'auth.token.rootcertbundle: cannot use',
    ],
    ['is not JSON', 'jwks', '{', 'auth.token.jwks: cannot use'],
    ['is no set', 'jwks', '[]', 'auth.token.jwks: cannot use'],
    ['is empty', 'jwks', '{"keys": []}', 'it holds no key that signs tokens'],
    ['holds secrets alone', 'jwks', '{"keys": [{"kty": "oct", "k": "AA", "kid": "a"}]}', 'it holds no key that signs'],
    [
      'holds a broken key',
      'jwks',
      '{"keys": [{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}]}',
      'auth.token.jwks',
    ],
  ])('are refused where one %s', async (_, key, content, says) => {
    const path = join(directory, 'spoilt');
    await rm(path, { force: true });
    if (content !== undefined) await writeFile(path, content);
    const failure = await readTokenTrust({ [key]: path }, signal).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(AccessUnusable);
    expect(String(failure)).toContain(says);
  });
});
