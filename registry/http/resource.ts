import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ClientGone, RegistryError } from './errors.ts';

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
type Method = (typeof methods)[number];

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The methods that a resource has. */
    readonly allowed?: readonly string[];
  }
}

export interface Exchange<Params> {
  readonly params: Params;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** Aborted when the client breaks off. */
  readonly signal: AbortSignal;
}

type Handler<Params> = (exchange: Exchange<Params>) => Promise<FastifyReply>;

/** One resource, by its path as it is routed (paths.ts). A method that it does not have is answered with those that it has. */
export function addResource<Params>(
  app: FastifyInstance,
  url: string,
  handlers: Partial<Record<Method, Handler<Params>>>,
): void {
  const allowed = methods.filter((method) => handlers[method] !== undefined);
  for (const method of methods) {
    const handler = handlers[method] ?? unsupported(allowed);
    app.route<{ Params: Params }>({
      method,
      url,
      config: { allowed },
      handler: async (request, reply) =>
        handler({ params: request.params as Params, request, reply, signal: goneSignal(reply) }),
    });
  }
}

const isReading = (method: string): boolean => method === 'GET' || method === 'HEAD';

/** Leaves every resource what reads. This binds one replica; for all of a storage, there is the read-only of its gate. */
export function refuseWrites(app: FastifyInstance): void {
  app.addHook('preHandler', async ({ method, routeOptions }) => {
    const { allowed = [] } = routeOptions.config;
    if (!allowed.includes(method) || isReading(method)) return;
    throw notAllowed(allowed.filter(isReading), 'this replica is read-only (storage.maintenance.readonly.enabled)');
  });
}

function unsupported(allowed: readonly Method[]): () => never {
  return () => {
    throw notAllowed(allowed);
  };
}

/** RFC 9110 section 15.5.6: a 405 says what is allowed. */
export function notAllowed(allowed: readonly string[], says?: string, detail?: unknown): RegistryError {
  return new RegistryError('UNSUPPORTED', says, { headers: { allow: allowed.join(', ') }, detail });
}

/** The end of an answer closes it, too; nobody waits for anything then. (A request is closed as soon as its body was read.) */
function goneSignal({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) gone.abort(new ClientGone());
  });
  return gone.signal;
}
