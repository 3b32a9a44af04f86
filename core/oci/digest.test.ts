import { describe, expect, it } from 'vitest';
import { algorithmOf, digestOf, hexOf, parseDigest } from './digest.ts';

const sha256 = `sha256:${'0a'.repeat(32)}`;
const sha512 = `sha512:${'9f'.repeat(64)}`;

describe('digest', () => {
  it.each([sha256, sha512])('takes %s as it stands', (text) => {
    expect(parseDigest(text)).toBe(text);
  });

  it.each([
    { name: 'an upper-case hash', text: `sha256:${'0A'.repeat(32)}` },
    { name: 'a short hash', text: `sha256:${'0a'.repeat(31)}` },
    { name: 'a hash of another length', text: `sha512:${'0a'.repeat(32)}` },
    { name: 'an unregistered algorithm', text: `md5:${'0a'.repeat(16)}` },
    { name: 'a path', text: `sha256:../${'0a'.repeat(30)}` },
    { name: 'a trailing line break', text: `${sha256}\n` },
    { name: 'nothing', text: '' },
  ])('refuses $name', ({ text }) => {
    expect(parseDigest(text)).toBeUndefined();
  });

  it('tells algorithm and hash apart', () => {
    for (const text of [sha256, sha512]) {
      const digest = parseDigest(text);
      if (digest === undefined) throw new Error(`not a digest: ${text}`);
      expect(digestOf(algorithmOf(digest), hexOf(digest))).toBe(text);
    }
  });
});
