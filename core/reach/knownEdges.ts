import { cell, integers } from './column.ts';
import type { EdgeSnapshot } from './edgeSnapshot.ts';
import { type EdgeRows, role } from './graph.ts';
import type { Edge, GraphBuilder } from './graphBuilder.ts';
import type { Digest } from '../oci/digest.ts';

/** Of so many known manifests one is read all the same, by chance another each time: some dozens of marks look at all of them. */
const readOneOf = 16;

/** What a snapshot knows, in the numbers of the graph that is built now. */
export class KnownEdges {
  readonly #builder: GraphBuilder;
  readonly #edges: EdgeRows;
  /** Of the snapshot's digests, those of the builder. */
  readonly #digests: Uint32Array;
  /** Of the builder's digests, the snapshot's manifest plus one; 0 for none. */
  readonly #manifests: Uint32Array;
  readonly #seed: number;
  readonly #taken = integers();
  #agreed = 0;

  /** Before the builder has taken in anything else. `seed`: a whole number of 32 bits that is another in each mark. */
  constructor({ edges, digests, count }: EdgeSnapshot, builder: GraphBuilder, seed: number) {
    this.#builder = builder;
    this.#edges = edges;
    this.#seed = seed;
    builder.digests.reserve(count);
    this.#digests = new Uint32Array(count);
    let number = 0;
    for (const words of digests()) this.#digests[number++] = builder.digests.internWords(words);
    this.#manifests = new Uint32Array(builder.digests.size);
    edges.manifest.forEach((digest, at) => (this.#manifests[cell(this.#digests, digest)] = at + 1));
  }

  /** How many manifests it knows. */
  get size(): number {
    return this.#edges.manifest.length;
  }

  /** Those of them that the graph took, by their digests. */
  get taken(): Uint32Array {
    return this.#taken.numbers();
  }

  /** How many of them were of use: taken, or read and found to be the same. */
  get used(): number {
    return this.#taken.length + this.#agreed;
  }

  has(digest: number): boolean {
    return (this.#manifests[digest] ?? 0) !== 0;
  }

  /** Whether this known manifest is to be read all the same, and held against what is known. */
  isChecked(digest: number): boolean {
    return (Math.imul(digest ^ this.#seed, 0x9e3779b1) >>> 0) % readOneOf === 0;
  }

  /** Puts what is known of a manifest into the graph; answers with the manifests that it refers to. */
  take(digest: number): number[] {
    this.#taken.push(digest);
    const { subject, ownBytes, starts } = this.#edges;
    const number = this.#numberOf(digest);
    const at = cell(subject, number);
    this.#builder.beginManifest(digest, at === 0 ? undefined : cell(this.#digests, at - 1), cell(ownBytes, number));
    const children: number[] = [];
    for (let edge = cell(starts, number); edge < cell(starts, number + 1); edge++) {
      const target = this.#targetOf(edge);
      const itsRole = cell(this.#edges.role, edge) as Edge['role']; // the decoder took no other number
      this.#builder.addEdge(target, itsRole, cell(this.#edges.sizeBytes, edge));
      if (itsRole === role.manifest) children.push(target);
    }
    return children;
  }

  /** Whether a manifest that was read is what is known of it. */
  agrees(digest: number, edges: readonly Edge[], subject: Digest | undefined, ownBytes: number): boolean {
    const { digests } = this.#builder;
    const number = this.#numberOf(digest);
    const at = cell(this.#edges.subject, number);
    const start = cell(this.#edges.starts, number);
    this.#agreed++;
    return (
      ownBytes === cell(this.#edges.ownBytes, number) &&
      (subject === undefined ? undefined : digests.intern(subject)) ===
        (at === 0 ? undefined : cell(this.#digests, at - 1)) &&
      start + edges.length === cell(this.#edges.starts, number + 1) &&
      edges.every(
        (read, each) =>
          digests.intern(read.digest) === this.#targetOf(start + each) &&
          read.role === cell(this.#edges.role, start + each) &&
          Object.is(read.sizeBytes ?? NaN, cell(this.#edges.sizeBytes, start + each)),
      )
    );
  }

  #targetOf(edge: number): number {
    return cell(this.#digests, cell(this.#edges.target, edge));
  }

  #numberOf(digest: number): number {
    return cell(this.#manifests, digest) - 1;
  }
}
