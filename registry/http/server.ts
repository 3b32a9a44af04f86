import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Log } from '../window/ports.ts';
import { answerError } from './answers.ts';
import { addBase } from './baseRoutes.ts';
import { addBlobs } from './blobRoutes.ts';
import type { RegistryContext } from './context.ts';
import { RegistryError } from './errors.ts';
import { addCatalog, addReferrers, addTags } from './listRoutes.ts';
import { addManifests } from './manifestRoutes.ts';
import { longestParameter, routedUrl } from './paths.ts';
import { addUploads } from './uploadRoutes.ts';

export interface RegistryServerPorts extends RegistryContext {
  readonly log: Log;
}

/** Clients of Docker's time ask for it. */
const apiVersion = { 'docker-distribution-api-version': 'registry/2.0' };

/** A connection on which nothing moves for so long is given up; it must outlast a DELETE that waits for a window. */
const idleConnectionMs = 5 * 60_000;

/** The registry API of distribution-spec, not listening yet. */
export function buildRegistryServer(ports: RegistryServerPorts): FastifyInstance {
  const { log, settings } = ports;
  const answer = (error: Error, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> =>
    answerError(log, error, request, reply);
  const common = { ...settings.headers, ...apiVersion };
  const app = Fastify({
    logger: false,
    rewriteUrl: ({ url = '' }) => routedUrl(url),
    routerOptions: { maxParamLength: longestParameter },
    exposeHeadRoutes: false,
    forceCloseConnections: 'idle',
    connectionTimeout: idleConnectionMs,
    // What cannot be routed at all comes past the hooks.
    frameworkErrors: (error, request, reply) =>
      void answer(error, request as FastifyRequest, reply.headers(common) as FastifyReply),
  });
  takeBodiesAsStreams(app);
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(common);
  });
  if (settings.accesses) tellAccesses(app, log);
  app.setErrorHandler<FastifyError>(answer);
  app.setNotFoundHandler((request, reply) => answer(new RegistryError('NOT_FOUND'), request, reply));

  addBase(app);
  addCatalog(app, ports);
  addTags(app, ports);
  addReferrers(app, ports);
  addManifests(app, ports);
  addUploads(app, ports);
  addBlobs(app, ports);
  return app;
}

/** Whatever a body is called, its handler reads it. */
function takeBodiesAsStreams(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _body, done) => {
    done(null);
  });
}

function tellAccesses(app: FastifyInstance, log: Log): void {
  app.addHook('onResponse', async (request, reply) => {
    const { method, originalUrl: path, ip } = request;
    const userAgent = request.headers['user-agent'];
    const ms = Math.round(reply.elapsedTime);
    log.info({ method, path, status: reply.statusCode, ms, ip, userAgent }, 'request answered');
  });
}
