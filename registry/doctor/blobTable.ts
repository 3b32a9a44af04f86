import type { Digest } from '../../core/oci/digest.ts';
import { Flags, wideNumbers } from '../../core/reach/column.ts';
import { DigestTable } from '../../core/reach/digestTable.ts';

/** Every blob of a storage with its size, some 60 bytes each, and whether any link names it. */
export class BlobTable {
  readonly #digests: DigestTable;
  readonly #sizes = wideNumbers();
  #bytes = 0;
  #listed = 0;
  #named = new Flags(0);

  /** `seed`: see `DigestTable`. */
  constructor(seed: number) {
    this.#digests = new DigestTable(seed);
  }

  get count(): number {
    return this.#digests.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether it is new here. */
  add(digest: Digest, sizeBytes: number): boolean {
    const before = this.count;
    if (this.#digests.intern(digest) < before) return false;
    this.#sizes.push(sizeBytes);
    this.#bytes += sizeBytes;
    return true;
  }

  /** The listing is complete: what is added from now on was come upon by a link. */
  endListing(): void {
    this.#listed = this.count;
    this.#named = new Flags(this.#listed);
  }

  /** `undefined`: it is not in the table. */
  sizeOf(digest: Digest): number | undefined {
    const index = this.#digests.find(digest);
    return index === undefined ? undefined : this.#sizes.at(index);
  }

  /** A link names it. */
  name(digest: Digest): void {
    const index = this.#digests.find(digest);
    if (index !== undefined && index < this.#listed) this.#named.add(index);
  }

  /** Those of the listing that nothing named. */
  *unnamed(): Generator<Digest> {
    for (let index = 0; index < this.#listed; index += 1)
      if (!this.#named.has(index)) yield this.#digests.digest(index);
  }

  *all(): Generator<{ readonly digest: Digest; readonly sizeBytes: number }> {
    for (let index = 0; index < this.count; index += 1)
      yield { digest: this.#digests.digest(index), sizeBytes: this.#sizes.at(index) };
  }
}
