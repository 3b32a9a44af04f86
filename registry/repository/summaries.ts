import type { Digest } from '../../core/oci/digest.ts';
import { type Manifest, readManifest } from '../../core/oci/manifest.ts';
import type { ReadableStore } from '../storage/driver.ts';
import { layout } from '../storage/layout.ts';
import { Recent } from './recent.ts';

/** Larger than what is taken in a push: others may have taken more. */
const largestStoredBytes = 16 * 1024 * 1024;
const remembered = 64 * 1024 * 1024; // characters

/** What a stored manifest says, without its bytes. It never changes, so it may be remembered for good, whatever becomes of its links. */
export interface Summary {
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly manifest: Manifest;
}

export type SummaryReading =
  | { readonly is: 'summary'; readonly summary: Summary }
  | { readonly is: 'absent' }
  /** It may refer to what we cannot see (G1). */
  | { readonly is: 'notUnderstood'; readonly why: string };

export interface ManifestBytes {
  readonly bytes: Uint8Array;
  readonly reading: Exclude<SummaryReading, { readonly is: 'absent' }>;
}

export class Summaries {
  readonly #store: ReadableStore;
  readonly #summaries = new Recent<Digest, Summary>(remembered, weigh);

  constructor(store: ReadableStore) {
    this.#store = store;
  }

  async of(digest: Digest, signal: AbortSignal): Promise<SummaryReading> {
    const summary = this.#summaries.get(digest);
    if (summary !== undefined) return { is: 'summary', summary };
    return (await this.read(digest, signal))?.reading ?? { is: 'absent' };
  }

  async read(digest: Digest, signal: AbortSignal): Promise<ManifestBytes | undefined> {
    const file = await this.#store.readSmall(layout.blob(digest), largestStoredBytes, signal);
    return file && { bytes: file.bytes, reading: this.#understand(digest, file.bytes) };
  }

  #understand(digest: Digest, bytes: Uint8Array): Exclude<SummaryReading, { readonly is: 'absent' }> {
    const standing = this.#summaries.get(digest);
    if (standing !== undefined) return { is: 'summary', summary: standing };
    const text = decodeText(bytes);
    if (text === undefined) return { is: 'notUnderstood', why: 'not UTF-8' };
    const reading = readManifest(text);
    if (reading.is === 'notUnderstood') return reading;
    const summary = { digest, sizeBytes: bytes.length, manifest: reading.manifest };
    this.#summaries.set(digest, summary);
    return { is: 'summary', summary };
  }
}

export function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined; // the one reason for which decoding fails
  }
}

/** Roughly its characters. */
function weigh({ manifest }: Summary): number {
  const annotations = Object.entries(manifest.annotations).reduce(
    (sum, [key, value]) => sum + key.length + value.length,
    0,
  );
  return 500 + annotations + 250 * manifest.references.length;
}
