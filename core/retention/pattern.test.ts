import { describe, expect, it } from 'vitest';
import { type Pattern, compileRange, compileRegex, versionOf } from './pattern.ts';

function matched(pattern: Pattern, tags: readonly string[]): readonly string[] {
  if (!pattern.ok) throw new Error(pattern.why);
  return tags.filter(pattern.matches);
}

describe('a regular expression', () => {
  it('must match the whole tag, whichever alternative comes first', () => {
    expect(matched(compileRegex('a|ab'), ['a', 'ab', 'abc', 'xab'])).toEqual(['a', 'ab']);
    expect(matched(compileRegex('v[0-9]+'), ['v1', 'v12', 'v1-rc', 'xv1'])).toEqual(['v1', 'v12']);
  });

  it.each([
    { name: 'open', regex: '(a', why: 'is not RE2 syntax: missing closing ): `(a`' },
    { name: 'of Perl', regex: '(?=a)b', why: 'is not RE2 syntax: invalid or unsupported Perl syntax: `(?=`' },
    { name: 'with a reference back', regex: '(a)\\1', why: 'is not RE2 syntax: invalid escape sequence: `\\1`' },
    { name: 'too long', regex: 'a'.repeat(1025), why: 'has more than 1024 characters' },
    { name: 'too large once it is compiled', regex: '(a{0,30}){0,30}', why: 'compiles to too large a program' },
  ])('is refused with the reason when it is $name', ({ regex, why }) => {
    expect(compileRegex(regex)).toEqual({ ok: false, why });
  });

  it('takes no longer for a hostile one', () => {
    const started = performance.now();
    expect(matched(compileRegex('(a|aa|a*)*b'), ['a'.repeat(128)])).toEqual([]);
    expect(performance.now() - started).toBeLessThan(1000);
  });
});

describe('a range of semantic versions', () => {
  const tags = ['1.0.0', 'v1.2.3', '0.9.0', '2.0.0-rc.1', 'latest', '1.2', '01.2.3', 'v1.2.3_build'];

  it.each([
    { range: '>=1.0.0', expected: ['1.0.0', 'v1.2.3'] },
    { range: '*', expected: ['1.0.0', 'v1.2.3', '0.9.0'] },
    { range: '>=2.0.0-0', expected: ['2.0.0-rc.1'] },
    { range: '^0.9 || 1.2.x', expected: ['v1.2.3', '0.9.0'] },
  ])('$range selects versions that satisfy it, and never what is no version', ({ range, expected }) => {
    expect(matched(compileRange(range), tags)).toEqual(expected);
  });

  it.each([
    { range: ' ', why: 'is empty' },
    { range: 'newest', why: 'is not a range of semantic versions' },
    { range: `>=${'1'.repeat(300)}`, why: 'has more than 256 characters' },
  ])('is not $range', ({ range, why }) => {
    expect(compileRange(range)).toEqual({ ok: false, why });
  });

  it('knows the version that a tag is', () => {
    expect(tags.map((tag) => versionOf(tag)?.version)).toEqual([
      '1.0.0',
      '1.2.3',
      '0.9.0',
      '2.0.0-rc.1',
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});
