import type { Ignored } from '../evidence/listener.ts';
import { type AccessConfig, readAccess } from './access.ts';
import { type AdminKey, type AdminTokenReview, readAdmin } from './admin.ts';
import { refusedCombinations } from './combinations.ts';
import { keyNames, keys, table, type Values } from './keys.ts';
import { Unfit } from './kinds.ts';
import { type Listen, type Place, showListen } from './listen.ts';
import { refusedPurging, uploadAge, uploadInterval } from './maintenance.ts';
import { refusedValidation, validation, type ValidationConfig } from './manifestKinds.ts';
import { ConfigurationError, type Mistake } from './mistake.ts';
import { type NotificationsConfig, readNotifications, refusedNotifications } from './notifications.ts';
import { shownKey } from './sections.ts';
import { gather, type Gathered } from './sources.ts';
import { readHttpTls } from './tls.ts';
import type { TlsConfig } from '../tls/secureServer.ts';
import type { Environment } from './variables.ts';

/** An address that was asked for, or the usual one: only the usual one may be taken by somebody else. */
export interface ListenerConfig<At extends Place = Listen> {
  readonly at: At;
  /** The key to name in an error. */
  readonly key: string;
  readonly isConfigured: boolean;
}

/** What one replica is told. All durations in ms. */
export interface ReplicaConfig {
  readonly log: {
    readonly level: NonNullable<Values['log.level']>;
    readonly formatter: Values['log.formatter'];
    readonly fields: Values['log.fields'];
    readonly accesses: boolean;
  };
  readonly storage: {
    readonly rootDirectory: string;
    readonly deleteEnabled: boolean;
    /** Clients may only read from this replica. */
    readonly readOnly: boolean;
  };
  readonly http: {
    readonly listener: ListenerConfig<Place>;
    readonly host?: string;
    /** What stands before `/v2/`, as `/path`; empty: nothing. */
    readonly prefix: string;
    /** The most that a page of the catalogue holds. */
    readonly catalogMost: number;
    readonly relativeUrls: boolean;
    readonly headers: Values['http.headers'];
    readonly drainMs: number;
    /** Absent: HTTP without TLS. */
    readonly tls?: TlsConfig;
  };
  readonly access: AccessConfig;
  readonly validation: ValidationConfig;
  readonly notifications: NotificationsConfig;
  readonly coppice: CoppiceConfig;
  readonly admin: {
    readonly listener: ListenerConfig;
    readonly hosts: readonly string[];
    readonly keys: readonly AdminKey[];
    readonly tls?: TlsConfig;
    readonly tokenReview?: AdminTokenReview;
  };
  readonly metrics: { readonly listener: ListenerConfig; readonly path: string; readonly served: boolean };
  /** Keys that were given and do nothing, with the reason: said once at start. */
  readonly idle: readonly { readonly key: string; readonly why: string }[];
}

export interface CoppiceConfig {
  readonly permitTTLMs: number;
  readonly windowMs: number;
  readonly holdBudgetMs: number;
  readonly promiseTTLMs: number;
  readonly minAgeMs: number;
  readonly confirmAfterMs: number;
  readonly undoPeriodMs: number;
  readonly trashTTLMs: number;
  readonly maxHeld: number;
  readonly untagged: 'Keep' | 'Delete';
  /** An upload in which nothing happened for so long was given up. */
  readonly uploadsMs: number;
  /** How often a replica takes such uploads away, beside collections; absent: nobody does, and no collection either. */
  readonly uploadsEveryMs?: number;
  /** Whose pulls do not count. */
  readonly pulls: Ignored;
}

const usualAdmin: Listen = { host: '127.0.0.1', port: 5443 };
const usualMetrics: Listen = { host: '127.0.0.1', port: 5001 };

/**
 * Reads a configuration: `file` is the text of a `config.yml` (absent: defaults), `environment` its `REGISTRY_*` variables and those in which Kubernetes
 * tells where its API server is, `source` what to call the whole in an error. Throws `ConfigurationError` with every mistake.
 */
export function readConfiguration(source: string, file: string | undefined, environment: Environment): ReplicaConfig {
  const gathered = gather(file, environment);
  const { values, mistakes } = readValues(gathered);
  if (mistakes.length > 0) throw new ConfigurationError(source, mistakes);
  const { mistakes: refused, ...admin } = readAdmin(values, apiServerOf(environment));
  mistakes.push(...refusedCombinations(values), ...refused, ...refusedMetrics(values));
  mistakes.push(...refusedAddress(values), ...refusedPurging(values), ...refusedValidation(values));
  mistakes.push(...refusedNotifications(values));
  const { access, mistakes: refusedWays } = readAccess(values, gathered.isNamed);
  const { tls, mistakes: refusedTls } = readHttpTls(values);
  mistakes.push(...refusedWays, ...refusedTls);
  if (mistakes.length > 0) throw new ConfigurationError(source, mistakes);
  return assemble(values, { admin, access, tls }, gathered);
}

/** As Kubernetes tells every pod. */
function apiServerOf(environment: Environment): string | undefined {
  const [host, port] = [environment['KUBERNETES_SERVICE_HOST'], environment['KUBERNETES_SERVICE_PORT']];
  if (host === undefined || port === undefined) return undefined;
  const url = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
  return URL.canParse(url) ? url : undefined;
}

function readValues({ given, mistakes: before }: Gathered): { values: Values; mistakes: Mistake[] } {
  const mistakes = [...before];
  const values: Record<string, unknown> = {};
  for (const [name, { kind, fallback }] of table) {
    const found = given.get(name);
    try {
      values[name] = found === undefined ? fallback : kind.read(found.value);
    } catch (error) {
      if (!(error instanceof Unfit)) throw error;
      mistakes.push({ key: shownKey(`${name}${error.at}`, found?.variable), says: error.message });
    }
  }
  return { values: values as Values, mistakes }; // complete where there is no mistake: every name of the table was read
}

function refusedMetrics(values: Values): readonly Mistake[] {
  const mistakes: Mistake[] = [];
  const [ours, theirs] = [values['coppice.metrics.addr'], values['http.debug.addr']];
  if (ours !== undefined && theirs !== undefined && showListen(ours) !== showListen(theirs)) {
    mistakes.push({ key: 'coppice.metrics.addr', says: 'and http.debug.addr name one listener at two addresses' });
  }
  if (!values['http.debug.prometheus.path'].startsWith('/')) {
    mistakes.push({ key: 'http.debug.prometheus.path', says: 'must begin with /' });
  }
  return mistakes;
}

function refusedAddress(values: Values): readonly Mistake[] {
  const [net, isPath] = [values['http.net'], 'path' in values['http.addr']];
  if ((net === 'unix') === isPath) return [];
  const says = isPath ? 'is the path of a socket, which needs http.net: unix' : 'must be a path, as http.net is unix';
  return [{ key: 'http.addr', says }];
}

interface ReadSections {
  readonly admin: Pick<ReplicaConfig['admin'], 'tls' | 'tokenReview'>;
  readonly access: AccessConfig;
  readonly tls: TlsConfig | undefined;
}

function assemble(values: Values, { admin, access, tls }: ReadSections, { given }: Gathered): ReplicaConfig {
  const host = values['http.host'];
  return {
    log: {
      level: values['log.level'] ?? values.loglevel ?? 'info',
      formatter: values['log.formatter'],
      fields: values['log.fields'],
      accesses: !values['log.accesslog.disabled'],
    },
    storage: {
      rootDirectory: values['storage.filesystem.rootdirectory'],
      deleteEnabled: values['storage.delete.enabled'],
      readOnly: values['storage.maintenance.readonly.enabled'],
    },
    http: {
      listener: { at: values['http.addr'], key: 'http.addr', isConfigured: given.has('http.addr') },
      ...(host === undefined ? {} : { host }),
      prefix: values['http.prefix'],
      catalogMost: catalogMost(values),
      relativeUrls: values['http.relativeurls'],
      headers: values['http.headers'],
      drainMs: values['http.draintimeout'],
      ...(tls === undefined ? {} : { tls }),
    },
    access,
    validation: validation(values),
    notifications: readNotifications(values),
    coppice: coppice(values),
    admin: {
      listener: listener('coppice.admin.addr', values['coppice.admin.addr'], usualAdmin),
      hosts: values['coppice.admin.hosts'],
      keys: values['coppice.admin.keys'],
      ...admin,
    },
    metrics: metrics(values),
    idle: idle(given),
  };
}

/** As distribution reads it: none at all would be no catalogue, so that means the usual number. */
function catalogMost(values: Values): number {
  const most = values['catalog.maxentries'];
  return most > 0 ? most : 1000;
}

function coppice(values: Values): CoppiceConfig {
  const uploadsEveryMs = uploadInterval(values);
  return {
    permitTTLMs: values['coppice.permitTTL'],
    windowMs: values['coppice.window'],
    holdBudgetMs: values['coppice.holdBudget'],
    promiseTTLMs: values['coppice.promiseTTL'],
    minAgeMs: values['coppice.minAge'],
    confirmAfterMs: values['coppice.confirmAfter'],
    undoPeriodMs: values['coppice.undoPeriod'],
    trashTTLMs: values['coppice.trashTTL'],
    maxHeld: values['coppice.maxHeld'],
    untagged: values['coppice.untagged'],
    uploadsMs: uploadAge(values),
    pulls: { userAgents: values['coppice.pulls.ignoreUserAgents'], actors: values['coppice.pulls.ignoreActors'] },
    ...(uploadsEveryMs === undefined ? {} : { uploadsEveryMs }),
  };
}

function listener(key: string, asked: Listen | undefined, usual: Listen): ListenerConfig {
  return { at: asked ?? usual, key, isConfigured: asked !== undefined };
}

/** `http.debug.addr` is distribution's name for the same listener, which serves metrics there only when told to. */
function metrics(values: Values): ReplicaConfig['metrics'] {
  const [ours, theirs] = [values['coppice.metrics.addr'], values['http.debug.addr']];
  const byTheirs = ours === undefined && theirs !== undefined;
  return {
    listener: listener(byTheirs ? 'http.debug.addr' : 'coppice.metrics.addr', ours ?? theirs, usualMetrics),
    path: values['http.debug.prometheus.path'],
    served: values['http.debug.prometheus.enabled'] ?? !byTheirs,
  };
}

function idle(given: Gathered['given']): ReplicaConfig['idle'] {
  return keyNames.flatMap((name) => {
    const why = given.has(name) ? table.get(name)?.idle : undefined;
    return why === undefined ? [] : [{ key: name, why }];
  });
}

export const knownKeys: readonly string[] = Object.keys(keys);
