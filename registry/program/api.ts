import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { ReplicaConfig } from '../config/configuration.ts';
import { buildRegistryServer } from '../http/server.ts';
import type { Serving } from './serving.ts';

/** The registry API as it is configured, not listening yet. */
export function buildApi(config: ReplicaConfig, { repositories, deletions }: Serving, log: Logger): FastifyInstance {
  const { host, relativeUrls, headers } = config.http;
  return buildRegistryServer({
    ...{ repositories, deletions, log },
    settings: {
      ...(host === undefined ? {} : { host }),
      ...{ relativeUrls, headers, deleteEnabled: config.storage.deleteEnabled, accesses: config.log.accesses },
    },
  });
}
