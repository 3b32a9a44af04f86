import { adminKeys, adminUsers } from './admin.ts';
import * as kinds from './kinds.ts';
import type { Kind } from './kinds.ts';

interface Key<T> {
  readonly kind: Kind<T>;
  readonly fallback: T;
  /** Taken so that a configuration of distribution stands as it is, and told at start: what it asks for is otherwise done, or never. */
  readonly idle?: string;
}

function key<T>(kind: Kind<T>, fallback: NoInfer<T>): Key<T> {
  return { kind, fallback };
}

function optional<T>(kind: Kind<T>): Key<T | undefined> {
  return { kind, fallback: undefined };
}

function idle<T>(kind: Kind<T>, why: string): Key<T | undefined> {
  return { kind, fallback: undefined, idle: why };
}

const second = 1000;
const hour = 3600 * second;
const day = 24 * hour;
/** Where a pod finds what its service account is given. */
const mounted = '/var/run/secrets/kubernetes.io/serviceaccount';
const permit = 'the permit asks the storage at least every quarter of coppice.permitTTL';

/** Every key that is read: distribution's as far as this registry knows them, and the section `coppice`. docs/operations/configuration.md lists the same. */
export const keys = {
  version: optional(kinds.version),
  'log.level': key(kinds.choice('error', 'warn', 'info', 'debug'), 'info'),
  'log.formatter': key(kinds.choice('text', 'json'), 'text'),
  'log.fields': key(kinds.fields, {}),
  'log.accesslog.disabled': key(kinds.flag, false),
  'storage.filesystem.rootdirectory': key(kinds.text, '/var/lib/registry'),
  'storage.filesystem.maxthreads': idle(kinds.whole(1, 1_000_000), 'Node’s own thread pool does the work'),
  'storage.delete.enabled': key(kinds.flag, false),
  'storage.cache.blobdescriptor': idle(kinds.choice('inmemory'), 'descriptors are always cached in memory'),
  'storage.redirect.disable': idle(kinds.flag, 'a filesystem never redirects'),
  'storage.tag.concurrencylimit': idle(kinds.whole(1, 1_000_000), 'tags are looked up by what refers to a digest'),
  'http.addr': key(kinds.listen, { port: 5000 }),
  'http.net': idle(kinds.choice('tcp'), 'every listener is TCP'),
  'http.host': optional(kinds.origin),
  'http.relativeurls': key(kinds.flag, false),
  'http.secret': idle(kinds.text, 'the state of an upload lies on the storage, unsigned'),
  'http.headers': key(kinds.headers, {}),
  'http.draintimeout': key(kinds.duration, 20 * second),
  'http.http2.disabled': idle(kinds.flag, 'without TLS there is no HTTP/2'),
  'http.debug.addr': optional(kinds.listen),
  'http.debug.prometheus.enabled': optional(kinds.flag),
  'http.debug.prometheus.path': key(kinds.text, '/metrics'),
  'health.storagedriver.enabled': idle(kinds.flag, permit),
  'health.storagedriver.interval': idle(kinds.duration, permit),
  'health.storagedriver.threshold': idle(kinds.whole(1, 1000), permit),
  'validation.disabled': key(kinds.flag, false),

  'coppice.permitTTL': key(kinds.duration, 10 * second),
  'coppice.window': key(kinds.duration, 30 * second),
  'coppice.holdBudget': key(kinds.duration, 5 * second),
  'coppice.promiseTTL': key(kinds.duration, hour),
  'coppice.minAge': key(kinds.duration, hour),
  'coppice.confirmAfter': key(kinds.durationOrZero, hour),
  'coppice.undoPeriod': key(kinds.duration, day),
  'coppice.trashTTL': key(kinds.durationOrZero, hour),
  'coppice.maxHeld': key(kinds.whole(1, 1_000_000), 10_000),
  'coppice.untagged': key(kinds.choice('Keep', 'Delete'), 'Keep'),
  'coppice.uploads': key(kinds.duration, 7 * day),
  'coppice.admin.addr': optional(kinds.listen),
  'coppice.admin.hosts': key(kinds.hostNames, []),
  'coppice.admin.keys': key(adminKeys, []),
  'coppice.admin.tls.certificate': optional(kinds.text),
  'coppice.admin.tls.key': optional(kinds.text),
  'coppice.admin.tls.clientcas': key(kinds.texts, []),
  'coppice.admin.tokenReview.audience': optional(kinds.text),
  'coppice.admin.tokenReview.users': key(adminUsers, []),
  'coppice.admin.tokenReview.server': optional(kinds.origin),
  'coppice.admin.tokenReview.tokenFile': key(kinds.text, `${mounted}/token`),
  'coppice.admin.tokenReview.caFile': key(kinds.text, `${mounted}/ca.crt`),
  'coppice.metrics.addr': optional(kinds.listen),
} as const;

export type KeyName = keyof typeof keys;

export type Values = { readonly [K in KeyName]: (typeof keys)[K] extends Key<infer T> ? T : never };

export const keyNames = Object.keys(keys) as readonly KeyName[];

/** The same table without the types of its values. */
export const table: ReadonlyMap<string, Key<unknown>> = new Map(Object.entries(keys));
