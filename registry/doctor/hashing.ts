import { Worker } from 'node:worker_threads';
import type { Digest } from '../../core/oci/digest.ts';
import type { BlobTable } from './blobTable.ts';
import type { Found } from './findings.ts';

/** What a thread is told: which blobs are its next. */
export interface HashOrder {
  readonly digests: readonly Digest[];
}

export type HashAnswer =
  /** So many bytes more are read. */
  | { readonly is: 'read'; readonly bytes: number }
  | { readonly is: 'corrupt'; readonly digest: Digest; readonly sizeBytes: number }
  | { readonly is: 'unreadable'; readonly digest: Digest; readonly why: string }
  /** The order is carried out. */
  | { readonly is: 'done' };

export interface HashingPorts {
  /** The directory of the storage. */
  readonly root: string;
  readonly threads: number;
  /** Bytes read so far, of those that there are. */
  readonly progress: (readBytes: number, allBytes: number) => void;
}

const mostAtOnce = 256;
const mostBytesAtOnce = 64 * 1024 * 1024;

/** Hashes every blob in threads, and tells those whose bytes have another digest. Aborting ends the threads where they are. */
export async function hashBlobs(
  { root, threads, progress }: HashingPorts,
  blobs: BlobTable,
  found: Found,
  signal: AbortSignal,
): Promise<void> {
  const orders = ordersOf(blobs);
  let read = 0;
  const take = (answer: HashAnswer): void => {
    if (answer.is === 'read') progress((read += answer.bytes), blobs.bytes);
    if (answer.is === 'corrupt')
      found({ name: 'BlobCorrupt', object: answer.digest, says: `its ${answer.sizeBytes} bytes have another digest` });
    if (answer.is === 'unreadable') found({ name: 'Unreadable', object: answer.digest, says: answer.why });
  };
  const workers = Array.from({ length: threads }, () => new Worker(workerFile, { workerData: root }));
  try {
    await Promise.all(workers.map((worker) => serve(worker, orders, take, signal)));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

/** Large enough to be worth a message, small enough that the last threads end together. */
function* ordersOf(blobs: BlobTable): Generator<HashOrder> {
  let digests: Digest[] = [];
  let bytes = 0;
  for (const { digest, sizeBytes } of blobs.all()) {
    digests.push(digest);
    bytes += sizeBytes;
    if (digests.length < mostAtOnce && bytes < mostBytesAtOnce) continue;
    yield { digests };
    digests = [];
    bytes = 0;
  }
  if (digests.length > 0) yield { digests };
}

/** Gives a thread one order after the other, until there are no more. */
function serve(
  worker: Worker,
  orders: Iterator<HashOrder>,
  take: (answer: HashAnswer) => void,
  signal: AbortSignal,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  const next = (): void => {
    const order = orders.next();
    if (order.done === true) resolve(undefined);
    else worker.postMessage(order.value);
  };
  const abort = (): void => {
    reject(signal.reason as Error);
  };
  signal.addEventListener('abort', abort, { once: true });
  worker.on('message', (answer: HashAnswer) => {
    if (answer.is === 'done') next();
    else take(answer);
  });
  worker.on('error', reject);
  worker.on('exit', (code) => {
    reject(new Error(`a thread that hashes ended with code ${code}`));
  });
  if (signal.aborted) abort();
  else next();
  return promise.finally(() => {
    signal.removeEventListener('abort', abort);
  });
}

/** Beside this file, with the ending that this file has: `.ts` from a checkout, `.js` once built. */
const workerFile = new URL(import.meta.url.endsWith('.ts') ? './hashWorker.ts' : './hashWorker.js', import.meta.url);
