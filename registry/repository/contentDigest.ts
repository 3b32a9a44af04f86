import { hash } from 'node:crypto';
import { type Digest, type DigestAlgorithm, digestOf } from '../../core/oci/digest.ts';

/** The digest of bytes that fit into memory: a manifest's. */
export function contentDigest(algorithm: DigestAlgorithm, bytes: Uint8Array): Digest {
  const digest = digestOf(algorithm, hash(algorithm, bytes, 'hex'));
  if (digest === undefined) throw new Error(`${algorithm} did not give a digest`);
  return digest;
}
