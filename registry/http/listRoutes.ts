import type { FastifyInstance, FastifyReply } from 'fastify';
import { ociIndex } from '../../core/oci/mediaType.ts';
import { listRepositories } from '../repository/catalog.ts';
import { listReferrers } from '../repository/referrers.ts';
import { listTags } from '../repository/tags.ts';
import type { RegistryContext } from './context.ts';
import { RegistryError } from './errors.ts';
import { digestFrom, type DigestParams, type NameParams, repositoryOf } from './paths.ts';
import { nextLink, pageRequest, queryValue } from './query.ts';
import { addResource, type Exchange } from './resource.ts';

/** The catalogue walks the tree: it never gives everything at once. */
const usualCatalogPage = 100;

export function addTags(app: FastifyInstance, { repositories: { store }, settings }: RegistryContext): void {
  const { prefix = '' } = settings;
  const list = async ({ params, request, reply, signal }: Exchange<NameParams>): Promise<FastifyReply> => {
    const repository = repositoryOf(params);
    const asked = pageRequest(request);
    const page = await listTags(store, repository, asked, signal);
    if (page === undefined) throw new RegistryError('NAME_UNKNOWN', undefined, { detail: { name: repository } });
    if (page.next !== undefined && asked.n !== undefined) {
      reply.header('link', nextLink(`${prefix}/v2/${repository}/tags/list`, asked.n, page.next));
    }
    return sendJson(reply, { name: repository, tags: page.names });
  };
  addResource<NameParams>(app, '/v2/:name/tags/list', { GET: list });
}

export function addCatalog(app: FastifyInstance, { repositories: { store }, settings }: RegistryContext): void {
  const { prefix = '', catalogMost } = settings;
  const list = async ({ request, reply, signal }: Exchange<unknown>): Promise<FastifyReply> => {
    const { n = usualCatalogPage, ...asked } = pageRequest(request);
    const size = Math.min(n, catalogMost);
    const page = await listRepositories(store, { n: size, ...asked }, signal);
    if (page.next !== undefined) reply.header('link', nextLink(`${prefix}/v2/_catalog`, size, page.next));
    return sendJson(reply, { repositories: page.names });
  };
  addResource(app, '/v2/_catalog', { GET: list });
}

export function addReferrers(app: FastifyInstance, { repositories: { index } }: RegistryContext): void {
  const list = async ({ params, request, reply, signal }: Exchange<DigestParams>): Promise<FastifyReply> => {
    const [repository, subject] = [repositoryOf(params), digestFrom(params.digest)];
    const artifactType = queryValue(request, 'artifactType');
    const referrers = await listReferrers(index, repository, subject, artifactType, signal);
    if (artifactType !== undefined) reply.header('oci-filters-applied', 'artifactType');
    // As bytes: to a text that looks like JSON fastify adds a charset, which this media type does not have.
    return reply.header('content-type', ociIndex).send(Buffer.from(JSON.stringify(referrers)));
  };
  addResource<DigestParams>(app, '/v2/:name/referrers/:digest', { GET: list });
}

function sendJson(reply: FastifyReply, value: object): FastifyReply {
  return reply.type('application/json; charset=utf-8').send(JSON.stringify(value));
}
