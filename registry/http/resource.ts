import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { RegistryError } from './errors.ts';

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
type Method = (typeof methods)[number];

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
      handler: async (request, reply) =>
        handler({ params: request.params as Params, request, reply, signal: goneSignal(reply) }),
    });
  }
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
    if (!raw.writableFinished) gone.abort(new Error('the client has gone'));
  });
  return gone.signal;
}
