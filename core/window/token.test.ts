import { describe, expect, it } from 'vitest';
import { parseDigest } from '../oci/digest.ts';
import { parseRepositoryName, parseTag } from '../oci/reference.ts';
import { known } from './testing/samples.ts';
import { digestToken, parseTokenHash, tagToken } from './token.ts';

describe('token', () => {
  it('is a digest as it stands, or repository:tag', () => {
    const digest = `sha256:${'0a'.repeat(32)}`;
    expect(digestToken(known(parseDigest(digest)))).toBe(digest);
    expect(tagToken(known(parseRepositoryName('team/app')), known(parseTag('v1')))).toBe('team/app:v1');
  });

  it('is told from every other in one repository', () => {
    const repository = known(parseRepositoryName('app'));
    expect(tagToken(repository, known(parseTag('v1')))).not.toBe(tagToken(repository, known(parseTag('v2'))));
  });

  it.each(['0123456789abcdef0123456789abcdef'])('has a hash like %s', (text) => {
    expect(parseTokenHash(text)).toBe(text);
  });

  it.each(['', 'a'.repeat(31), 'a'.repeat(33), 'A'.repeat(32), `${'a'.repeat(31)}g`, `${'a'.repeat(32)}\n`])(
    'has no hash like %j',
    (text) => {
      expect(parseTokenHash(text)).toBeUndefined();
    },
  );
});
