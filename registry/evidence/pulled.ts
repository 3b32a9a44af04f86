import { hash } from 'node:crypto';
import type { Digest } from '../../core/oci/digest.ts';
import type { RepositoryName, Tag } from '../../core/oci/reference.ts';
import { idBytes } from '../records/pullFiles.ts';

/** What is pulled in a repository: by a name of it, or by a digest. */
export type Reference = `:${Tag}` | `@${Digest}`;

/** Of 256, as two hexadecimal characters: pulls are kept by repository, so that whoever wants those of one reads one shard. */
export function shardOf(repository: RepositoryName): string {
  return hash('sha256', repository).slice(0, 2);
}

/**
 * Under which pulls of something are kept: 16 bytes, of which the first is the shard. Names are not kept, only what tells them apart, 120 bits of a hash: two
 * that shared them would both be kept for as long as either is pulled.
 */
export function pullIdOf(repository: RepositoryName, reference: Reference): Buffer {
  return Buffer.concat([
    Buffer.from(shardOf(repository), 'hex'),
    hash('sha256', `${repository}${reference}`, 'buffer').subarray(0, idBytes - 1),
  ]);
}
