import { parseRunId, type RunId } from '../window/identity.ts';
import { cell, Grouping, integers } from './column.ts';
import type { Graph } from './graph.ts';
import { areAscending, hasKey, sortKeys, wordsPerKey, writeKey } from './keys.ts';
import type { Kind, Marked } from './mark.ts';

/** sha256 of a text as 64 hexadecimal characters; handed in, since `core/` has no hashing of its own. */
export type Sha256 = (text: string) => string;

const kinds = ['manifest', 'layer', 'data'] as const satisfies readonly Kind[];

/** What one complete mark found unreachable, as hashes: enough to ask whether it named something, and nothing else. */
export class SuspectSet {
  readonly run: RunId;
  /** Storage time at which that mark began, ms. */
  readonly beganAt: number;
  readonly #keys: Uint32Array;

  private constructor(run: RunId, beganAt: number, keys: Uint32Array) {
    this.run = run;
    this.beganAt = beganAt;
    this.#keys = keys;
  }

  static of(marked: Marked, run: RunId, sha256: Sha256): SuspectSet {
    const referrers = new Referrers(marked, sha256);
    const all = kinds.map((kind) => keysOf(marked, kind, referrers, sha256));
    const keys = new Uint32Array(all.reduce((sum, { length }) => sum + length, 0));
    all.reduce((at, each) => {
      keys.set(each, at);
      return at + each.length;
    }, 0);
    return new SuspectSet(run, marked.input.now, sortKeys(keys));
  }

  get size(): number {
    return this.#keys.length / wordsPerKey;
  }

  has(keys: Uint32Array, at: number): boolean {
    return hasKey(this.#keys, keys, at);
  }

  /** `coppiceS`, version, length of the run's name, the name, beganAt (double), count (32 bits), then the keys ascending; all big-endian. */
  encode(): Uint8Array {
    const name = Uint8Array.from(this.run, codeOf);
    const keysAt = fixedBytes + name.length;
    const bytes = new Uint8Array(keysAt + this.#keys.byteLength);
    const view = new DataView(bytes.buffer);
    bytes.set(magic);
    view.setUint8(magic.length, version);
    view.setUint8(magic.length + 1, name.length);
    bytes.set(name, nameAt);
    view.setFloat64(nameAt + name.length, this.beganAt);
    view.setUint32(nameAt + name.length + 8, this.size);
    this.#keys.forEach((word, at) => {
      view.setUint32(keysAt + at * 4, word);
    });
    return bytes;
  }

  /** `undefined` for everything that `encode` did not write: cut short, longer, of another version, out of order. */
  static decode(bytes: Uint8Array): SuspectSet | undefined {
    if (bytes.length < fixedBytes || magic.some((byte, at) => bytes[at] !== byte)) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const nameLength = view.getUint8(magic.length + 1);
    if (view.getUint8(magic.length) !== version || bytes.length < fixedBytes + nameLength) return undefined;
    const run = parseRunId(String.fromCharCode(...bytes.subarray(nameAt, nameAt + nameLength)));
    const beganAt = view.getFloat64(nameAt + nameLength);
    const keysAt = fixedBytes + nameLength;
    const words = view.getUint32(keysAt - 4) * wordsPerKey;
    if (run === undefined || !Number.isFinite(beganAt) || bytes.length !== keysAt + words * 4) return undefined;
    const keys = new Uint32Array(words);
    for (let at = 0; at < words; at++) keys[at] = view.getUint32(keysAt + at * 4);
    return areAscending(keys) ? new SuspectSet(run, beganAt, keys) : undefined;
  }
}

const magic = Uint8Array.from('coppiceS', codeOf);
const version = 1;
const nameAt = magic.length + 2;
const fixedBytes = nameAt + 8 + 4;

function codeOf(character: string): number {
  return character.charCodeAt(0);
}

/** What may go, and which earlier marks a later run will still ask. */
export interface Confirmed {
  /** Rows of the suspects that are confirmed, in their order. */
  readonly rows: Readonly<Record<Kind, Uint32Array>>;
  /** Runs whose suspects must be kept; all others may be deleted. */
  readonly needed: ReadonlySet<RunId>;
}

/**
 * G4: a suspect goes only if every complete mark since one that began at least `confirmAfterMs` before this one named the same. No mark that old:
 * nothing goes. `confirmAfterMs` 0: this mark alone is enough.
 */
export function confirm(
  marked: Marked,
  earlier: readonly SuspectSet[],
  confirmAfterMs: number,
  sha256: Sha256,
): Confirmed {
  if (confirmAfterMs === 0) return { rows: marked.suspects, needed: new Set() };
  const oldEnough = earlier.filter(({ beganAt }) => beganAt <= marked.input.now - confirmAfterMs);
  if (oldEnough.length === 0) return { rows: nothing, needed: runsOf(earlier) };
  const since = Math.max(...oldEnough.map(({ beganAt }) => beganAt));
  const asked = earlier.filter(({ beganAt }) => beganAt >= since);
  const referrers = new Referrers(marked, sha256);
  const named = (kind: Kind): Uint32Array => {
    const keys = keysOf(marked, kind, referrers, sha256);
    return marked.suspects[kind].filter((_row, at) => asked.every((set) => set.has(keys, at)));
  };
  return { rows: { manifest: named('manifest'), layer: named('layer'), data: named('data') }, needed: runsOf(asked) };
}

const nothing: Confirmed['rows'] = { manifest: new Uint32Array(), layer: new Uint32Array(), data: new Uint32Array() };

function runsOf(sets: readonly SuspectSet[]): ReadonlySet<RunId> {
  return new Set(sets.map(({ run }) => run));
}

function keysOf({ graph, suspects }: Marked, kind: Kind, referrers: Referrers, sha256: Sha256): Uint32Array {
  const keys = new Uint32Array(suspects[kind].length * wordsPerKey);
  suspects[kind].forEach((row, at) => {
    writeKey(keys, at, sha256(textOf[kind](graph, row, referrers)));
  });
  return keys;
}

/** So many names are longer than is worth being repeated in the name of each of their references. */
const many = 8;

/**
 * The suspect manifests that are a digest or refer to it; whatever else refers to it would have kept it. They are a part of a suspect's name: a listing
 * that leaves such a manifest out lets what it refers to look just as unreachable as before, and would have it go while the manifest stands.
 */
class Referrers {
  readonly #graph: Graph;
  readonly #rows: Uint32Array;
  readonly #byDigest: Grouping;
  readonly #sha256: Sha256;
  /** A base layer may have as many referrers as there are suspects, and a link in each repository: of those it is known once they were spelt. */
  readonly #known = new Map<number, string>();

  constructor({ graph, suspects }: Marked, sha256: Sha256) {
    const [digests, rows] = [integers(), integers()];
    for (const row of suspects.manifest) {
      const digest = cell(graph.revisions.digest, row);
      for (const each of [digest, ...graph.references(digest)]) {
        digests.push(each);
        rows.push(row);
      }
    }
    this.#graph = graph;
    this.#sha256 = sha256;
    this.#rows = rows.numbers();
    this.#byDigest = new Grouping(digests.numbers(), graph.digests.size);
  }

  /** In canonical order, which is that of the suspects; of many, a hash of that. */
  of(digest: number): string {
    const at = this.#byDigest.of(digest);
    if (at.length < many) return this.#spell(at);
    const short = this.#known.get(digest) ?? ` ${this.#sha256(this.#spell(at))}`;
    this.#known.set(digest, short);
    return short;
  }

  #spell(referrers: Uint32Array): string {
    const names = Array.from(referrers, (at) => {
      const { repository, digest } = this.#graph.revisionOf(cell(this.#rows, at));
      return ` ${repository}@${digest}`;
    });
    return names.join('');
  }
}

/** Each kind has a prefix of its own, so that suspicion of a manifest says nothing about a blob of the same digest. */
const textOf: Readonly<Record<Kind, (graph: Graph, row: number, referrers: Referrers) => string>> = {
  manifest: (graph, row, referrers) => {
    const { repository, digest } = graph.revisionOf(row);
    return `manifest ${repository}@${digest}${referrers.of(cell(graph.revisions.digest, row))}`;
  },
  layer: (graph, row, referrers) => {
    const { repository, digest, target } = graph.layerOf(row);
    return `layer ${repository}@${digest} ${target}${referrers.of(cell(graph.layers.digest, row))}`;
  },
  data: (graph, row, referrers) => `data ${graph.dataOf(row).digest}${referrers.of(cell(graph.data.digest, row))}`,
};
