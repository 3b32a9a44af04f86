import { createHash } from 'node:crypto';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { algorithmOf, type Digest, hexOf } from '../../core/oci/digest.ts';
import { codeOf, isGone } from '../storage/filesystem/failure.ts';
import { layout } from '../storage/layout.ts';
import type { HashAnswer, HashOrder } from './hashing.ts';

/** A thread that hashes blobs, with synchronous calls, until it is terminated. */
const port = parentPort;
if (port === null) throw new Error('this is a thread that hashes, started by `hashBlobs`');

const root = workerData as string;
const buffer = Buffer.allocUnsafe(1024 * 1024);
const tellEveryBytes = 64 * 1024 * 1024;
let untoldBytes = 0;

port.on('message', ({ digests }: HashOrder) => {
  for (const digest of digests) examine(digest);
  tell({ is: 'read', bytes: untoldBytes });
  untoldBytes = 0;
  tell({ is: 'done' });
});

function tell(answer: HashAnswer): void {
  port?.postMessage(answer);
}

/** A blob that has gone since it was listed is nobody's any more. */
function examine(digest: Digest): void {
  try {
    const { hex, sizeBytes } = hashFile(digest);
    if (hex !== hexOf(digest)) tell({ is: 'corrupt', digest, sizeBytes });
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    if (!isGone(error)) tell({ is: 'unreadable', digest, why: String(error) });
  }
}

function hashFile(digest: Digest): { readonly hex: string; readonly sizeBytes: number } {
  const file = openSync(join(root, layout.blob(digest)), constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const hash = createHash(algorithmOf(digest));
    let sizeBytes = 0;
    for (let count = readSync(file, buffer); count > 0; count = readSync(file, buffer)) {
      hash.update(buffer.subarray(0, count));
      sizeBytes += count;
      untoldBytes += count;
      if (untoldBytes < tellEveryBytes) continue;
      tell({ is: 'read', bytes: untoldBytes });
      untoldBytes = 0;
    }
    return { hex: hash.digest('hex'), sizeBytes };
  } finally {
    closeSync(file);
  }
}
