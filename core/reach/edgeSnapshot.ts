import { cell, Flags } from './column.ts';
import { type DigestTable, mainWords, wideWords } from './digestTable.ts';
import { type EdgeRows, type Graph, role } from './graph.ts';

/**
 * The edges of manifests, packed: what a digest names never changes, so what was read of a manifest once need not be read again. A cache: without it
 * a mark reads everything, and finds the same. Digests are numbered for themselves, those of sha256 first.
 */
export interface EdgeSnapshot {
  /** How many digests. */
  readonly count: number;
  /** As big-endian words, in the order of their numbers. */
  readonly digests: () => Iterable<Uint32Array>;
  readonly edges: EdgeRows;
}

const magic = [0x63_6f_70_70, 0x69_63_65_45]; // `coppiceE`
const version = 1;
const byteOrder = 0x01_02_03_04;
const headBytes = 32;

interface Counts {
  readonly narrow: number;
  readonly wide: number;
  readonly manifests: number;
  readonly edges: number;
}

interface Sections extends EdgeRows {
  readonly lengthBytes: number;
  readonly narrow: Uint32Array;
  readonly wide: Uint32Array;
}

/** `coppiceE`, version, byte order, the four counts (32 bits each), and the columns one after the other, the widest numbers first. */
export function encodeEdges({ digests, edges }: Pick<Graph, 'digests' | 'edges'>): Uint8Array {
  const numbering = new Numbering(digests, edges);
  const counts = {
    ...{ narrow: numbering.narrow.length, wide: numbering.wide.length },
    ...{ manifests: edges.manifest.length, edges: edges.target.length },
  };
  const bytes = new Uint8Array(lengthOf(counts));
  new Uint32Array(bytes.buffer, 0, headBytes / 4).set([...magic, version, byteOrder, ...Object.values(counts)]);
  const sections = sectionsOf(bytes.buffer, counts);
  numbering.narrow.forEach((digest, at) => {
    sections.narrow.set(digests.words(digest), at * mainWords);
  });
  numbering.wide.forEach((digest, at) => {
    sections.wide.set(digests.words(digest), at * wideWords);
  });
  sections.manifest.set(edges.manifest.map((digest) => numbering.of(digest)));
  sections.starts.set(edges.starts);
  sections.target.set(edges.target.map((digest) => numbering.of(digest)));
  sections.subject.set(edges.subject.map((digest) => (digest === 0 ? 0 : numbering.of(digest - 1) + 1)));
  sections.role.set(edges.role);
  sections.sizeBytes.set(edges.sizeBytes);
  sections.ownBytes.set(edges.ownBytes);
  return bytes;
}

/** `undefined` for everything that `encodeEdges` did not write on a machine of this byte order: cut short, of another version, with numbers of nothing. */
export function decodeEdges(encoded: Uint8Array): EdgeSnapshot | undefined {
  if (encoded.length < headBytes) return undefined;
  const { buffer } = new Uint8Array(encoded); // a copy, where columns of any width may begin
  const [first, second, itsVersion, itsOrder, ...numbers] = new Uint32Array(buffer, 0, headBytes / 4);
  if (first !== magic[0] || second !== magic[1] || itsVersion !== version || itsOrder !== byteOrder) return undefined;
  const [narrow = 0, wide = 0, manifests = 0, edges = 0] = numbers;
  const counts = { narrow, wide, manifests, edges };
  if (encoded.length !== lengthOf(counts)) return undefined;
  const sections = sectionsOf(buffer, counts);
  if (!isSound(sections, counts)) return undefined;
  return {
    edges: sections,
    count: narrow + wide,
    *digests() {
      for (let at = 0; at < narrow; at++) yield sections.narrow.subarray(at * mainWords, (at + 1) * mainWords);
      for (let at = 0; at < wide; at++) yield sections.wide.subarray(at * wideWords, (at + 1) * wideWords);
    },
  };
}

function lengthOf({ narrow, wide, manifests, edges }: Counts): number {
  const words = narrow * mainWords + wide * wideWords + manifests + (manifests + 1) + edges + manifests;
  return headBytes + (edges + manifests) * 8 + words * 4 + edges;
}

function sectionsOf(buffer: ArrayBuffer, { narrow, wide, manifests, edges }: Counts): Sections {
  let at = headBytes;
  const doubles = (length: number): Float64Array => new Float64Array(buffer, (at += length * 8) - length * 8, length);
  const words = (length: number): Uint32Array => new Uint32Array(buffer, (at += length * 4) - length * 4, length);
  return {
    ...{ sizeBytes: doubles(edges), ownBytes: doubles(manifests) },
    ...{ narrow: words(narrow * mainWords), wide: words(wide * wideWords) },
    ...{ manifest: words(manifests), starts: words(manifests + 1), target: words(edges), subject: words(manifests) },
    role: new Uint8Array(buffer, at, edges),
    lengthBytes: at + edges,
  };
}

/** Whether every number is one of something. That the digests are those of what was read, a checksum says. */
function isSound({ manifest, starts, target, subject, role: roles }: Sections, counts: Counts): boolean {
  const digests = counts.narrow + counts.wide;
  return (
    manifest.every((digest) => digest < digests) &&
    target.every((digest) => digest < digests) &&
    subject.every((digest) => digest <= digests) &&
    roles.every((each) => each <= role.manifest) &&
    starts.every((start, at) => start >= (at === 0 ? 0 : cell(starts, at - 1))) &&
    starts[0] === 0 &&
    starts[counts.manifests] === counts.edges
  );
}

/** Numbers for the digests that edges are between, and for no other. */
class Numbering {
  readonly narrow: number[] = [];
  readonly wide: number[] = [];
  readonly #numbers: Uint32Array;

  constructor(digests: DigestTable, { manifest, target, subject }: EdgeRows) {
    const used = new Flags(digests.size);
    for (const digest of manifest) used.add(digest);
    for (const digest of target) used.add(digest);
    for (const digest of subject) if (digest !== 0) used.add(digest - 1);
    for (let digest = 0; digest < digests.size; digest++) {
      if (used.has(digest)) (digests.isWide(digest) ? this.wide : this.narrow).push(digest);
    }
    this.#numbers = new Uint32Array(digests.size);
    [...this.narrow, ...this.wide].forEach((digest, number) => (this.#numbers[digest] = number));
  }

  of(digest: number): number {
    return cell(this.#numbers, digest);
  }
}
