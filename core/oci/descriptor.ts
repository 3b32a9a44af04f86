import { type Digest, parseDigest } from './digest.ts';
import { isJsonObject } from './jsonObject.ts';

/** A content descriptor (image-spec, descriptor.md), as far as the graph needs it. */
export interface Descriptor {
  readonly digest: Digest;
  /** Left out unless it is a whole number of bytes that is not negative: nothing rests on it. */
  readonly sizeBytes?: number;
  readonly mediaType?: string;
  /** Other places to fetch it from. What stands there and is no text is an empty one. */
  readonly urls: readonly string[];
  /** Left out unless it says both. */
  readonly platform?: Platform;
}

/** What an entry of an index runs on. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
}

/** `undefined` for what has no valid digest. The rest of a descriptor decides no edge, so it is read leniently. */
export function readDescriptor(value: unknown): Descriptor | undefined {
  if (!isJsonObject(value)) return undefined;
  const { digest: text, size, mediaType, urls } = value;
  const platform = platformOf(value['platform']);
  const digest = typeof text === 'string' ? parseDigest(text) : undefined;
  if (digest === undefined) return undefined;
  return {
    digest,
    ...(isSize(size) && { sizeBytes: size }),
    ...(typeof mediaType === 'string' && { mediaType }),
    urls: Array.isArray(urls) ? urls.map((url: unknown) => (typeof url === 'string' ? url : '')) : [],
    ...(platform !== undefined && { platform }),
  };
}

function platformOf(value: unknown): Platform | undefined {
  if (!isJsonObject(value)) return undefined;
  const { os, architecture } = value;
  return typeof os === 'string' && typeof architecture === 'string' ? { os, architecture } : undefined;
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
