/**
 * Keys that distribution knows and this registry does not do (yet), by the beginning of their path. To go on without one could serve what it was
 * meant to lock, so each is an error that says what to do.
 */
const foreign: Readonly<Record<string, string>> = {
  'log.hooks': 'logs go to standard output',
  'log.reportcaller': 'log entries name no line of code',
  loglevel: 'write log.level',
  'storage.s3': 'this version stores on a filesystem only',
  'storage.s3aws': 'this version stores on a filesystem only',
  'storage.azure': 'this version stores on a filesystem only',
  'storage.gcs': 'this version stores on a filesystem only',
  'storage.inmemory': 'this version stores on a filesystem only',
  'storage.cache': 'descriptors are cached in memory only',
  'storage.maintenance': 'for readonly use `coppice read-only on`, for uploadpurging write coppice.uploads',
  'storage.redirect': 'a filesystem never redirects',
  auth: 'put a proxy that authenticates in front, or do not listen beyond this machine',
  'http.tls': 'put a proxy that speaks TLS in front',
  'http.h2c': 'HTTP/1.1 only',
  'http.http2': 'HTTP/1.1 only',
  'http.prefix': 'the API stands at /v2/',
  'http.debug.prometheus': 'write http.debug.prometheus.enabled and .path',
  'health.file': 'ask /debug/health',
  'health.http': 'ask /debug/health',
  'health.tcp': 'ask /debug/health',
  'validation.enabled': 'write validation.disabled',
  'validation.manifests': 'manifests are checked for what they refer to, and nothing else',
  notifications: 'there is no webhook',
  redis: 'descriptors are cached in memory only',
  proxy: 'this version is no pull-through cache',
  middleware: 'there is nothing to plug in',
  reporting: 'ask the metrics listener',
  compatibility: 'schema 1 is served, never taken',
  policy: 'repositories of every class are taken',
  catalog: 'pages hold what the client asks for',
};

/** What to say of a key of distribution that this registry does not do; `path` in lower case. */
export function foreignKey(path: string): string | undefined {
  for (let end = path.length; end > 0; end = path.lastIndexOf('.', end - 1)) {
    const begin = path.slice(0, end);
    if (Object.hasOwn(foreign, begin)) return `a key of distribution that is not supported: ${foreign[begin] ?? ''}`;
  }
  return undefined;
}
