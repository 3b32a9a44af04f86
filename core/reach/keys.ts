import { cell } from './column.ts';

/** Sixteen bytes as four words: hashes, so evenly spread. */
export const wordsPerKey = 4;
const mostBucketBits = 16;

/** Reads 32 hexadecimal characters into a key at position `at` of `keys`. */
export function writeKey(keys: Uint32Array, at: number, hex: string): void {
  for (let word = 0; word < wordsPerKey; word++) {
    keys[at * wordsPerKey + word] = Number.parseInt(hex.slice(word * 8, word * 8 + 8), 16);
  }
}

/**
 * Packed keys in ascending order, doubles left out. By counting how often their first bits occur, about as many buckets as there are keys: ten million take
 * seconds, where a comparing sort takes minutes.
 */
export function sortKeys(keys: Uint32Array): Uint32Array {
  const count = keys.length / wordsPerKey;
  const bits = Math.min(mostBucketBits, 32 - Math.clz32(count | 1)); // one at least: a shift by 32 is none
  const buckets = 1 << bits;
  const bucketOf = (at: number): number => cell(keys, at * wordsPerKey) >>> (32 - bits);
  const starts = new Uint32Array(buckets + 1);
  for (let at = 0; at < count; at++) increase(starts, bucketOf(at) + 1);
  for (let bucket = 0; bucket < buckets; bucket++) starts[bucket + 1] = cell(starts, bucket) + cell(starts, bucket + 1);
  const order = new Uint32Array(count);
  const next = starts.slice();
  for (let at = 0; at < count; at++) order[increase(next, bucketOf(at))] = at;
  const sorted = new Uint32Array(keys.length);
  let length = 0;
  for (let bucket = 0; bucket < buckets; bucket++) {
    const within = order.subarray(cell(starts, bucket), cell(starts, bucket + 1));
    for (const at of within.sort((left, right) => compareKeys(keys, left, keys, right))) {
      if (length > 0 && compareKeys(sorted, length - 1, keys, at) === 0) continue;
      sorted.set(keys.subarray(at * wordsPerKey, (at + 1) * wordsPerKey), length * wordsPerKey);
      length++;
    }
  }
  return sorted.subarray(0, length * wordsPerKey);
}

/** Whether the key at `at` of `among` is one of `sorted`. */
export function hasKey(sorted: Uint32Array, among: Uint32Array, at: number): boolean {
  let low = 0;
  let high = sorted.length / wordsPerKey;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const order = compareKeys(sorted, middle, among, at);
    if (order === 0) return true;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return false;
}

export function areAscending(keys: Uint32Array): boolean {
  for (let at = 1; at < keys.length / wordsPerKey; at++) if (compareKeys(keys, at - 1, keys, at) >= 0) return false;
  return true;
}

function compareKeys(left: Uint32Array, leftAt: number, right: Uint32Array, rightAt: number): number {
  for (let word = 0; word < wordsPerKey; word++) {
    const order = cell(left, leftAt * wordsPerKey + word) - cell(right, rightAt * wordsPerKey + word);
    if (order !== 0) return order;
  }
  return 0;
}

/** The number before. */
function increase(numbers: Uint32Array, at: number): number {
  const before = cell(numbers, at);
  numbers[at] = before + 1;
  return before;
}
