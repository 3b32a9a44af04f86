import type { FastifyInstance, FastifyReply } from 'fastify';
import { addResource } from './resource.ts';

/** Clients ask here whether this is a registry at all. */
export function addBase(app: FastifyInstance): void {
  for (const url of ['/v2/', '/v2']) {
    const answer = async ({ reply }: { readonly reply: FastifyReply }): Promise<FastifyReply> =>
      reply.type('application/json; charset=utf-8').send('{}');
    addResource(app, url, { GET: answer, HEAD: answer });
  }
}
