import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Digest } from '../../core/oci/digest.ts';
import { askedRange } from './blobRange.ts';
import type { RegistryContext } from './context.ts';
import { carryOutDeletion } from './deletion.ts';
import { RegistryError } from './errors.ts';
import { tellWhenAnswered } from './happenings.ts';
import { digestFrom, type DigestParams, repositoryOf } from './paths.ts';
import { addResource, type Exchange } from './resource.ts';

type BlobExchange = Exchange<DigestParams>;

export function addBlobs(app: FastifyInstance, context: RegistryContext): void {
  const { blobs } = context.repositories;

  const get = async ({ params, request, reply, signal }: BlobExchange): Promise<FastifyReply> => {
    const [repository, digest] = [repositoryOf(params), digestFrom(params.digest)];
    const found = await blobs.find(repository, digest, signal);
    if (found === undefined) throw new RegistryError('BLOB_UNKNOWN', undefined, { detail: { digest } });
    const isOther = (request.headers['if-range'] ?? etag(digest)) !== etag(digest);
    const asked = askedRange(isOther ? undefined : request.headers.range, found.sizeBytes);
    if (asked.is === 'unsatisfiable') {
      throw new RegistryError('RANGE_INVALID', undefined, {
        headers: { 'content-range': `bytes */${found.sizeBytes}` },
      });
    }
    const range = asked.is === 'part' ? asked.range : undefined;
    const body = await blobs.read(found, range, signal);
    tellWhenAnswered(context.listen, request, reply, {
      ...{ is: 'blobPulled', repository, digest, sizeBytes: found.sizeBytes },
    });
    describe(reply, digest, range === undefined ? found.sizeBytes : range.end - range.start + 1);
    if (range === undefined) return reply.send(body);
    return reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${found.sizeBytes}`).send(body);
  };

  const head = async ({ params, reply, signal }: BlobExchange): Promise<FastifyReply> => {
    const [repository, digest] = [repositoryOf(params), digestFrom(params.digest)];
    const found = await blobs.promise(repository, digest, signal);
    if (found === undefined) throw new RegistryError('BLOB_UNKNOWN', undefined, { detail: { digest } });
    return describe(reply, digest, found.sizeBytes).send();
  };

  const remove = async ({ params, request, reply, signal }: BlobExchange): Promise<FastifyReply> => {
    const target = { kind: 'blob', repository: repositoryOf(params), digest: digestFrom(params.digest) } as const;
    await carryOutDeletion(context, target, 'BLOB_UNKNOWN', ['GET', 'HEAD'], signal);
    const { repository, digest } = target;
    tellWhenAnswered(context.listen, request, reply, { is: 'blobDeleted', repository, digest });
    return reply.code(202).send();
  };

  addResource<DigestParams>(app, '/v2/:name/blobs/:digest', { GET: get, HEAD: head, DELETE: remove });
}

function describe(reply: FastifyReply, digest: Digest, length: number): FastifyReply {
  return reply
    .type('application/octet-stream')
    .header('content-length', length)
    .header('accept-ranges', 'bytes')
    .header('docker-content-digest', digest)
    .header('etag', etag(digest));
}

function etag(digest: Digest): string {
  return `"${digest}"`;
}
