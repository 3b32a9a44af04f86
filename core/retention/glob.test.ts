import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRepositoryGlob, isTagGlob, matchesRepository, matchesTag } from './glob.ts';

describe('a glob over tags', () => {
  it.each([
    { glob: 'pr-*', yes: ['pr-', 'pr-1', 'pr-1-x'], no: ['pr', 'xpr-1', ''] },
    { glob: '*', yes: ['a', 'v1.0'], no: [] },
    { glob: 'v?.?', yes: ['v1.0'], no: ['v1.', 'v10.0', 'v1x0', 'v'] },
    { glob: '*-rc*', yes: ['1-rc', '1-rc1', '-rc'], no: ['1-r', 'rc'] },
    { glob: '**a', yes: ['a', 'xa'], no: ['ab'] },
    { glob: 'a.c', yes: ['a.c'], no: ['abc', 'A.c'] },
  ])('$glob stands for the whole tag', ({ glob, yes, no }) => {
    expect([...yes, ...no].filter((tag) => matchesTag(glob, tag))).toEqual(yes);
  });

  it('matches what its stars were put in for', () => {
    const piece = fc.stringMatching(/^[a-c.]{0,4}$/);
    fc.assert(
      fc.property(fc.array(fc.tuple(piece, piece), { minLength: 1, maxLength: 5 }), (pieces) => {
        const glob = pieces.map(([literal]) => `${literal}*`).join('');
        expect(matchesTag(glob, pieces.flat().join(''))).toBe(true);
        expect(matchesTag(glob, `${pieces.flat().join('')}!`)).toBe(true);
        expect(matchesTag(`${glob}x`, pieces.flat().join(''))).toBe(false);
      }),
    );
  });

  it('takes no longer for a hostile one', () => {
    const started = performance.now();
    expect(matchesTag('*a'.repeat(64), 'a'.repeat(127) + 'b')).toBe(false);
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it.each(['pr-*', 'v?.?', '*', 'A_b'])('may be %s', (glob) => {
    expect(isTagGlob(glob)).toBe(true);
  });

  it.each(['', 'a/b', '[ab]', '{a,b}', '!a', 'a b', 'a\n', '*'.repeat(129)])('is not %j', (glob) => {
    expect(isTagGlob(glob)).toBe(false);
  });
});

describe('a glob over repositories', () => {
  it.each([
    { glob: 'team-a/app', yes: ['team-a/app'], no: ['team-a/app/x', 'team-a'] },
    { glob: 'team-a/*', yes: ['team-a/app'], no: ['team-a', 'team-a/app/x'] },
    { glob: 'team-a/**', yes: ['team-a/app', 'team-a/app/x'], no: ['team-a', 'team-ab/x'] },
    { glob: '**', yes: ['a', 'a/b/c'], no: [] },
    { glob: '**/base', yes: ['base', 'a/base', 'a/b/base'], no: ['a/xbase', 'base/a'] },
    { glob: 'a/**/z', yes: ['a/z', 'a/b/z', 'a/b/c/z'], no: ['a', 'z', 'a/zz'] },
    { glob: '*-x/?', yes: ['a-x/b'], no: ['a-x/bc', 'a/-x/b'] },
  ])('$glob keeps to segments', ({ glob, yes, no }) => {
    expect([...yes, ...no].filter((name) => matchesRepository(glob, name))).toEqual(yes);
  });

  it.each(['a', '**', 'a/**', '**/a/*', 'team-?/*-tmp'])('may be %s', (glob) => {
    expect(isRepositoryGlob(glob)).toBe(true);
  });

  it.each(['', '/', 'a//b', 'a**', '**a/b', '***', 'A', '{a,b}', 'a'.repeat(256)])('is not %j', (glob) => {
    expect(isRepositoryGlob(glob)).toBe(false);
  });
});
