import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Digest } from '../../core/oci/digest.ts';
import type { RepositoryName, Tag } from '../../core/oci/reference.ts';

/** Something that a client was answered to be so, in a repository. Sizes in bytes. */
export type Happening = { readonly repository: RepositoryName; readonly by: Client } & (
  | (ManifestDescription & { readonly is: 'manifestPulled'; readonly tag?: Tag })
  | (ManifestDescription & { readonly is: 'manifestPushed'; readonly tags: readonly Tag[] })
  | { readonly is: 'blobPulled' | 'blobPushed'; readonly digest: Digest; readonly sizeBytes: number }
  | { readonly is: 'blobMounted'; readonly digest: Digest; readonly sizeBytes: number; readonly from: RepositoryName }
  | { readonly is: 'manifestDeleted' | 'blobDeleted'; readonly digest: Digest }
  | { readonly is: 'tagDeleted'; readonly tag: Tag }
);

interface ManifestDescription {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly sizeBytes: number;
  /** The document itself, as it was sent. */
  readonly bytes: Uint8Array;
}

/** Whoever asked. */
export interface Client {
  readonly method: string;
  /** `address:port` of the other end of the connection, which may be a proxy's. */
  readonly address: string;
  /** As the client called this registry; empty if it did not. */
  readonly host: string;
  /** The headers that say so, with what proxies say of the client's own words. */
  readonly calledAs: Partial<Pick<IncomingHttpHeaders, 'host' | 'x-forwarded-host' | 'x-forwarded-proto'>>;
  readonly userAgent: string;
  /** The name that the client proved; empty for nobody. */
  readonly actor: string;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The name that the client proved; empty for nobody. */
    actor: string;
  }
}

/** Hears of each thing, as a rule once its answer is on the way. It must neither wait nor throw: nobody who pulls or pushes waits for it. */
export type Listener = (happening: Happening) => void;

type Untold<T> = T extends unknown ? Omit<T, 'by'> : never;

/** Tells when the whole answer was sent, if it was: an answer that broke off is none. */
export function tellWhenAnswered(
  listen: Listener,
  request: FastifyRequest,
  reply: FastifyReply,
  happening: Untold<Happening>,
): void {
  reply.raw.once('finish', () => {
    listen({ ...happening, by: clientOf(request) });
  });
}

/** Tells now, before there is an answer. */
export function tellAtOnce(listen: Listener, request: FastifyRequest, happening: Untold<Happening>): void {
  listen({ ...happening, by: clientOf(request) });
}

function clientOf({ method, actor, headers, socket }: FastifyRequest): Client {
  const { remoteAddress = '', remotePort = 0 } = socket;
  const [forwardedHost, forwardedProto] = [headers['x-forwarded-host'], headers['x-forwarded-proto']];
  return {
    ...{ method, actor, address: `${remoteAddress}:${remotePort}` },
    ...{ host: headers.host ?? '', userAgent: headers['user-agent'] ?? '' },
    calledAs: { host: headers.host, 'x-forwarded-host': forwardedHost, 'x-forwarded-proto': forwardedProto },
  };
}
