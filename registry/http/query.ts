import type { FastifyRequest } from 'fastify';
import type { PageRequest } from '../repository/paging.ts';
import { RegistryError } from './errors.ts';

/** Every value of a parameter of the query, in order. */
export function queryValues(request: FastifyRequest, name: string): readonly string[] {
  const query: unknown = request.query;
  const value = typeof query === 'object' && query !== null ? (query as Record<string, unknown>)[name] : undefined;
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.filter((each) => typeof each === 'string');
}

/** A parameter that may be there once; an empty one counts as absent. */
export function queryValue(request: FastifyRequest, name: string): string | undefined {
  const values = queryValues(request, name);
  if (values.length > 1) throw new RegistryError('REQUEST_INVALID', `the query has ${name} more than once`);
  return values[0] === '' ? undefined : values[0];
}

/** `n` and `last` (distribution-spec, "Listing Tags"). */
export function pageRequest(request: FastifyRequest): PageRequest {
  const n = queryValue(request, 'n');
  const last = queryValue(request, 'last');
  if (n !== undefined && !/^[0-9]{1,9}$/.test(n)) throw new RegistryError('PAGINATION_NUMBER_INVALID');
  return { ...(n === undefined ? {} : { n: Number(n) }), ...(last === undefined ? {} : { last }) };
}

/** The `Link` to the page after this one. */
export function nextLink(path: string, n: number, last: string): string {
  return `<${path}?${new URLSearchParams({ n: String(n), last }).toString()}>; rel="next"`;
}
