import { getCiphers } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { type Kind, Unfit } from './kinds.ts';
import { cipherList, cipherSuites } from './cipherSuites.ts';
import * as reading from './testing/reading.ts';
import type { Environment } from './variables.ts';

const read = (yaml: string, environment?: Environment) => reading.read(`version: 0.1\n${yaml}`, environment);
const mistakes = (yaml: string, environment?: Environment) => reading.mistakes(`version: 0.1\n${yaml}`, environment);

const token = 'realm: "https://auth.example.com/token", service: registry, issuer: auth';
const algorithms = 'auth.token.signingalgorithms';
const byPassword = { by: 'htpasswd', realm: 'r', path: '/p', anonymousPull: false };

describe('who may use the registry API', () => {
  it.each([
    ['nothing is said', ''],
    ['nothing is below auth', 'auth:'],
    ['it is said so', 'auth: none'],
    ['it is said so as a section', 'auth: {none: {}}'],
  ])('everybody, where %s', (_, yaml) => {
    expect(read(yaml).access).toEqual({ by: 'nothing' });
  });

  it.each<[string, string, Environment]>([
    ['a file', 'auth: {htpasswd: {realm: r, path: /p}}', {}],
    [
      'variables, as the pages of distribution tell',
      '',
      { REGISTRY_AUTH: 'htpasswd', REGISTRY_AUTH_HTPASSWD_REALM: 'r', REGISTRY_AUTH_HTPASSWD_PATH: '/p' },
    ],
    [
      'a variable that replaces what the file said',
      `auth: {token: {${token}}}`,
      { REGISTRY_AUTH: 'htpasswd', REGISTRY_AUTH_HTPASSWD: '{realm: r, path: /p}' },
    ],
  ])('who has a password, by %s', (_, yaml, environment) => {
    expect(read(yaml, environment).access).toEqual(byPassword);
  });

  it('who has a token of the authority', () => {
    const { access } = read(`auth: {token: {${token}, jwks: /j, signingalgorithms: [ES256], autoredirect: false}}`);
    expect(access).toEqual({
      ...{ by: 'token', realm: 'https://auth.example.com/token', service: 'registry', issuer: 'auth' },
      ...{ jwks: '/j', algorithms: ['ES256'], anonymousPull: false },
    });
    const usual = read(`auth: {token: {${token}, rootcertbundle: /b}}\ncoppice: {anonymousPull: true}`).access;
    expect(usual).toMatchObject({ rootCertBundle: '/b', anonymousPull: true });
    expect(usual.by === 'token' && usual.algorithms.some((one) => one.startsWith('HS') || one === 'none')).toBe(false);
  });

  it.each([
    ['a way with nothing below it', 'auth: {htpasswd: }', ['auth.htpasswd.realm', 'auth.htpasswd.path']],
    ['a way with an empty map below it', 'auth: {htpasswd: {}}', ['auth.htpasswd.realm', 'auth.htpasswd.path']],
    ['the name of a way alone', 'auth: htpasswd', ['auth.htpasswd.realm', 'auth.htpasswd.path']],
    ['half a way', 'auth: {htpasswd: {path: /p}}', ['auth.htpasswd.realm']],
    ['an empty realm', 'auth: {htpasswd: {realm: "", path: /p}}', ['auth.htpasswd.realm']],
    ['a realm that breaks a header', 'auth: {htpasswd: {realm: "a\\nb", path: /p}}', ['auth.htpasswd.realm']],
    ['a key of a way that tunes it', 'auth: {token: {autoredirect: false}}', tokenLacks()],
    ['tokens of no key', `auth: {token: {${token}}}`, ['auth.token.rootcertbundle or .jwks']],
    ['tokens without an audience', 'auth: {token: {realm: r, issuer: i, jwks: /j}}', ['auth.token.service']],
    ['a redirect', `auth: {token: {${token}, jwks: /j, autoredirect: true}}`, ['auth.token.autoredirect']],
    ['a shared secret', `auth: {token: {${token}, jwks: /j, signingalgorithms: [HS256]}}`, [algorithms]],
    ['no signature at all', `auth: {token: {${token}, jwks: /j, signingalgorithms: [none]}}`, [algorithms]],
    ['no algorithm at all', `auth: {token: {${token}, jwks: /j, signingalgorithms: []}}`, [algorithms]],
    ['two ways', `auth: {token: {${token}, jwks: /j}, htpasswd: {realm: r, path: /p}}`, ['auth']],
    ['a way, and none', 'auth: {none: , htpasswd: {realm: r, path: /p}}', ['auth']],
    ['a way of tests', 'auth: {silly: {realm: r, service: s}}', ['auth.silly']],
    ['a way of tests by its name', 'auth: silly', ['auth.silly']],
    ['a way that nobody knows', 'auth: {ldap: }', ['auth.ldap']],
    ['pulls without a name where nobody has one', 'coppice: {anonymousPull: true}', ['coppice.anonymousPull']],
  ])('refuses %s', (_, yaml, keys) => {
    expect(mistakes(yaml).map((line) => line.split(': ')[0])).toEqual(keys);
  });

  it('is not open because only a part of it came by variables', () => {
    expect(mistakes('', { REGISTRY_AUTH_HTPASSWD_REALM: 'r' })).toEqual([expect.stringMatching(/^auth.htpasswd.path/)]);
    expect(mistakes('', { REGISTRY_AUTH: '' })).toEqual([expect.stringContaining('REGISTRY_AUTH')]);
    expect(mistakes('auth: {htpasswd: {realm: r, path: /p}}', { REGISTRY_AUTH: '{token: }' })).toHaveLength(4);
  });
});

function tokenLacks(): readonly string[] {
  return ['realm', 'service', 'issuer', 'rootcertbundle or .jwks'].map((name) => `auth.token.${name}`);
}

describe('TLS of the registry API', () => {
  it('is as distribution has it by default', () => {
    expect(read('http: {tls: {certificate: /c, key: /k, clientcas: [/a]}}').http.tls).toEqual({
      ...{ section: 'http.tls', certificate: '/c', key: '/k', clientCas: ['/a'] },
      ...{ clientAuth: 'require-and-verify-client-cert', minimum: 'TLSv1.2' },
    });
    expect(read('http: {tls: }').http.tls).toBeUndefined();
  });

  it.each([
    ['half a pair', 'certificate: /c', 'http.tls.key: is needed'],
    ['the other half', 'key: /k', 'http.tls.certificate: is needed'],
    ['clients alone', 'clientcas: [/a]', 'http.tls.certificate: is needed'],
    ['a version alone', 'minimumtls: tls1.3', 'http.tls.certificate: is needed'],
    [
      'how to ask, and not for whom',
      'certificate: /c, key: /k, clientauth: request-client-cert',
      'http.tls.clientcas: ',
    ],
    ['another way to ask', 'clientauth: no-client-cert', 'http.tls.clientauth: must be one of request-client-cert'],
    ['a broken version', 'minimumtls: tls1.0', 'http.tls.minimumtls: must be tls1.2 or tls1.3: tls1.0 is broken'],
    ['an unknown suite', 'ciphersuites: [TLS_NULL]', 'http.tls.ciphersuites: knows no suite "TLS_NULL"'],
    [
      'certificates from elsewhere',
      'letsencrypt: {email: a}',
      'http.tls.letsencrypt: a key of distribution that is not',
    ],
  ])('refuses %s', (_, yaml, says) => {
    expect(mistakes(`http: {tls: {${yaml}}}`)).toEqual([expect.stringContaining(says)]);
  });

  it('knows suites that OpenSSL has, and always those of TLS 1.3', () => {
    const names = namesIn(cipherSuites);
    expect(names.length).toBeGreaterThan(10);
    const list = cipherList(cipherSuites.read(names))?.split(':') ?? [];
    expect(new Set(list).size).toBe(list.length);
    expect(list.map((name) => name.toLowerCase()).filter((name) => !getCiphers().includes(name))).toEqual([]);
    const one = ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'];
    expect(cipherList(cipherSuites.read(one))?.split(':')).toEqual([
      ...['TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256', 'TLS_AES_128_GCM_SHA256'],
      'ECDHE-RSA-AES128-GCM-SHA256',
    ]);
    expect(cipherList([])).toBeUndefined();
  });
});

/** As it tells them to somebody who named another. */
function namesIn(kind: Kind<unknown>): readonly string[] {
  try {
    kind.read(['another']);
  } catch (error) {
    if (error instanceof Unfit) return error.message.match(/TLS_[A-Z0-9_]+/g) ?? [];
    throw error;
  }
  return [];
}
