import { algorithmOf, type Digest } from '../oci/digest.ts';
import { bytes, cell, integers } from './column.ts';

const firstSlots = 128;
/** Words of 32 bits in a digest of sha256, and what every digest keeps in one column; what sha512 has beyond them stands aside. */
export const mainWords = 8;
/** Words in a digest of sha512. */
export const wideWords = 16;
const wide = 1;

/**
 * Digests as small whole numbers, in the order in which they were first met. Packed open addressing: 41 to 53 bytes a digest of sha256, where
 * a `Map` of strings takes several hundred and stops at 16,777,216 entries.
 */
export class DigestTable {
  readonly #isWide = bytes();
  readonly #main = integers();
  /** Indexes of the wide digests, ascending, and their other 8 words each. */
  readonly #wide = integers();
  readonly #rest = integers();
  #slots = new Uint32Array(firstSlots);
  readonly #scratch = { sha256: new Uint32Array(mainWords), sha512: new Uint32Array(wideWords) } as const;
  readonly #seed: number;

  /** `seed`: any whole number of 32 bits that whoever writes manifests cannot know, so that nobody can aim at one slot. */
  constructor(seed: number) {
    this.#seed = seed;
  }

  get size(): number {
    return this.#isWide.length;
  }

  /** So many digests are to come at least: what is known of a large storage is then not sorted into ever larger tables, one after the other. */
  reserve(digests: number): void {
    let slots = this.#slots.length;
    while (digests * 3 > slots * 2) slots *= 2;
    if (slots > this.#slots.length) this.#widen(slots);
  }

  intern(digest: Digest): number {
    return this.internWords(this.#read(digest));
  }

  /** The same of a digest's bytes as big-endian words: 8 of sha256, 16 of sha512. */
  internWords(words: Uint32Array): number {
    const slot = this.#slotOf(words);
    const found = cell(this.#slots, slot);
    if (found !== 0) return found - 1;
    const index = this.size;
    this.#isWide.push(words.length === mainWords ? 0 : wide);
    if (words.length > mainWords) this.#wide.push(index);
    for (let at = 0; at < words.length; at++) (at < mainWords ? this.#main : this.#rest).push(cell(words, at));
    this.#slots[slot] = index + 1;
    this.reserve(this.size);
    return index;
  }

  /** Whether it is one of sha512. */
  isWide(index: number): boolean {
    return this.#isWide.at(index) === wide;
  }

  find(digest: Digest): number | undefined {
    const found = cell(this.#slots, this.#slotOf(this.#read(digest)));
    return found === 0 ? undefined : found - 1;
  }

  digest(index: number): Digest {
    const words = this.words(index);
    let hex = '';
    for (const word of words) hex += halfOf(word >>> 16) + halfOf(word & 0xffff);
    return `${words.length === mainWords ? 'sha256' : 'sha512'}:${hex}` as Digest; // the words of a Digest, written back
  }

  /** The order of their texts: algorithm first, then byte by byte. */
  compare(left: number, right: number): number {
    const byAlgorithm = this.#isWide.at(left) - this.#isWide.at(right);
    if (byAlgorithm !== 0) return byAlgorithm;
    for (let at = 0; at < mainWords; at++) {
      const byWord = this.#main.at(left * mainWords + at) - this.#main.at(right * mainWords + at);
      if (byWord !== 0) return byWord;
    }
    if (this.#isWide.at(left) !== wide) return 0;
    const [leftRest, rightRest] = [this.#restOf(left), this.#restOf(right)];
    const differs = leftRest.findIndex((word, at) => word !== rightRest[at]);
    return differs < 0 ? 0 : cell(leftRest, differs) - cell(rightRest, differs);
  }

  /** A view that the next call overwrites. */
  #read(digest: Digest): Uint32Array {
    const words = this.#scratch[algorithmOf(digest)];
    const hex = digest.length - words.length * 8;
    for (let at = 0; at < words.length; at++) words[at] = wordOf(digest, hex + at * 8);
    return words;
  }

  /** Its bytes as big-endian words. */
  words(index: number): Uint32Array {
    const isWide = this.#isWide.at(index) === wide;
    const words = new Uint32Array(isWide ? wideWords : mainWords);
    words.set(this.#main.numbers().subarray(index * mainWords, (index + 1) * mainWords));
    if (isWide) words.set(this.#restOf(index), mainWords);
    return words;
  }

  #restOf(index: number): Uint32Array {
    const at = position(this.#wide.numbers(), index);
    return this.#rest.numbers().subarray(at * mainWords, (at + 1) * mainWords);
  }

  /** The slot that holds these words, or the free one where they belong. */
  #slotOf(words: Uint32Array): number {
    const mask = this.#slots.length - 1;
    let slot = mix(words, this.#seed) & mask;
    for (let held = cell(this.#slots, slot); held !== 0; held = cell(this.#slots, slot)) {
      if (this.#holds(held - 1, words)) return slot;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #holds(index: number, words: Uint32Array): boolean {
    const isWide = words.length > mainWords;
    if ((this.#isWide.at(index) === wide) !== isWide) return false;
    for (let at = 0; at < mainWords; at++) if (this.#main.at(index * mainWords + at) !== words[at]) return false;
    return !isWide || this.#restOf(index).every((word, at) => word === words[mainWords + at]);
  }

  #widen(slots: number): void {
    this.#slots = new Uint32Array(slots);
    for (let index = 0; index < this.size; index++) this.#slots[this.#slotOf(this.words(index))] = index + 1;
  }
}

/** Two bytes as four hexadecimal characters, each made once. */
const halves: string[] = [];

function halfOf(half: number): string {
  return (halves[half] ??= half.toString(16).padStart(4, '0'));
}

/** Of eight lower-case hexadecimal characters; several times faster than `Number.parseInt` of a slice, and a mark reads millions. */
function wordOf(hex: string, from: number): number {
  let word = 0;
  for (let at = from; at < from + 8; at++) {
    const code = hex.charCodeAt(at);
    word = (word << 4) | ((code & 15) + (code >> 6) * 9); // 0 to 9, a to f: without a branch, which nobody could predict
  }
  return word >>> 0;
}

function mix(words: Uint32Array, seed: number): number {
  let hash = seed;
  for (const word of words) {
    hash = Math.imul(hash ^ word, 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return hash >>> 0;
}

/** Of a value that is there, in ascending numbers. */
function position(ascending: Uint32Array, value: number): number {
  let low = 0;
  let high = ascending.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (cell(ascending, middle) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
