import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { areAscending, hasKey, sortKeys, wordsPerKey, writeKey } from './keys.ts';

function hexOf(number: number): string {
  return createHash('sha256').update(String(number)).digest('hex').slice(0, 32);
}

function keysOf(hexes: readonly string[]): Uint32Array {
  const keys = new Uint32Array(hexes.length * wordsPerKey);
  for (const [at, hex] of hexes.entries()) writeKey(keys, at, hex);
  return keys;
}

/** Told in one word: what differs in a million words takes minutes to print. */
function areSame(left: Uint32Array, right: Uint32Array): boolean {
  return left.length === right.length && left.every((word, at) => word === right[at]);
}

describe('packed keys', () => {
  it.each([0, 1, 2, 3, 100, 70_000])('%d of them are sorted, each once', (count) => {
    const hexes = Array.from({ length: count }, (_, number) => hexOf(number));
    const sorted = sortKeys(keysOf([...hexes, ...hexes.slice(0, 50)]));

    expect(areAscending(sorted)).toBe(true);
    expect(areSame(sorted, keysOf(hexes.toSorted()))).toBe(true);
  });

  it('are sorted whatever their first bits are', () => {
    const hexes = ['00000000', '80000000', 'ffffffff', '7fffffff', '00000001'].map((start) => start.padEnd(32, '0'));

    expect(sortKeys(keysOf(hexes))).toEqual(keysOf(hexes.toSorted()));
  });

  it('are found among sorted ones, and others are not', () => {
    const sorted = sortKeys(keysOf(Array.from({ length: 1000 }, (_, number) => hexOf(number))));
    const asked = keysOf([hexOf(7), hexOf(1000)]);

    expect([hasKey(sorted, asked, 0), hasKey(sorted, asked, 1)]).toEqual([true, false]);
  });

  it('are sorted without doubles, and every one is found', () => {
    const word = fc.constantFrom(0, 1, 0x10000, 0xffffffff);
    fc.assert(
      fc.property(fc.array(fc.tuple(word, word, word, word)), (all) => {
        const keys = Uint32Array.from(all.flat());
        const sorted = sortKeys(keys);
        expect(sorted.length).toBe(new Set(all.map(String)).size * wordsPerKey);
        expect(areAscending(sorted)).toBe(true);
        for (const at of all.keys()) expect(hasKey(sorted, keys, at)).toBe(true);
        expect(hasKey(sorted, Uint32Array.of(5, 5, 5, 5), 0)).toBe(false);
      }),
      {
        examples: [
          [
            [
              [1, 1, 1, 1],
              [0, 1, 1, 1],
              [1, 1, 1, 1],
            ],
          ],
        ],
      },
    );
  });
});
