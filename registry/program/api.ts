import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Access } from '../access/access.ts';
import type { ReplicaConfig } from '../config/configuration.ts';
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

/** The registry API as it is configured, not listening yet. */
export function buildApi(
  config: ReplicaConfig,
  { repositories, deletions, listeners }: Serving,
  { access, secure }: Entrance,
  log: Logger,
): FastifyInstance {
  const { host, prefix, relativeUrls, headers, catalogMost } = config.http;
  const { deleteEnabled, readOnly } = config.storage;
  return buildRegistryServer({
    ...{ repositories, deletions, access, log },
    ...(secure === undefined ? {} : { secure }),
    listen: (happening) => {
      for (const listen of listeners) listen(happening);
    },
    settings: {
      ...(host === undefined ? {} : { host }),
      isSecure: secure !== undefined,
      ...{ prefix, relativeUrls, headers, deleteEnabled, readOnly, catalogMost, accesses: config.log.accesses },
    },
  });
}
