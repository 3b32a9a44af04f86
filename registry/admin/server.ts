import { type TypeBoxTypeProvider, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox';
import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerOptions,
} from 'fastify';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Logger } from 'pino';
import { StorageError } from '../storage/driver.ts';
import { Refused } from '../window/admission.ts';
import { type Caller, callerOf, type Gate, mustBeOurs } from './access.ts';
import type { Administration } from './administration.ts';
import { Problem, type ProblemCode, problems } from '../../core/admin/problem.ts';
import { addRoutes, type AnswerNudge } from './routes.ts';
import type { SecureServer } from '../tls/secureServer.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set before any handler runs. */
    caller: Caller | undefined;
  }
}

export interface AdminServerPorts extends Gate {
  /** Asked at each request; throws a `Problem` while there is none yet. */
  readonly administration: () => Administration;
  readonly nudge: AnswerNudge;
  /** Names beside loopback that a `Host` header may carry, in lower case. */
  readonly hosts: readonly string[];
  /** Absent: HTTP without TLS. */
  readonly secure?: SecureServer;
  /** Every change is told here, with the name of who asked. */
  readonly audit: Logger;
  readonly log: Logger;
}

/** Every body comes at once, and is small. */
const limits = { requestMs: 60_000, idleMs: 0 };
const bodyLimit = 64 * 1024 * 1024; // a million protections

export type AdminServer = ReturnType<typeof buildAdminServer>;

/** The admin API of design section 6, not listening yet. */
export function buildAdminServer(ports: AdminServerPorts) {
  const { secure } = ports;
  const options: FastifyServerOptions = {
    logger: false,
    bodyLimit,
    requestTimeout: limits.requestMs,
    return503OnClosing: true,
    forceCloseConnections: 'idle',
    ...(secure === undefined ? {} : { serverFactory: (handler) => secure.create(handler, limits) }),
  };
  const app = Fastify(options).withTypeProvider<TypeBoxTypeProvider>();
  app.setValidatorCompiler(TypeBoxValidatorCompiler);
  takeJsonOnly(app);
  app.decorateRequest('caller', undefined);
  app.addHook('onRequest', async (request) => {
    const { host, origin, authorization } = request.headers;
    mustBeOurs({ host, origin }, ports.hosts, request.socket.localAddress);
    // A nudge asks for nothing but a look at the gate; replicas send it, and have no keys of each other.
    if (request.routeOptions.url === '/coppice/v1/nudge') return;
    if (secure?.asksForCertificates === true) mustHaveCertificate(request.socket);
    request.caller = await callerOf(authorization, ports);
  });
  app.addHook('onResponse', async (request, reply) => {
    tellChange(ports.audit, request, reply);
  });
  app.setErrorHandler<FastifyError>((error, request, reply) => answerProblem(ports.log, error, request, reply));
  app.setNotFoundHandler((request, reply) =>
    answerProblem(ports.log, new Problem('NOT_FOUND', 'no such path in the admin API'), request, reply),
  );
  addRoutes(app, ports.administration, ports.nudge);
  return app;
}

function mustHaveCertificate(socket: Socket): void {
  if (socket instanceof TLSSocket && socket.authorized) return;
  throw new Problem('UNAUTHENTICATED', 'show a certificate that one of coppice.admin.tls.clientcas has signed');
}

/** A form or a text is what a web page can send without asking; nothing but JSON is read. */
function takeJsonOnly(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, parse);
}

function tellChange(audit: Logger, request: FastifyRequest, reply: FastifyReply): void {
  if (request.method === 'GET' || request.method === 'HEAD' || request.routeOptions.url === '/coppice/v1/nudge') return;
  const { caller, method, ip, params } = request;
  const what = {
    key: caller?.name,
    method,
    route: request.routeOptions.url,
    params,
    from: ip,
    status: reply.statusCode,
  };
  audit.info(what, 'administrative change');
}

function problemOf(error: Error & { readonly code?: unknown; readonly validation?: unknown }): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof StorageError) return new Problem('STORAGE', error.message, [], { cause: error });
  if (error instanceof Refused) return new Problem('REFUSED', error.message, [], { cause: error });
  if (error.validation !== undefined) return new Problem('INVALID', error.message);
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new Problem('TOO_LARGE', error.message);
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return new Problem('NOT_JSON', 'send Content-Type: application/json');
  const isClients = 'statusCode' in error && typeof error.statusCode === 'number' && error.statusCode < 500;
  if (isClients) return new Problem('INVALID', error.message);
  return new Problem('INTERNAL', problems.INTERNAL.says, [], { cause: error });
}

async function answerProblem(
  log: Logger,
  error: Error,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const problem = problemOf(error);
  const { status, says }: { status: number; says: string } = problems[problem.code satisfies ProblemCode];
  if (status >= 500) log.error({ err: error, route: request.routeOptions.url }, 'administrative request failed');
  const { code, message: detail, mistakes } = problem;
  const body = { type: 'about:blank', title: says, status, detail, code, ...(mistakes.length > 0 ? { mistakes } : {}) };
  return reply.code(status).type('application/problem+json').send(body);
}
