import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { RepositoryName } from '../../core/oci/reference.ts';
import type { Access, Allowed, Scope } from '../access/access.ts';
import { Refused } from '../window/admission.ts';
import { retryAfter } from './answers.ts';
import { RegistryError } from './errors.ts';
import { scopesOf } from './scopes.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whether the client may pull from a repository that its request does not name. */
    mayPull(repository: RepositoryName): boolean;
  }
}

const retryAfterSeconds = 5;

/** Before anything else is done for a request, whatever its path: the one door to all routes, and to the answer that there is none. */
export function addAccess(app: FastifyInstance, access: Access): void {
  app.decorateRequest('mayPull', () => false);
  app.addHook('onRequest', async (request, reply) => {
    const { user, mayPull, invitation } = await mustBeAllowed(access, scopesOf(request), request);
    request.actor = user;
    request.mayPull = mayPull;
    if (invitation !== undefined) reply.header('www-authenticate', invitation);
  });
}

/** Rejects with what to answer. */
export async function mustBeAllowed(
  access: Access,
  needed: readonly Scope[],
  { headers: { authorization } }: FastifyRequest,
): Promise<Allowed> {
  const verdict = await access.judge({ authorization, needed });
  switch (verdict.is) {
    case 'allowed':
      return verdict;
    case 'unauthenticated':
      throw new RegistryError('UNAUTHORIZED', undefined, {
        headers: { 'www-authenticate': verdict.challenge },
        ...(needed.length === 0 ? {} : { detail: needed }),
      });
    case 'undecided':
      if (verdict.why === 'busy') throw new Refused('held', 'too many passwords are being checked; try again', 1);
      throw new RegistryError('UNAVAILABLE', 'who may do what cannot be read now; try again', {
        headers: retryAfter(retryAfterSeconds),
        cause: verdict.cause,
      });
  }
}
