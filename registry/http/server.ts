import type { RequestListener } from 'node:http';
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Access } from '../access/access.ts';
import type { SecureServer } from '../tls/secureServer.ts';
import type { Log } from '../window/ports.ts';
import { addAccess, mustBeAllowed } from './accessHook.ts';
import { answerError } from './answers.ts';
import { addBase, answerProbes } from './baseRoutes.ts';
import { addBlobs } from './blobRoutes.ts';
import type { RegistryContext } from './context.ts';
import { RegistryError } from './errors.ts';
import { addCatalog, addReferrers, addTags } from './listRoutes.ts';
import { addManifests } from './manifestRoutes.ts';
import { longestParameter, routedUrl } from './paths.ts';
import { refuseWrites } from './resource.ts';
import { addUploads } from './uploadRoutes.ts';

export interface RegistryServerPorts extends RegistryContext {
  readonly access: Access;
  /** Absent: HTTP without TLS. */
  readonly secure?: SecureServer;
  readonly log: Log;
}

/** Clients of Docker's time ask for it. */
const apiVersion = { 'docker-distribution-api-version': 'registry/2.0' };

/** A connection on which nothing moves for so long is given up; it must outlast a DELETE that waits for a window. A push may take its time. */
const limits = { requestMs: 0, idleMs: 5 * 60_000 };

/** The registry API of distribution-spec, not listening yet. */
export function buildRegistryServer(ports: RegistryServerPorts): FastifyInstance {
  const { access, log, secure, settings } = ports;
  const answer = (error: Error, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> =>
    answerError(log, error, request, reply);
  const common = { ...settings.headers, ...apiVersion };
  const app = Fastify({
    logger: false,
    rewriteUrl: ({ url = '' }) => routedUrl(url, settings.prefix),
    routerOptions: { maxParamLength: longestParameter },
    exposeHeadRoutes: false,
    forceCloseConnections: 'idle',
    connectionTimeout: limits.idleMs,
    ...(secure === undefined ? {} : { serverFactory: (handler: RequestListener) => secure.create(handler, limits) }),
    // What cannot be routed at all comes past the hooks.
    frameworkErrors: (error, request, reply) =>
      void mustBeAllowed(access, [], request as FastifyRequest)
        .then(() => error, asError)
        .then((found) => answer(found, request as FastifyRequest, reply.headers(common) as FastifyReply)),
  });
  takeBodiesAsStreams(app);
  app.decorateRequest('actor', '');
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(common);
  });
  if (settings.accesses) tellAccesses(app, log);
  answerProbes(app);
  addAccess(app, access);
  if (settings.readOnly) refuseWrites(app);
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
    const { method, originalUrl: path, ip, actor } = request;
    const userAgent = request.headers['user-agent'];
    const ms = Math.round(reply.elapsedTime);
    const user = actor === '' ? {} : { user: actor };
    log.info({ method, path, status: reply.statusCode, ms, ip, ...user, userAgent }, 'request answered');
  });
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error('refused', { cause: thrown });
}
