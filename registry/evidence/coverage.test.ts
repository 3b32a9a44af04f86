import { describe, expect, it } from 'vitest';
import type { Coverage, WordHead } from '../records/pullFiles.ts';
import type { PullWord } from '../records/pulls.ts';
import { cover, type Heard, silentMs } from './coverage.ts';

const minute = 60_000;
const now = 1_000 * minute;
const head: WordHead = { instance: 'one', serves: true, afterMs: 0, ended: false, lost: false };

const word = (k: number, at: number, says: Partial<WordHead> = {}, recorder = 'a'): PullWord => ({
  ...{ recorder, k, at },
  file: { head: { ...head, ...says }, table: Buffer.alloc(0) },
});
const damaged = (k: number, at: number): PullWord => ({ recorder: 'a', k, at, file: undefined });

/** One recorder, whose word 4 was the last, a minute ago. */
const standing: Coverage = {
  ...{ since: 5, through: now - minute, isPartial: false, shards: {} },
  recorders: [
    { recorder: 'a', instance: 'one', serves: true, next: 5, at: now - minute, heardUntil: now - minute, ended: false },
  ],
};
const sinceAfter = (heard: Partial<Heard>, before = standing): number =>
  cover(before, { words: [], instances: ['one'], now, ...heard }).since;

describe('what is covered', () => {
  it('goes on while every recorder says its words, and ends with its last', () => {
    expect(sinceAfter({})).toBe(5);
    const next = cover(standing, { words: [word(5, now, { afterMs: 59_000 })], instances: ['one'], now });
    expect(next).toMatchObject({ since: 5, through: now, recorders: [{ next: 6, at: now, heardUntil: now - 1000 }] });
    const ended = cover(next, { words: [word(6, now, { ended: true })], instances: [], now });
    expect(ended).toMatchObject({ since: 5, recorders: [{ ended: true }] });
    const muchLater = { words: [], instances: [], now: now + 2 * silentMs };
    expect(cover(ended, muchLater).since).toBe(5); // whoever comes next finds that nobody recorded meanwhile
  });

  it('begins where the first word is met', () => {
    expect(cover(undefined, { words: [word(0, now - 1)], instances: ['one'], now }).since).toBe(now);
  });

  const gaps: { name: string; heard: Partial<Heard>; since: number }[] = [
    { name: 'a word is missing', heard: { words: [word(6, now)] }, since: now },
    { name: 'a word is not understood', heard: { words: [damaged(5, now), word(6, now)] }, since: now },
    { name: 'the first word of a recorder is missing', heard: { words: [word(3, now - 1, {}, 'b')] }, since: now },
    { name: 'a recorder has lost what it heard', heard: { words: [word(5, now - 9, { lost: true })] }, since: now - 9 },
    { name: 'a life does not record', heard: { instances: ['one', 'old'] }, since: now },
    {
      name: 'a recorder fell silent',
      heard: { now: now + silentMs, words: [word(0, now + silentMs, { instance: 'two' }, 'b')] },
      since: now + silentMs,
    },
    {
      name: 'nobody recorded for a while, though nobody was missing',
      heard: { now: now + 2 * silentMs, words: [word(5, now, { ended: true }), word(0, now + silentMs + 1, {}, 'b')] },
      since: now + silentMs + 1,
    },
  ];
  it.each(gaps)('begins anew where $name', ({ heard, since }) => {
    expect(sinceAfter(heard)).toBe(since);
  });

  it('begins anew once more after a life that did not record was gone', () => {
    const partial = cover(standing, { words: [], instances: ['old'], now });
    expect(partial.isPartial).toBe(true);
    const words = [word(5, now + minute)];
    const after = cover(partial, { words, instances: ['one'], now: now + minute });
    expect(after).toMatchObject({ isPartial: false, since: now + minute });
    expect(cover(after, { words: [], instances: ['one'], now: now + 2 * minute }).since).toBe(now + minute);
  });

  it('begins anew where the clock of the storage was set back', () => {
    const ahead = { ...standing, since: 5, through: now + 60 * minute };
    expect(cover(ahead, { words: [], instances: ['one'], now })).toMatchObject({ since: now, through: now });
  });

  it('does not depend on a command that was killed, nor does that vouch for anybody', () => {
    const says = { instance: 'command', serves: false };
    const begun = cover(standing, { words: [word(0, now, says, 'c')], instances: ['one', 'command'], now });
    expect(begun).toMatchObject({ since: 5, through: now - minute });
    const day = 24 * 60 * minute;
    const later = cover(
      { ...begun, through: now + day },
      { words: [word(5, now + day + 1)], instances: [], now: now + day + 1 },
    );
    expect(later.recorders.map(({ recorder }) => recorder)).toEqual(['a']);
  });
});
