import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Digest, parseDigest } from '../oci/digest.ts';
import { DigestTable } from './digestTable.ts';

function digest(text: string): Digest {
  const parsed = parseDigest(text);
  if (parsed === undefined) throw new Error(`a test names ${text}`);
  return parsed;
}

const hex = (length: number): fc.Arbitrary<string> =>
  fc
    .array(fc.nat(15), { minLength: length, maxLength: length })
    .map((all) => all.map((each) => each.toString(16)).join(''));
/** Few different beginnings, so that digests share slots, first words and first halves. */
const digests = fc
  .record({
    wide: fc.boolean(),
    head: fc.constantFrom('0'.repeat(62), 'f'.repeat(62)),
    two: hex(2),
    tail: fc.constantFrom('a', 'b'),
  })
  .map(({ wide, head, two, tail }) => digest(wide ? `sha512:${head}${two}${tail.repeat(64)}` : `sha256:${head}${two}`));

describe('digest table', () => {
  it('gives every digest one number and its text back', () => {
    fc.assert(
      fc.property(fc.array(digests, { maxLength: 400 }), fc.integer(), (all, seed) => {
        const table = new DigestTable(seed);
        const numbers = new Map(all.map((each) => [each, table.intern(each)]));
        expect(new Set(numbers.values()).size).toBe(numbers.size);
        expect(table.size).toBe(numbers.size);
        for (const [each, number] of numbers) {
          expect(table.digest(number)).toBe(each);
          expect(table.find(each)).toBe(number);
          expect(table.intern(each)).toBe(number);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('tells digests of sha256 and sha512 apart where they share a slot, as some of so many do', () => {
    const table = new DigestTable(1);
    const beginnings = Array.from({ length: 2000 }, (_, at) => at.toString(16).padStart(64, '0'));
    const all = beginnings.flatMap((each) => [digest(`sha256:${each}`), digest(`sha512:${each}${each}`)]);
    const numbers = all.map((each) => table.intern(each));
    expect(new Set(numbers).size).toBe(all.length);
    expect(all.map((each) => table.find(each))).toEqual(numbers);
  });

  it('keeps what it knows when room is made for more', () => {
    const table = new DigestTable(1);
    const all = Array.from({ length: 50 }, (_, at) => digest(`sha256:${at.toString(16).padStart(64, '0')}`));
    const numbers = all.map((each) => table.intern(each));
    table.reserve(10_000);
    table.reserve(1);
    expect(all.map((each) => [table.find(each), table.intern(each)])).toEqual(numbers.map((each) => [each, each]));
  });

  it('orders numbers as their texts are ordered', () => {
    fc.assert(
      fc.property(digests, digests, (left, right) => {
        const table = new DigestTable(1);
        const order = table.compare(table.intern(left), table.intern(right));
        expect(Math.sign(order)).toBe(left < right ? -1 : Number(left > right));
      }),
    );
  });

  it('tells digests of sha512 apart, and orders them, by what lies beyond their first half', () => {
    const table = new DigestTable(1);
    const [left, right] = ['1', '2'].map((last) => table.intern(digest(`sha512:${'a'.repeat(127)}${last}`)));
    expect(table.compare(left ?? 0, right ?? 0)).toBeLessThan(0);
    expect(table.compare(right ?? 0, right ?? 0)).toBe(0);
    const narrow = table.intern(digest(`sha256:${'a'.repeat(64)}`));
    expect(table.compare(narrow, narrow)).toBe(0);
    expect(table.compare(narrow, left ?? 0)).toBeLessThan(0);
    expect([narrow, left ?? 0].map((each) => table.digest(each).length)).toEqual([71, 135]);
  });

  it('knows nothing of what it never met, whatever it shares with what it did', () => {
    const table = new DigestTable(3);
    table.intern(digest(`sha512:${'a'.repeat(128)}`));
    expect(table.find(digest(`sha256:${'a'.repeat(64)}`))).toBeUndefined();
    expect(table.find(digest(`sha512:${'a'.repeat(127)}b`))).toBeUndefined();
  });

  it('grows past its first slots', () => {
    const table = new DigestTable(0);
    const nth = (n: number): Digest => digest(`sha256:${n.toString(16).padStart(64, '0')}`);
    for (let n = 0; n < 5_000; n++) expect(table.intern(nth(n))).toBe(n);
    for (let n = 0; n < 5_000; n++) expect(table.find(nth(n))).toBe(n);
  });
});
