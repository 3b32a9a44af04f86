import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mentionedDigests } from './mention.ts';

const hex = (length: number): fc.Arbitrary<string> =>
  fc
    .array(
      fc.integer({ min: 0, max: 15 }).map((digit) => digit.toString(16)),
      { minLength: length, maxLength: length },
    )
    .map((digits) => digits.join(''));
const digests = fc.oneof(
  hex(64).map((it) => `sha256:${it}`),
  hex(128).map((it) => `sha512:${it}`),
);
const one = `sha256:${'1a'.repeat(32)}`;

describe('digests mentioned in a document', () => {
  it('G1: are found wherever they stand, as values, keys and parts of text', () => {
    fc.assert(
      fc.property(fc.array(digests, { maxLength: 6 }), fc.jsonValue(), (mentioned, around) => {
        const document = mentioned.reduce<unknown>(
          (inner, digest, at) => [{ [digest]: inner }, { inner, of: [digest] }, [`see ${digest}, too`, inner]][at % 3],
          around,
        );
        const found = mentionedDigests(JSON.stringify(document));
        expect(found).toEqual(expect.arrayContaining([...mentioned]));
        expect(new Set(found).size).toBe(found.length);
      }),
    );
  });

  it('G1: are found when their characters are escaped', () => {
    const escaped = Array.from(one, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
    expect(mentionedDigests(`{"a":"${escaped.join('')}"}`)).toEqual([one]);
  });

  it('G1: are found under a key that is there twice', () => {
    expect(mentionedDigests(`{"a":"${one}","a":1}`)).toEqual([one]);
  });

  it.each([`sha256:${'1a'.repeat(31)}`, `sha256:${'1A'.repeat(32)}`, `md5:${'1a'.repeat(16)}`, '1a'.repeat(32)])(
    'are not %s',
    (text) => {
      expect(mentionedDigests(JSON.stringify({ text }))).toEqual([]);
    },
  );
});
