import type { FastifyInstance, FastifyReply } from 'fastify';
import { addResource } from './resource.ts';

/**
 * `/`, whatever the prefix: whether there is a process that answers at all, as probes ask distribution. There is nothing to be had here, so nobody is asked for
 * a name: this comes before all that asks.
 */
export function answerProbes(app: FastifyInstance): void {
  app.addHook('onRequest', async ({ method, originalUrl }, reply) => {
    const isProbe = originalUrl === '/' && (method === 'GET' || method === 'HEAD');
    return isProbe ? reply.header('cache-control', 'no-cache').send() : undefined;
  });
}

/** Clients ask here whether this is a registry at all. */
export function addBase(app: FastifyInstance): void {
  for (const url of ['/v2/', '/v2']) {
    const answer = async ({ reply }: { readonly reply: FastifyReply }): Promise<FastifyReply> =>
      reply.type('application/json; charset=utf-8').send('{}');
    addResource(app, url, { GET: answer, HEAD: answer });
  }
}
