import { type Digest, parseDigest } from './digest.ts';
import { isJsonObject } from './jsonObject.ts';

/** A content descriptor (image-spec, descriptor.md), as far as the graph needs it. */
export interface Descriptor {
  readonly digest: Digest;
  /** Left out unless it is a whole number of bytes that is not negative: nothing rests on it. */
  readonly sizeBytes?: number;
  readonly mediaType?: string;
  /** It names other places to fetch it from. */
  readonly hasUrls: boolean;
}

/** `undefined` for what has no valid digest. The rest of a descriptor decides no edge, so it is read leniently. */
export function readDescriptor(value: unknown): Descriptor | undefined {
  if (!isJsonObject(value)) return undefined;
  const { digest: text, size, mediaType, urls } = value;
  const digest = typeof text === 'string' ? parseDigest(text) : undefined;
  if (digest === undefined) return undefined;
  return {
    digest,
    ...(isSize(size) && { sizeBytes: size }),
    ...(typeof mediaType === 'string' && { mediaType }),
    hasUrls: Array.isArray(urls) && urls.length > 0,
  };
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
