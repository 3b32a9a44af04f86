import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRepositoryName, parseTag } from './reference.ts';

describe('a repository name', () => {
  it.each(['a', 'team-a/app', 'a.b_c__d---e/f0', '0/1/2', 'a'.repeat(255)])('may be %s', (text) => {
    expect(parseRepositoryName(text)).toBe(text);
  });

  it.each([
    { name: 'nothing', text: '' },
    { name: 'upper case', text: 'Team/app' },
    { name: 'an empty segment', text: 'team//app' },
    { name: 'a slash at its end', text: 'team/' },
    { name: 'a segment that begins with a separator', text: 'team/_uploads' },
    { name: 'a segment that ends with one', text: 'team-/app' },
    { name: 'three underscores in a row', text: 'a___b' },
    { name: 'two dots in a row', text: 'a..b' },
    { name: 'a way up', text: '../a' },
    { name: 'a line break', text: 'a\n' },
    { name: '256 characters', text: 'a'.repeat(256) },
  ])('is not $name', ({ text }) => {
    expect(parseRepositoryName(text)).toBeUndefined();
  });

  it('is told from what is none in time that does not explode', () => {
    expect(parseRepositoryName(`${'a-_'.repeat(80)}!`)).toBeUndefined();
    expect(parseRepositoryName(`${'-'.repeat(254)}a`)).toBeUndefined();
  });
});

describe('a tag', () => {
  it.each(['latest', 'v1.2.3', '_', 'A-B_c.d', 't'.repeat(128)])('may be %s', (text) => {
    expect(parseTag(text)).toBe(text);
  });

  it.each(['', '.hidden', '-x', 'a/b', 'a b', 'a\n', 'sha256:00', 't'.repeat(129)])('is not %j', (text) => {
    expect(parseTag(text)).toBeUndefined();
  });

  it('never holds a character that could leave its folder', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 8 }), (text) => {
        const tag = parseTag(text);
        return tag === undefined || (tag === text && !/[/\\\0:]|^\.\.?$/.test(tag));
      }),
    );
  });
});
