import type { TlsConfig } from '../tls/secureServer.ts';
import type { AccessConfig } from './access.ts';
import type { CoppiceConfig, ListenerConfig, ReplicaConfig } from './configuration.ts';
import { keyNames, table, type Values } from './keys.ts';
import type { Listen } from './listen.ts';
import { uploadAge, uploadInterval } from './maintenance.ts';
import { validation } from './manifestKinds.ts';
import { readNotifications } from './notifications.ts';
import type { Gathered } from './sources.ts';

const usualAdmin: Listen = { host: '127.0.0.1', port: 5443 };
const usualMetrics: Listen = { host: '127.0.0.1', port: 5001 };

/** What the sections say that are read as a whole. */
interface ReadSections {
  readonly admin: Pick<ReplicaConfig['admin'], 'tls' | 'tokenReview'>;
  readonly access: AccessConfig;
  readonly tls: TlsConfig | undefined;
}

/** What a replica is told, of values without a mistake in them. */
export function assemble(values: Values, { admin, access, tls }: ReadSections, { given }: Gathered): ReplicaConfig {
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
