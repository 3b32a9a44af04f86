import type { FastifyRequest } from 'fastify';
import { RegistryError } from './errors.ts';

/** Whether a body comes with the request, be it an empty one in chunks. */
export function hasBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** The body as it comes. Whoever stops reading it leaves the connection as it is: the client is still to be told why. */
export function bodyOf(request: FastifyRequest): AsyncIterable<Uint8Array> {
  return request.raw.iterator({ destroyOnReturn: false });
}

/** The whole body of a manifest; one larger than `limitBytes` is refused as soon as that shows. */
export async function readBody(request: FastifyRequest, limitBytes: number): Promise<Uint8Array> {
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) throw new RegistryError('MANIFEST_TOO_LARGE');
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of bodyOf(request)) {
    length += chunk.length;
    if (length > limitBytes) throw new RegistryError('MANIFEST_TOO_LARGE');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
