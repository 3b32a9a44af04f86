import { createHash } from 'node:crypto';
import { type Digest, digestOf } from '../../core/oci/digest.ts';
import { layer } from '../load/images.ts';

const chunkBytes = 256 * 1024;
const noise = layer('noise', chunkBytes).bytes;

/** A blob too large to be held: the same bytes for the same name each time it is read, and no chunk like another. */
export class Content {
  readonly name: string;
  readonly sizeBytes: number;
  readonly digest: Digest;

  constructor(name: string, sizeBytes: number) {
    this.name = name;
    this.sizeBytes = sizeBytes;
    const hash = createHash('sha256');
    for (const chunk of this.chunks()) hash.update(chunk);
    const digest = digestOf('sha256', hash.digest('hex'));
    if (digest === undefined) throw new Error('a hash that is no digest');
    this.digest = digest;
  }

  *chunks(): Generator<Buffer> {
    for (let at = 0; at < this.sizeBytes; at += chunkBytes) {
      const chunk = Buffer.from(noise.subarray(0, Math.min(chunkBytes, this.sizeBytes - at)));
      chunk.write(`${this.name} ${at} `);
      yield chunk;
    }
  }
}
