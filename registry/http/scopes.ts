import type { FastifyRequest } from 'fastify';
import { parseRepositoryName, type RepositoryName } from '../../core/oci/reference.ts';
import type { Scope } from '../access/access.ts';
import { queryValues } from './query.ts';

type Action = Extract<Scope, { readonly type: 'repository' }>['action'];

/** As distribution has it. Of a method that no resource has, nobody has said what it would do. */
const actionsOf: Readonly<Record<string, readonly Action[]>> = {
  GET: ['pull'],
  HEAD: ['pull'],
  POST: ['pull', 'push'],
  PUT: ['pull', 'push'],
  PATCH: ['pull', 'push'],
  DELETE: ['delete'],
};

/**
 * What a request must be allowed to do, by the route that it takes: the name is read from where its handler reads it. None where no resource of a repository is
 * meant (`/v2/`, a path that leads nowhere, a name that is none): then whoever is known may have the answer.
 */
export function scopesOf(request: FastifyRequest): readonly Scope[] {
  if (request.routeOptions.url === '/v2/_catalog') return [{ type: 'registry', name: 'catalog', action: '*' }];
  const name = repositoryIn(request.params);
  if (name === undefined) return [];
  const here = (actionsOf[request.method] ?? []).map((action) => ({ type: 'repository', name, action }) as const);
  return [
    ...here,
    ...sourcesOf(request)
      .filter((from) => from !== name)
      .map(pullOf),
  ];
}

/** Of a mount. What is no name is refused by the route. */
function sourcesOf(request: FastifyRequest): readonly RepositoryName[] {
  const named = request.method === 'POST' ? queryValues(request, 'from') : [];
  return named.map(parseRepositoryName).filter((from) => from !== undefined);
}

function pullOf(name: RepositoryName): Scope {
  return { type: 'repository', name, action: 'pull' };
}

function repositoryIn(params: unknown): RepositoryName | undefined {
  const isNamed = typeof params === 'object' && params !== null && 'name' in params && typeof params.name === 'string';
  return isNamed ? parseRepositoryName(params.name as string) : undefined;
}
