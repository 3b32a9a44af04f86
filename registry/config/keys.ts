import { families, headerText, nothing, notRedirected, signingAlgorithms } from './access.ts';
import { adminKeys, adminUsers } from './admin.ts';
import { cipherSuites } from './cipherSuites.ts';
import { externalUrl, pathPrefix, place } from './externalKinds.ts';
import * as kinds from './kinds.ts';
import type { Kind } from './kinds.ts';
import { patterns, platforms } from './manifestKinds.ts';
import { clientAuth, minimumTls } from './tls.ts';
import { endpoints } from './notifications.ts';

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
const cached = 'descriptors are always cached in memory, and nowhere else';
const rooms = 'memory is bounded by itself';
const permit = 'the permit asks the storage at least every quarter of coppice.permitTTL';

/** Every key that is read: distribution's as far as this registry knows them, and the section `coppice`. docs/operations/configuration.md lists the same. */
export const keys = {
  version: optional(kinds.version),
  'log.level': optional(kinds.word('error', 'warn', 'info', 'debug')),
  loglevel: optional(kinds.word('error', 'warn', 'info', 'debug')),
  'log.formatter': key(kinds.word('text', 'json', 'logstash'), 'text'),
  'log.fields': key(kinds.fields, {}),
  'log.accesslog.disabled': key(kinds.flag, false),
  'log.hooks': idle(kinds.anyList, 'logs go to standard output, and no mail is sent'),
  'log.reportcaller': idle(kinds.flag, 'log entries name no line of code'),
  'storage.filesystem.rootdirectory': key(kinds.text, '/var/lib/registry'),
  'storage.filesystem.maxthreads': idle(kinds.whole(1, 1_000_000), 'Node’s own thread pool does the work'),
  'storage.delete.enabled': key(kinds.flag, false),
  'storage.maintenance.uploadpurging.enabled': key(kinds.flag, true),
  'storage.maintenance.uploadpurging.age': optional(kinds.duration),
  'storage.maintenance.uploadpurging.interval': optional(kinds.duration),
  'storage.maintenance.uploadpurging.dryrun': key(kinds.flag, false),
  'storage.maintenance.readonly.enabled': key(kinds.flag, false),
  'storage.cache.blobdescriptor': idle(kinds.choice('inmemory', 'redis'), cached),
  'storage.cache.layerinfo': idle(kinds.choice('inmemory', 'redis'), cached),
  'storage.cache.blobdescriptorsize': idle(kinds.whole(0, 1_000_000_000), rooms),
  'storage.redirect.disable': idle(kinds.flag, 'a filesystem never redirects'),
  'storage.tag.concurrencylimit': idle(kinds.whole(1, 1_000_000), 'tags are looked up by what refers to a digest'),
  'auth.none': optional(nothing),
  'auth.htpasswd.realm': optional(headerText),
  'auth.htpasswd.path': optional(kinds.text),
  'auth.token.realm': optional(headerText),
  'auth.token.service': optional(headerText),
  'auth.token.issuer': optional(kinds.text),
  'auth.token.rootcertbundle': optional(kinds.text),
  'auth.token.jwks': optional(kinds.text),
  'auth.token.signingalgorithms': key(signingAlgorithms, families),
  'auth.token.autoredirect': idle(notRedirected, 'clients are sent to auth.token.realm as it stands'),
  'auth.token.autoredirectpath': idle(kinds.text, 'clients are sent to auth.token.realm as it stands'),
  'http.addr': key(place, { port: 5000 }),
  'http.net': key(kinds.choice('tcp', 'unix'), 'tcp'),
  'http.host': optional(externalUrl),
  'http.prefix': key(pathPrefix, ''),
  'http.relativeurls': key(kinds.flag, false),
  'http.secret': idle(kinds.anything, 'the state of an upload lies on the storage, unsigned'),
  'http.headers': key(kinds.headers, {}),
  'http.draintimeout': key(kinds.duration, 20 * second),
  'http.http2.disabled': idle(kinds.flag, 'every client speaks HTTP/1.1, and so does this registry'),
  'http.h2c.enabled': idle(kinds.flag, 'every client speaks HTTP/1.1, and so does this registry'),
  'http.tls.certificate': optional(kinds.text),
  'http.tls.key': optional(kinds.text),
  'http.tls.clientcas': key(kinds.texts, []),
  'http.tls.clientauth': optional(clientAuth),
  'http.tls.minimumtls': optional(minimumTls),
  'http.tls.ciphersuites': key(cipherSuites, []),
  'http.debug.addr': optional(kinds.listen),
  'http.debug.prometheus.enabled': optional(kinds.flag),
  'http.debug.prometheus.path': key(kinds.text, '/metrics'),
  'health.storagedriver.enabled': idle(kinds.flag, permit),
  'health.storagedriver.interval': idle(kinds.duration, permit),
  'health.storagedriver.threshold': idle(kinds.whole(1, 1000), permit),
  'catalog.maxentries': key(kinds.whole(-1, 1_000_000), 1000),
  'validation.disabled': key(kinds.flag, false),
  'validation.enabled': key(kinds.flag, false),
  'validation.manifests.urls.allow': key(patterns, []),
  'validation.manifests.urls.deny': key(patterns, []),
  'validation.manifests.indexes.platforms': key(kinds.choice('all', 'none', 'list'), 'all'),
  'validation.manifests.indexes.platformlist': key(platforms, []),
  'notifications.endpoints': key(endpoints, []),
  'notifications.events.includereferences': key(kinds.flag, false),
  redis: idle(kinds.anyMap, cached),
  reporting: idle(kinds.anyMap, 'nothing is reported: ask the metrics listener, and the log'),
  compatibility: idle(kinds.anyMap, 'schema 1 is served, never taken and never signed anew'),

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
  'coppice.uploads': optional(kinds.duration),
  'coppice.anonymousPull': key(kinds.flag, false),
  'coppice.pulls.ignoreUserAgents': key(patterns, []),
  'coppice.pulls.ignoreActors': key(kinds.texts, []),
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
  'coppice.notifications.collections': key(kinds.texts, []),
  'coppice.metrics.addr': optional(kinds.listen),
} as const;

export type KeyName = keyof typeof keys;

export type Values = { readonly [K in KeyName]: (typeof keys)[K] extends Key<infer T> ? T : never };

export const keyNames = Object.keys(keys) as readonly KeyName[];

/** The same table without the types of its values. */
export const table: ReadonlyMap<string, Key<unknown>> = new Map(Object.entries(keys));
