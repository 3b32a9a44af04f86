import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Access } from '../access/access.ts';
import type { ReplicaConfig } from '../config/configuration.ts';
import type { LocationSettings } from '../http/locations.ts';
import { buildRegistryServer } from '../http/server.ts';
import type { SecureServer } from '../tls/secureServer.ts';
import { accessOf, type AccessPorts } from './apiAccess.ts';
import { secureServer, type TlsPorts } from './listenerTls.ts';
import type { Serving } from './serving.ts';

/** Who may come, and how. */
export interface Entrance {
  readonly access: Access;
  /** Absent: HTTP without TLS. */
  readonly secure?: SecureServer;
}

/** Rejects with `StartRefused` where a file of it cannot be used. */
export async function openEntrance(
  { access, http: { tls } }: ReplicaConfig,
  ports: AccessPorts & TlsPorts,
  signal: AbortSignal,
): Promise<Entrance> {
  const known = await accessOf(access, ports, signal);
  return tls === undefined ? { access: known } : { access: known, secure: await secureServer(tls, ports, signal) };
}

/** How the registry API is called, by all that tell anybody its URLs. */
export function locationsOf({ host, prefix, relativeUrls, tls }: ReplicaConfig['http']): LocationSettings {
  return { ...(host === undefined ? {} : { host }), prefix, relativeUrls, isSecure: tls !== undefined };
}

/** The registry API as it is configured, not listening yet. */
export function buildApi(
  config: ReplicaConfig,
  { repositories, deletions, listen, record }: Serving,
  { access, secure }: Entrance,
  log: Logger,
): FastifyInstance {
  const { headers, catalogMost } = config.http;
  const { deleteEnabled, readOnly } = config.storage;
  return buildRegistryServer({
    ...{ repositories, deletions, access, log, listen, record },
    ...(secure === undefined ? {} : { secure }),
    settings: {
      ...locationsOf(config.http),
      ...{ headers, deleteEnabled, readOnly, catalogMost, accesses: config.log.accesses },
    },
  });
}
