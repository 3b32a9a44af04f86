import type { FastifyInstance, FastifyReply } from 'fastify';
import type { RepositoryName } from '../../core/oci/reference.ts';
import type { DeletionTarget } from '../repository/deletions.ts';
import { largestManifestBytes, type PushOutcome } from '../repository/manifestPush.ts';
import type { ManifestHead, StoredManifest } from '../repository/manifests.ts';
import { readBody } from './body.ts';
import type { RegistryContext } from './context.ts';
import { carryOutDeletion } from './deletion.ts';
import { RegistryError } from './errors.ts';
import { tellAtOnce, tellWhenAnswered } from './happenings.ts';
import { locationOf } from './locations.ts';
import { type Reference, type ReferenceParams, referenceOf, repositoryOf, tagFrom } from './paths.ts';
import { queryValues } from './query.ts';
import { addResource, type Exchange } from './resource.ts';

type ManifestExchange = Exchange<ReferenceParams>;

/** Manifests by tag and by digest. They are served as they were stored, whatever the client would rather have. */
export function addManifests(app: FastifyInstance, context: RegistryContext): void {
  const { manifests, push } = context.repositories;

  const get = async ({ params, request, reply, signal }: ManifestExchange): Promise<FastifyReply> => {
    const [repository, reference] = [repositoryOf(params), referenceOf(params)];
    const found: StoredManifest | undefined =
      'digest' in reference
        ? await manifests.get(repository, reference.digest, signal)
        : await manifests.tagged(repository, reference.tag, signal, (digest) =>
            manifests.read(repository, digest, signal),
          );
    if (found === undefined) throw unknown(reference);
    const { digest, mediaType, sizeBytes, bytes } = found;
    const pulled = {
      is: 'manifestPulled' as const,
      ...{ repository, digest, mediaType, sizeBytes, bytes },
      ...('tag' in reference && { tag: reference.tag }),
    };
    tellAtOnce(context.record, request, pulled);
    tellWhenAnswered(context.listen, request, reply, pulled);
    return describe(reply, found).send(bytes);
  };

  const head = async ({ params, reply, signal }: ManifestExchange): Promise<FastifyReply> => {
    const [repository, reference] = [repositoryOf(params), referenceOf(params)];
    const found =
      'digest' in reference
        ? await manifests.promise(repository, reference.digest, signal)
        : await manifests.tagged(repository, reference.tag, signal, (digest) =>
            manifests.head(repository, digest, signal),
          );
    if (found === undefined) throw unknown(reference);
    return describe(reply, found).send();
  };

  const put = async ({ params, request, reply, signal }: ManifestExchange): Promise<FastifyReply> => {
    const [repository, reference] = [repositoryOf(params), referenceOf(params)];
    const tags = 'tag' in reference ? [reference.tag] : queryValues(request, 'tag').map(tagFrom);
    const bytes = await readBody(request, largestManifestBytes);
    const contentType = request.headers['content-type'];
    const outcome = await push.push(
      {
        ...{ repository, tags, bytes },
        ...('digest' in reference && { digest: reference.digest }),
        ...(contentType !== undefined && { contentType }),
      },
      signal,
    );
    const pushed = mustBePushed(outcome);
    const { digest, mediaType } = pushed;
    tellWhenAnswered(context.listen, request, reply, {
      ...{ is: 'manifestPushed', repository, digest, mediaType, sizeBytes: bytes.length, bytes, tags },
    });
    const location = locationOf(context.settings, request.headers, `/v2/${repository}/manifests/${pushed.digest}`);
    if (pushed.subject !== undefined) reply.header('oci-subject', pushed.subject);
    if ('digest' in reference && tags.length > 0) reply.header('oci-tag', tags);
    return reply.code(201).header('location', location).header('docker-content-digest', pushed.digest).send();
  };

  const remove = async ({ params, request, reply, signal }: ManifestExchange): Promise<FastifyReply> => {
    const target = targetOf(repositoryOf(params), referenceOf(params));
    await carryOutDeletion(context, target, 'MANIFEST_UNKNOWN', ['GET', 'HEAD', 'PUT'], signal);
    const { repository } = target;
    tellWhenAnswered(
      context.listen,
      request,
      reply,
      'tag' in target
        ? { is: 'tagDeleted', repository, tag: target.tag }
        : { is: 'manifestDeleted', repository, digest: target.digest },
    );
    return reply.code(202).send();
  };

  const handlers = { GET: get, HEAD: head, PUT: put, DELETE: remove };
  addResource<ReferenceParams>(app, '/v2/:name/manifests/:reference', handlers);
}

function targetOf(repository: RepositoryName, reference: Reference): DeletionTarget {
  return 'tag' in reference
    ? { kind: 'tag', repository, tag: reference.tag }
    : { kind: 'manifest', repository, digest: reference.digest };
}

function mustBePushed(outcome: PushOutcome): Extract<PushOutcome, { readonly is: 'pushed' }> {
  switch (outcome.is) {
    case 'pushed':
      return outcome;
    case 'notUnderstood':
      throw new RegistryError('MANIFEST_INVALID', `manifest invalid: ${outcome.why}`);
    case 'digestDiffers':
      throw new RegistryError('DIGEST_INVALID', undefined, { detail: { found: outcome.found } });
    case 'missing':
      throw new RegistryError('MANIFEST_BLOB_UNKNOWN', undefined, {
        detail: outcome.digests.map((digest) => ({ digest })),
      });
  }
}

function unknown(reference: Reference): RegistryError {
  return new RegistryError('MANIFEST_UNKNOWN', undefined, { detail: reference });
}

function describe(reply: FastifyReply, { digest, mediaType, sizeBytes }: ManifestHead): FastifyReply {
  return reply
    .header('content-type', mediaType)
    .header('content-length', sizeBytes)
    .header('docker-content-digest', digest)
    .header('etag', `"${digest}"`);
}
