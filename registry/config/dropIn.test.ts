import { describe, expect, it } from 'vitest';
import { mistakes, read, shippedByVersion2, shippedByVersion3 } from './testing/reading.ts';

/** With the keys of those that distribution ships. */
const shipped = {
  'registry:2': shippedByVersion2,
  'registry:3': shippedByVersion3,
  'for development, with redis': `
version: 0.1
log:
  accesslog:
    disabled: true
  level: debug
  formatter: text
  fields: {service: registry, environment: development}
  hooks:
    - type: mail
      disabled: true
      levels: [panic]
      options:
        smtp: {addr: "mail.example.com:25", username: mailuser, password: hunter2, insecure: true}
        from: sender@example.com
        to: [errors@example.com]
storage:
  delete: {enabled: true}
  cache: {blobdescriptor: redis}
  filesystem: {rootdirectory: /tmp/registry-dev, maxthreads: 100}
  maintenance:
    uploadpurging: {enabled: false}
  redirect: {disable: false}
http:
  addr: 0.0.0.0:5000
  secret: 12345678
  debug:
    addr: 0.0.0.0:5001
    prometheus: {enabled: true, path: /metrics}
  headers:
    X-Content-Type-Options: [nosniff]
  http2: {disabled: false}
  h2c: {enabled: false}
redis:
  addr: localhost:6379
  password: hunter2
  db: 0
  pool: {maxidle: 16, maxactive: 64, idletimeout: 300s}
  dialtimeout: 10ms
  tls: {enabled: false}
health:
  storagedriver: {enabled: true, interval: 10s, threshold: 3}
catalog: {maxentries: 500}
proxy:
middleware: {}
policy:
  repository:
`,
};

describe('a configuration of distribution', () => {
  it.each(Object.entries(shipped))('stands as it is: %s', (_, file) => {
    expect(mistakes(file)).toEqual([]);
    expect(read(file).http.headers).toEqual({ 'X-Content-Type-Options': ['nosniff'] });
  });

  it('is carried out where it is not idle, and what is idle never shows its value', () => {
    const config = read(shipped['for development, with redis']);
    expect(config.storage).toEqual({ rootDirectory: '/tmp/registry-dev', deleteEnabled: true, readOnly: false });
    expect(config.coppice.uploadsEveryMs).toBeUndefined();
    expect(config.http.catalogMost).toBe(500);
    expect(config.metrics).toMatchObject({ listener: { at: { host: '0.0.0.0', port: 5001 } }, served: true });
    expect(config.idle.map(({ key }) => key)).toEqual([
      ...['log.hooks', 'storage.filesystem.maxthreads', 'storage.cache.blobdescriptor', 'storage.redirect.disable'],
      ...['http.secret', 'http.http2.disabled', 'http.h2c.enabled', 'health.storagedriver.enabled'],
      ...['health.storagedriver.interval', 'health.storagedriver.threshold', 'redis'],
    ]);
    expect(JSON.stringify(config)).not.toMatch(/hunter2|12345678/);
  });

  it('says what becomes of uploads, of a replica’s writes and of a page', () => {
    const purging = 'storage: {maintenance: {uploadpurging: {enabled: true, age: 168h, interval: 12h, dryrun: false}}}';
    expect(read(`version: 0.1\n${purging}`).coppice).toMatchObject({
      uploadsMs: 604_800_000,
      uploadsEveryMs: 43_200_000,
    });
    const rehearsal = read(`version: 0.1\n${purging.replace('dryrun: false', 'dryrun: true')}`);
    expect(rehearsal.coppice.uploadsEveryMs).toBeUndefined();
    expect(read('version: 0.1\nstorage: {maintenance: {readonly: {enabled: true}}}').storage.readOnly).toBe(true);
    expect(read('version: 0.1\ncatalog: {maxentries: -1}').http.catalogMost).toBe(1000);
  });

  it('says what manifests are held against', () => {
    const indexes = '{platforms: list, platformlist: [{architecture: amd64, os: linux}]}';
    const file = `version: 0.1\nvalidation: {manifests: {urls: {allow: ["^https"], deny: [x]}, indexes: ${indexes}}}`;
    expect(read(file).validation).toEqual({
      disabled: false,
      urls: { allow: ['^https'], deny: ['x'] },
      entries: [{ os: 'linux', architecture: 'amd64' }],
    });
    for (const [flags, disabled] of [
      ['{disabled: true}', true],
      ['{enabled: false}', false],
      ['{disabled: true, enabled: true}', false],
    ] as const) {
      expect(read(`version: 0.1\nvalidation: ${flags}`).validation.disabled).toBe(disabled);
    }
  });

  it('says where the API stands', () => {
    const { http } = read('version: 0.1\nhttp: {net: unix, addr: /run/r.sock, prefix: /a/b/, host: "https://r/x/"}');
    expect(http).toMatchObject({ listener: { at: { path: '/run/r.sock' } }, prefix: '/a/b', host: 'https://r/x' });
    for (const prefix of ['/', '""', '/a', '/a.b-c_d~e/']) {
      const found = mistakes(`version: 0.1\nhttp: {prefix: ${prefix}}`);
      expect(found).toEqual(prefix === '""' ? [expect.stringContaining('http.prefix')] : []);
    }
  });

  it('may say a level in capitals, or by the old name', () => {
    const level = (log: string): string => read(`version: 0.1\n${log}`).log.level;
    expect([
      level('log: {level: WARN}'),
      level('loglevel: Debug'),
      level('log: {level: info}\nloglevel: error'),
    ]).toEqual(['warn', 'debug', 'info']);
  });

  it('may say one thing in several places', () => {
    const file = 'version: 0.1\nlog: {fields: &f {a: 1}}\ncoppice: {metrics: {addr: "127.0.0.1:0"}}\nredis: *f';
    expect(read(file).log.fields).toEqual({ a: 1 });
    const merged =
      'version: 0.1\nredis: &r {drain: {draintimeout: 3s}}\nhttp: {<<: {draintimeout: 4s}, relativeurls: yes}';
    expect(read(merged).http).toMatchObject({ drainMs: 4000, relativeUrls: true });
  });
});

describe('variables of distribution', () => {
  it('name the driver, and with it the whole storage', () => {
    const file = 'version: 0.1\nstorage: {s3: {bucket: x}, delete: {enabled: true}}\nlog: {level: warn}';
    const config = read(file, { REGISTRY_STORAGE: 'filesystem', REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: '/data' });
    expect(config.storage).toEqual({ rootDirectory: '/data', deleteEnabled: false, readOnly: false });
    expect(config.log.level).toBe('warn');
    expect(mistakes(undefined, { REGISTRY_STORAGE: 's3' })).toEqual([expect.stringContaining('storage.s3 (REGISTRY_')]);
    expect(mistakes(undefined, { REGISTRY_STORAGE: '[a]' })).toEqual(['REGISTRY_STORAGE: must be a map']);
  });

  it('replace a section whole, and a longer name goes over it', () => {
    const file = 'version: 0.1\nhttp: {addr: ":1", relativeurls: true, headers: {X: [y]}}';
    const { http } = read(file, { REGISTRY_HTTP: '{addr: ":2", draintimeout: 3s}', REGISTRY_HTTP_DRAINTIMEOUT: '4s' });
    expect(http).toMatchObject({ listener: { at: { port: 2 } }, relativeUrls: false, headers: {}, drainMs: 4000 });
  });

  it('name entries of lists by their numbers, also in what the file says', () => {
    const allow = Object.fromEntries(
      Array.from({ length: 12 }, (_, at) => [`REGISTRY_VALIDATION_MANIFESTS_URLS_ALLOW_${at}`, `x${at}`]),
    );
    expect(read(undefined, allow).validation.urls?.allow).toEqual(Object.values(allow));
    const file = 'version: 0.1\nvalidation: {manifests: {urls: {deny: [a, b]}}}';
    const deny = { REGISTRY_VALIDATION_MANIFESTS_URLS_DENY_1: 'c', REGISTRY_VALIDATION_MANIFESTS_URLS_DENY_2: 'd' };
    expect(read(file, deny).validation.urls?.deny).toEqual(['a', 'c', 'd']);
    const indexes = {
      REGISTRY_VALIDATION_MANIFESTS_INDEXES_PLATFORMS: 'list',
      REGISTRY_VALIDATION_MANIFESTS_INDEXES_PLATFORMLIST_0_OS: 'linux',
      REGISTRY_VALIDATION_MANIFESTS_INDEXES_PLATFORMLIST_0_ARCHITECTURE: 'amd64',
    };
    expect(read(undefined, indexes).validation.entries).toEqual([{ os: 'linux', architecture: 'amd64' }]);
  });

  it.each(['ALLOW_1', 'ALLOW_X', 'ALLOW_-1', 'ALLOW_99999'])('name no entry where there is a gap: %s', (name) => {
    const variable = `REGISTRY_VALIDATION_MANIFESTS_URLS_${name}`;
    expect(mistakes(undefined, { [variable]: 'x' })).toEqual([
      `${variable}: validation.manifests.urls.allow is a list: entries have numbers from 0 on, and none may be left out`,
    ]);
  });

  it('may say what is idle, and where the file is', () => {
    const environment = {
      REGISTRY_CONFIGURATION_PATH: '/etc/distribution/config.yml',
      REGISTRY_REDIS_ADDR: 'localhost:6379',
      REGISTRY_REDIS_POOL_MAXIDLE: '16',
      REGISTRY_HTTP_SECRET: '0123',
      REGISTRY_LOG_HOOKS_0_TYPE: 'mail',
      REGISTRY_PROXY: '',
    };
    expect(read(undefined, environment).idle.map(({ key }) => key)).toEqual(['log.hooks', 'http.secret', 'redis']);
    expect(mistakes(undefined, { REGISTRY_PROXY_REMOTEURL: 'https://x' })).toEqual([
      expect.stringContaining('REGISTRY_PROXY_REMOTEURL: a key of distribution that is not supported'),
    ]);
  });
});
