import { hash } from 'node:crypto';
import { decodeEdges, type EdgeSnapshot, encodeEdges } from '../../core/reach/edgeSnapshot.ts';
import type { Graph } from '../../core/reach/graph.ts';
import { type RecordStore, StorageFull } from '../storage/driver.ts';
import { layout } from '../storage/layout.ts';

const checksumBytes = 32;

/** What the last marks read of manifests. A cache, for whoever marks next: it may be lost, or be taken away by hand, at any time. */
export class EdgeStore {
  readonly #store: RecordStore;

  constructor(store: RecordStore) {
    this.#store = store;
  }

  /** Where there is no room, what was there stays: a collection is what makes room, and needs no snapshot. */
  async write(graph: Pick<Graph, 'digests' | 'edges'>, signal: AbortSignal): Promise<void> {
    const encoded = encodeEdges(graph);
    const bytes = Buffer.concat([checksumOf(encoded), encoded]);
    try {
      await this.#store.write(layout.edges, bytes, signal);
    } catch (error) {
      if (!(error instanceof StorageFull)) throw error;
    }
  }

  /** `undefined`: there is none that can be used; one that was cut short or changed is none. Rejects where the storage does not answer. */
  async read(limitBytes: number, signal: AbortSignal): Promise<EdgeSnapshot | undefined> {
    const file = await this.#store.readSmall(layout.edges, limitBytes, signal);
    if (file === undefined) return undefined;
    const encoded = file.bytes.subarray(checksumBytes);
    return checksumOf(encoded).equals(file.bytes.subarray(0, checksumBytes)) ? decodeEdges(encoded) : undefined;
  }

  async discard(signal: AbortSignal): Promise<void> {
    await this.#store.discard(layout.edges, signal);
  }
}

function checksumOf(bytes: Uint8Array): Buffer {
  return hash('sha256', bytes, 'buffer');
}
