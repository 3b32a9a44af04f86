import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Digest } from '../../core/oci/digest.ts';
import { parseRepositoryName, type RepositoryName } from '../../core/oci/reference.ts';
import type { AppendOutcome, Chunk, CompleteOutcome } from '../repository/uploads.ts';
import { parseUploadId, type UploadPlace } from '../repository/uploadSessions.ts';
import { bodyOf, hasBody } from './body.ts';
import type { RegistryContext } from './context.ts';
import { RegistryError } from './errors.ts';
import { tellWhenAnswered } from './happenings.ts';
import { locationOf } from './locations.ts';
import { digestFrom, type NameParams, repositoryOf } from './paths.ts';
import { queryValue } from './query.ts';
import { addResource, type Exchange } from './resource.ts';

interface UploadParams extends NameParams {
  readonly upload: string;
}

/** Uploads of blobs. All that a session is lies on the storage under the name in its path: clients that drop the query of a `Location` go on as well. */
export function addUploads(app: FastifyInstance, context: RegistryContext): void {
  const uploads = new UploadRoutes(context);
  for (const url of ['/v2/:name/blobs/uploads/', '/v2/:name/blobs/uploads']) {
    addResource<NameParams>(app, url, { POST: (exchange) => uploads.begin(exchange) });
  }
  addResource<UploadParams>(app, '/v2/:name/blobs/uploads/:upload', {
    GET: (exchange) => uploads.status(exchange),
    HEAD: (exchange) => uploads.status(exchange),
    PATCH: (exchange) => uploads.append(exchange),
    PUT: (exchange) => uploads.complete(exchange),
    DELETE: (exchange) => uploads.cancel(exchange),
  });
}

class UploadRoutes {
  readonly #context: RegistryContext;

  constructor(context: RegistryContext) {
    this.#context = context;
  }

  /** With `mount`, a link to a blob that is here already; with `digest`, the whole blob; otherwise, and where the mount fails, a session. */
  async begin(exchange: Exchange<NameParams>): Promise<FastifyReply> {
    const { params, request, signal } = exchange;
    const { uploads } = this.#context.repositories;
    const repository = repositoryOf(params);
    const mount = queryValue(request, 'mount');
    if (mount !== undefined && (await this.#mount(repository, mount, exchange))) {
      return this.#created(exchange, repository, digestFrom(mount));
    }
    const whole = mount === undefined ? queryValue(request, 'digest') : undefined;
    const digest = whole === undefined ? undefined : digestFrom(whole);
    const place = await uploads.begin(repository, signal);
    if (digest === undefined) return this.#describe(exchange, place, 0).code(202).send();
    const outcome = await uploads.complete(place, digest, { body: bodyOf(request) }, signal);
    return this.#completed(exchange, place, digest, outcome);
  }

  async status(exchange: Exchange<UploadParams>): Promise<FastifyReply> {
    const place = placeOf(exchange.params);
    const offset = await this.#context.repositories.uploads.status(place, exchange.signal);
    if (offset === undefined) throw new RegistryError('BLOB_UPLOAD_UNKNOWN');
    return this.#describe(exchange, place, offset).code(204).send();
  }

  async append(exchange: Exchange<UploadParams>): Promise<FastifyReply> {
    const { params, request, signal } = exchange;
    const place = placeOf(params);
    const outcome = await this.#context.repositories.uploads.append(place, chunkOf(request), signal);
    if (outcome.is !== 'appended') throw this.#failed(exchange, place, outcome);
    return this.#describe(exchange, place, outcome.offset).code(202).send();
  }

  async complete(exchange: Exchange<UploadParams>): Promise<FastifyReply> {
    const { params, request, signal } = exchange;
    const place = placeOf(params);
    const digest = digestFrom(queryValue(request, 'digest'));
    const last = hasBody(request) ? chunkOf(request) : undefined;
    const outcome = await this.#context.repositories.uploads.complete(place, digest, last, signal);
    return this.#completed(exchange, place, digest, outcome);
  }

  async cancel({ params, reply, signal }: Exchange<UploadParams>): Promise<FastifyReply> {
    const outcome = await this.#context.repositories.uploads.cancel(placeOf(params), signal);
    if (outcome === 'unknown') throw new RegistryError('BLOB_UPLOAD_UNKNOWN');
    return reply.code(204).send();
  }

  async #mount(
    repository: RepositoryName,
    mount: string,
    { request, reply, signal }: Exchange<NameParams>,
  ): Promise<boolean> {
    const named = queryValue(request, 'from');
    const from = named === undefined ? undefined : parseRepositoryName(named);
    if (named !== undefined && from === undefined) throw new RegistryError('NAME_INVALID');
    const digest = digestFrom(mount);
    const source = from ?? { among: (home: RepositoryName) => request.mayPull(home) };
    const mounted = await this.#context.repositories.blobs.mount(repository, digest, source, signal);
    if (mounted.is === 'unknown') return false;
    tellWhenAnswered(this.#context.listen, request, reply, { ...mounted, is: 'blobMounted', repository, digest });
    return true;
  }

  #completed<P>(exchange: Exchange<P>, place: UploadPlace, digest: Digest, outcome: CompleteOutcome): FastifyReply {
    if (outcome.is !== 'committed') throw this.#failed(exchange, place, outcome);
    const { repository } = place;
    const { sizeBytes } = outcome;
    const { request, reply } = exchange;
    tellWhenAnswered(this.#context.listen, request, reply, { is: 'blobPushed', repository, digest, sizeBytes });
    return this.#created(exchange, repository, digest);
  }

  #created<P>({ request, reply }: Exchange<P>, repository: RepositoryName, digest: Digest): FastifyReply {
    const location = locationOf(this.#context.settings, request.headers, `/v2/${repository}/blobs/${digest}`);
    return reply.code(201).header('location', location).header('docker-content-digest', digest).send();
  }

  #describe<P>({ request, reply }: Exchange<P>, place: UploadPlace, offset: number): FastifyReply {
    return reply.headers(this.#headersOf(request, place, offset));
  }

  #headersOf(request: FastifyRequest, { repository, id }: UploadPlace, offset: number): Record<string, string> {
    return {
      location: locationOf(this.#context.settings, request.headers, `/v2/${repository}/blobs/uploads/${id}`),
      range: `0-${Math.max(0, offset - 1)}`, // of no bytes, too, as distribution writes it
      'docker-upload-uuid': id,
    };
  }

  #failed<P>(
    { request }: Exchange<P>,
    place: UploadPlace,
    outcome: Exclude<CompleteOutcome | AppendOutcome, { readonly is: 'committed' | 'appended' }>,
  ): RegistryError {
    switch (outcome.is) {
      case 'unknown':
        return new RegistryError('BLOB_UPLOAD_UNKNOWN');
      case 'outOfOrder':
        return new RegistryError('BLOB_UPLOAD_OUT_OF_ORDER', undefined, {
          headers: this.#headersOf(request, place, outcome.offset),
        });
      case 'sizeDiffers':
        return new RegistryError('SIZE_INVALID');
      case 'digestDiffers':
        return new RegistryError('DIGEST_INVALID', undefined, { detail: { found: outcome.found } });
    }
  }
}

function placeOf(params: UploadParams): UploadPlace {
  const repository = repositoryOf(params);
  const id = parseUploadId(params.upload);
  if (id === undefined) throw new RegistryError('BLOB_UPLOAD_UNKNOWN');
  return { repository, id };
}

const contentRange = /^(?:bytes )?([0-9]{1,15})-([0-9]{1,15})(?:\/(?:[0-9]+|\*))?$/;

function chunkOf(request: FastifyRequest): Chunk {
  const body = bodyOf(request);
  const header = request.headers['content-range'];
  if (header === undefined) return { body };
  const [, start, end] = contentRange.exec(header) ?? [];
  const sizeBytes = Number(end) - Number(start) + 1;
  if (!(sizeBytes > 0)) throw new RegistryError('BLOB_UPLOAD_INVALID', 'Content-Range is not <start>-<end>');
  return { body, range: { start: Number(start), sizeBytes } };
}
