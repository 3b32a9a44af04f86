const elsewhere = 'this version stores on a filesystem only';
const health = 'ask /debug/health of this replica, and what it names where that is';

/**
 * Keys that distribution knows and this registry does not do, by the beginning of their path. To go on without one could serve what it was meant to lock, or
 * store where nobody looks, so each is an error that says what to do. What only tunes is taken, and told at start (keys.ts).
 */
const foreign: Readonly<Record<string, string>> = {
  'storage.s3': elsewhere,
  'storage.s3aws': elsewhere,
  'storage.azure': elsewhere,
  'storage.gcs': elsewhere,
  'storage.swift': elsewhere,
  'storage.oss': elsewhere,
  'storage.inmemory': elsewhere,
  'auth.silly': 'it lets in whoever asks: write auth.htpasswd or auth.token',
  'http.tls.letsencrypt': 'have something else get the certificate, and write http.tls.certificate and .key',
  'health.file': health,
  'health.http': health,
  'health.tcp': health,
  proxy: 'this is no pull-through cache: run that one beside it, on a storage of its own',
  middleware: 'there is nothing to plug in: a proxy in front does what it did',
  policy: 'repositories of every class are taken',
};

export const foreignKeys: readonly string[] = Object.keys(foreign);

/** What to say of a key of distribution that this registry does not do; `path` in lower case. */
export function foreignKey(path: string): string | undefined {
  for (let end = path.length; end > 0; end = path.lastIndexOf('.', end - 1)) {
    const begin = path.slice(0, end);
    if (Object.hasOwn(foreign, begin)) return `a key of distribution that is not supported: ${foreign[begin] ?? ''}`;
  }
  return undefined;
}

/**
 * A section of these that stands there with nothing in it asks for nothing. But a storage driver, or a way to authenticate, needs no settings to
 * be the one that is meant.
 */
export function isLeftEmpty(path: string, value: unknown): boolean {
  return !/^(storage|auth)\./i.test(path) && foreignKey(path.toLowerCase()) !== undefined && isEmpty(value);
}

function isEmpty(value: unknown): boolean {
  if (value instanceof Map) return [...(value as ReadonlyMap<unknown, unknown>).values()].every(isEmpty);
  return value === null || (Array.isArray(value) && value.length === 0);
}
