import type { Ignored } from '../evidence/listener.ts';
import { type AccessConfig, readAccess } from './access.ts';
import { type AdminKey, type AdminTokenReview, readAdmin } from './admin.ts';
import { refusedCombinations } from './combinations.ts';
import { assemble } from './assembly.ts';
import { keys, table, type Values } from './keys.ts';
import { Unfit } from './kinds.ts';
import { type Listen, type Place, showListen } from './listen.ts';
import { refusedPurging } from './maintenance.ts';
import { refusedValidation, type ValidationConfig } from './manifestKinds.ts';
import { ConfigurationError, type Mistake } from './mistake.ts';
import { type NotificationsConfig, refusedNotifications } from './notifications.ts';
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

export const knownKeys: readonly string[] = Object.keys(keys);
