import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { knownKeys } from './configuration.ts';
import { foreignKeys } from './foreign.ts';
import { table } from './keys.ts';
import { mistakes, read, shippedByVersion3 } from './testing/reading.ts';

const bomb = ['version: 0.1', 'a: &a [x, x, x, x, x, x, x, x, x, x]', 'b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]']
  .concat('c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]')
  .join('\n');

describe('a configuration', () => {
  it('has the defaults of distribution and of the design when nothing is said', () => {
    const config = read(undefined);
    expect(config.http.listener).toEqual({ at: { port: 5000 }, key: 'http.addr', isConfigured: false });
    expect(config.storage).toEqual({ rootDirectory: '/var/lib/registry', deleteEnabled: false, readOnly: false });
    expect(config.http).toMatchObject({ prefix: '', catalogMost: 1000 });
    expect(config.validation).toEqual({ disabled: false, entries: 'all' });
    expect(config.admin.listener).toEqual({
      at: { host: '127.0.0.1', port: 5443 },
      key: 'coppice.admin.addr',
      isConfigured: false,
    });
    expect(config.coppice).toEqual({
      pulls: { userAgents: [], actors: [] },
      permitTTLMs: 10_000,
      windowMs: 30_000,
      holdBudgetMs: 5000,
      promiseTTLMs: 3_600_000,
      minAgeMs: 3_600_000,
      confirmAfterMs: 3_600_000,
      undoPeriodMs: 86_400_000,
      trashTTLMs: 3_600_000,
      maxHeld: 10_000,
      untagged: 'Keep',
      uploadsMs: 604_800_000,
      uploadsEveryMs: 86_400_000,
    });
  });

  it('takes the file that the image of distribution ships as it stands, and says what does nothing', () => {
    const config = read(shippedByVersion3);
    expect(config.log.fields).toEqual({ service: 'registry' });
    expect(config.http.headers).toEqual({ 'X-Content-Type-Options': ['nosniff'] });
    expect(config.idle.map(({ key }) => key)).toEqual([
      'storage.cache.blobdescriptor',
      'storage.tag.concurrencylimit',
      'health.storagedriver.enabled',
      'health.storagedriver.interval',
      'health.storagedriver.threshold',
    ]);
  });

  it('puts variables over the file, and the longer name over its section', () => {
    const file = 'version: 0.1\nhttp: {addr: ":5000", relativeurls: false}\nlog: {fields: {service: a}}';
    const config = read(file, {
      REGISTRY_HTTP: '{addr: "127.0.0.1:5050", relativeurls: true}',
      REGISTRY_HTTP_ADDR: '127.0.0.1:5051',
      REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: '/data',
      REGISTRY_STORAGE_DELETE_ENABLED: 'true',
      REGISTRY_COPPICE_PERMITTTL: '2s',
      REGISTRY_LOG_FIELDS_ZONE: 'b',
      PATH: '/bin',
    });
    expect(config.http.listener.at).toEqual({ host: '127.0.0.1', port: 5051 });
    expect(config.http.relativeUrls).toBe(true);
    expect(config.storage).toEqual({ rootDirectory: '/data', deleteEnabled: true, readOnly: false });
    expect(config.coppice.permitTTLMs).toBe(2000);
    expect(config.log.fields).toEqual({ service: 'a', zone: 'b' });
  });

  it('does not take the variables of a Kubernetes service called registry for its own', () => {
    const environment = {
      REGISTRY_PORT: 'tcp://10.0.0.1:5000',
      REGISTRY_SERVICE_HOST: '10.0.0.1',
      REGISTRY_SERVICE_PORT_HTTP: '5000',
      REGISTRY_ADMIN_PORT_5443_TCP_ADDR: '10.0.0.2',
    };
    expect(mistakes(undefined, environment)).toEqual([]);
    expect(mistakes(undefined, { REGISTRY_PORT: '50oo' })).toEqual([
      'REGISTRY_PORT: names no key of the configuration',
    ]);
  });

  it('reads an address of distribution’s debug listener as the metrics listener', () => {
    const { metrics } = read('version: 0.1\nhttp: {debug: {addr: "127.0.0.1:6001", prometheus: {enabled: true}}}');
    expect(metrics).toEqual({
      listener: { at: { host: '127.0.0.1', port: 6001 }, key: 'http.debug.addr', isConfigured: true },
      path: '/metrics',
      served: true,
    });
  });

  const cases: readonly (readonly [name: string, yaml: string, says: string])[] = [
    ['an unknown section', 'htpp: {addr: ":1"}', 'htpp: is not a key of the configuration; there are version, log'],
    ['an unknown key', 'http: {adr: ":1"}', 'http.adr: is not a key of the configuration; http takes addr, net, host'],
    ['a key in the wrong case', 'coppice: {permitttl: 5s}', 'coppice.permitttl: is written coppice.permitTTL'],
    ['S3', 'storage: {s3: {bucket: x}}', 'storage.s3: a key of distribution that is not supported'],
    ['S3 without settings', 'storage: {s3: }', 'storage.s3: a key of distribution that is not supported'],
    ['S3 by its name', 'storage: s3', 'storage.s3: a key of distribution that is not supported'],
    ['another cache', 'storage: {cache: {blobdescriptor: disk}}', 'storage.cache.blobdescriptor: must be one of inm'],
    ['a check of others', 'health: {tcp: [{addr: "x:1"}]}', 'health.tcp: a key of distribution that is not supported'],
    ['a socket over TCP', 'http: {addr: /run/r.sock}', 'http.addr: is the path of a socket, which needs http.net'],
    ['a port of a socket', 'http: {net: unix, addr: ":5000"}', 'http.addr: must be a path, as http.net is unix'],
    ['a prefix that goes up', 'http: {prefix: /a/../b/}', 'http.prefix: must be a path such as /images/'],
    [
      'a host with a query',
      'http: {host: "https://a/?b"}',
      'http.host: must be a URL of http or https without a query',
    ],
    [
      'two ages of uploads',
      'storage: {maintenance: {uploadpurging: {age: 24h}}}\ncoppice: {uploads: 7d}',
      'coppice.uploads: and storage.maintenance.uploadpurging.age say one thing differently',
    ],
    [
      'an expression that does not compile',
      'validation: {manifests: {urls: {allow: ["a", "(b"]}}}',
      'validation.manifests.urls.allow: the expression "(b" is not RE2 syntax',
    ],
    [
      'a list of platforms without one',
      'validation: {manifests: {indexes: {platforms: list}}}',
      'validation.manifests.indexes.platformlist: is needed',
    ],
    [
      'half a platform',
      'validation: {manifests: {indexes: {platforms: list, platformlist: [{os: linux}]}}}',
      'validation.manifests.indexes.platformlist: must be a list of platforms {architecture, os}',
    ],
    ['a proxy', 'proxy: {remoteurl: x}', 'proxy: a key of distribution that is not supported'],
    [
      'a bad address',
      'http: {addr: "50oo"}',
      'http.addr: must be HOST:PORT or :PORT, or where http.net is unix the path of a socket, got "50oo"',
    ],
    ['a port out of range', 'http: {addr: ":70000"}', 'http.addr: must be HOST:PORT or :PORT'],
    ['a flag as text', 'storage: {delete: {enabled: "1"}}', 'storage.delete.enabled: must be true or false, got "1"'],
    ['a value in place of a section', 'http: 5', 'http: must be a map'],
    [
      'a key without a value',
      'http: {addr: }',
      'http.addr: must be HOST:PORT or :PORT, or where http.net is unix the path of a socket, got null',
    ],
    ['a number without a unit', 'coppice: {window: 30}', 'coppice.window: must be a duration such as 90s'],
    ['half a duration', 'coppice: {window: 3x0s}', 'coppice.window: must be a duration'],
    ['zero where there must be time', 'coppice: {undoPeriod: 0}', 'coppice.undoPeriod: must be a duration'],
    ['a bad choice', 'coppice: {untagged: Drop}', 'coppice.untagged: must be one of Keep, Delete, got "Drop"'],
    ['a header with a line break', 'http: {headers: {X: ["a\\nb"]}}', 'http.headers: must be a map of header names'],
    ['another version', 'version: 0.2', 'version: must be 0.1, got 0.2'],
    ['a short permit', 'coppice: {permitTTL: 500ms}', 'coppice.permitTTL: must be at least 1s'],
    ['a short window', 'coppice: {window: 15s}', 'coppice.window: must be at least twice coppice.permitTTL'],
    ['a short promise', 'coppice: {promiseTTL: 39s}', 'coppice.promiseTTL: must be at least'],
    ['a short age', 'coppice: {minAge: 9s}', 'coppice.minAge: must be at least coppice.permitTTL'],
    ['a long hold', 'coppice: {holdBudget: 31s}', 'coppice.holdBudget: must not be longer than coppice.window'],
    [
      'an admin API for everybody',
      'coppice: {admin: {addr: ":5443"}}',
      'coppice.admin.addr: reaches beyond this machine, which needs coppice.admin.tls and coppice.admin.keys or coppice.admin.tokenReview',
    ],
    ['a name as admin host', 'coppice: {admin: {addr: "registry:5443"}}', 'coppice.admin.addr: reaches beyond'],
    [
      'an admin API that anybody may read',
      `coppice: {admin: {addr: ":5443", keys: [{name: ci, sha256: ${'a'.repeat(64)}, verbs: [read]}]}}`,
      'coppice.admin.addr: reaches beyond this machine, which needs coppice.admin.tls; or listen',
    ],
    [
      'an admin API that anybody may use',
      'coppice: {admin: {addr: ":5443", tls: {certificate: a, key: b, clientcas: [c]}}}',
      'coppice.admin.addr: reaches beyond this machine, which needs coppice.admin.keys or coppice.admin.tokenReview; or',
    ],
    ['half of TLS', 'coppice: {admin: {tls: {certificate: a}}}', 'coppice.admin.tls.key: is needed'],
    [
      'clients without a server',
      'coppice: {admin: {tls: {clientcas: [a]}}}',
      'coppice.admin.tls.certificate: is needed',
    ],
    [
      'a review for any audience',
      'coppice: {admin: {tokenReview: {users: [{name: a, verbs: [read]}]}}}',
      'coppice.admin.tokenReview.audience: is needed',
    ],
    [
      'a review for nobody',
      'coppice: {admin: {tokenReview: {audience: a, server: "https://a"}}}',
      'coppice.admin.tokenReview.users: is needed',
    ],
    [
      'a review outside a cluster',
      'coppice: {admin: {tokenReview: {audience: a, users: [{name: a, verbs: [read]}]}}}',
      'coppice.admin.tokenReview.server: must be a URL of https',
    ],
    [
      'a review in the clear',
      'coppice: {admin: {tokenReview: {audience: a, server: "http://a", users: [{name: a, verbs: [read]}]}}}',
      'coppice.admin.tokenReview.server: must be a URL of https',
    ],
    [
      'a user who may do what there is not',
      'coppice: {admin: {tokenReview: {audience: a, users: [{name: a, verbs: [all]}]}}}',
      'coppice.admin.tokenReview.users: must be a list of read, plan, execute',
    ],
    [
      'a user twice',
      'coppice: {admin: {tokenReview: {users: [{name: a, verbs: [read]}, {name: a, verbs: [plan]}]}}}',
      'coppice.admin.tokenReview.users: two users have one name',
    ],
  ];
  it.each(cases)('names %s', (_, yaml, says) => {
    const file = yaml.startsWith('version') ? yaml : `version: 0.1\n${yaml}`;
    expect(mistakes(file)).toEqual([expect.stringContaining(says)]);
  });

  it.each([
    ['10.0.0.1', '443', 'https://10.0.0.1:443'],
    ['fd00::1', '6443', 'https://[fd00::1]:6443'],
  ])('in a pod finds the API server at %s, and listens where others reach it', (host, port, server) => {
    const users = [{ name: 'system:serviceaccount:ns:operator', verbs: ['read', 'plan'] }];
    const config = read(undefined, {
      KUBERNETES_SERVICE_HOST: host,
      KUBERNETES_SERVICE_PORT: port,
      REGISTRY_COPPICE_ADMIN_ADDR: '10.1.2.3:5443',
      REGISTRY_COPPICE_ADMIN_TLS: '{certificate: /tls/tls.crt, key: /tls/tls.key}',
      REGISTRY_COPPICE_ADMIN_TOKENREVIEW: JSON.stringify({ audience: 'coppice', users }),
    });
    expect(config.admin).toMatchObject({
      listener: { at: { host: '10.1.2.3', port: 5443 } },
      keys: [],
      tls: { certificate: '/tls/tls.crt', key: '/tls/tls.key', clientCas: [] },
      tokenReview: {
        ...{ audience: 'coppice', users, server },
        tokenFile: '/var/run/secrets/kubernetes.io/serviceaccount/token',
        caFile: '/var/run/secrets/kubernetes.io/serviceaccount/ca.crt',
      },
    });
  });

  it('tells all mistakes at once, each with its key and its variable', () => {
    const found = mistakes('http: {addr: x, h3: {}}\nfoo: 1', { REGISTRY_LOG_LEVEL: 'loud', REGISTRY_NOSUCH: '1' });
    expect(found.map((line) => line.split(':')[0])).toEqual([
      'version',
      'http.h3',
      'foo',
      'REGISTRY_NOSUCH',
      'log.level (REGISTRY_LOG_LEVEL)',
      'http.addr',
    ]);
  });

  it('never shows what may be a token', () => {
    const found = mistakes('version: 0.1\ncoppice: {admin: {keys: [{name: ci, sha256: hunter2, verbs: [read]}]}}');
    expect(found).toEqual([expect.stringContaining('sha256 of key "ci"')]);
    expect(found.join()).not.toContain('hunter2');
  });

  it.each([
    ['broken YAML', 'a: [', /^: is not YAML: line 1, column/],
    ['a list', '- 1', /must be a map/],
    ['a key twice', 'version: 0.1\nversion: 0.1', /is not YAML: line 2/],
    ['aliases of aliases', bomb, /is not understood: Excessive alias count/],
    ['a key that is a list', 'version: 0.1\n? [a]\n: b', /only texts as keys/],
    ['two documents', 'version: 0.1\n---\nversion: 0.1', /is not YAML/],
    ['an empty file', '', /must be a map/],
  ])('refuses %s', (_, file, says) => {
    expect(mistakes(file)).toEqual([expect.stringMatching(says)]);
  });

  it('is as the page about the admin API shows it for a cluster', async () => {
    const page = await readFile(new URL('../../docs/operations/admin-api.md', import.meta.url), 'utf8');
    const shown = /```yaml\n(version[^`]*)```/.exec(page)?.[1];
    const pod = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' };
    expect(read(shown ?? 'nothing', pod).admin.tokenReview?.users.map(({ verbs }) => verbs)).toEqual([
      ['read', 'plan', 'execute'],
      ['read'],
    ]);
  });

  it('is documented key by key: what is done, what is idle, and what is refused', async () => {
    const page = await readFile(new URL('../../docs/operations/configuration.md', import.meta.url), 'utf8');
    const rows = [...page.matchAll(/^\| `([A-Za-z0-9.]+)` +\|[^|]*\|(.*)\|$/gm)];
    const marked = (mark: string): readonly string[] =>
      rows.filter(([, , means = '']) => means.includes(mark)).map(([, name = '']) => name);
    expect(marked('_refused_').toSorted()).toEqual(foreignKeys.toSorted());
    expect(marked('_idle_').toSorted()).toEqual(
      [...table].flatMap(([name, { idle }]) => (idle === undefined ? [] : [name])).toSorted(),
    );
    const documented = rows.map(([, name = '']) => name).filter((name) => !foreignKeys.includes(name));
    expect(documented.toSorted()).toEqual(knownKeys.toSorted());
  });
});
