import { describe, expect, it } from 'vitest';
import type { Coverage, WordHead } from '../records/pullFiles.ts';
import type { PullWord } from '../records/pulls.ts';
import { cover, type Heard, recordedBy, records, silentMs } from './coverage.ts';

const minute = 60_000;
const day = 24 * 60 * minute;
const now = 1_000 * minute;
const head: WordHead = { instance: 'one', serves: true, afterMs: 0, ended: false, lost: false };

const word = (k: number, at: number, says: Partial<WordHead> = {}, recorder = 'a'): PullWord => ({
  ...{ recorder, k, at },
  file: { head: { ...head, ...says }, table: Buffer.alloc(0) },
});
const journal = (kernel: string): Heard['journals'] => new Map([['a', { at: now, content: { kernel, ids: [] } }]]);
const damaged = (k: number, at: number): PullWord => ({ recorder: 'a', k, at, file: undefined });

/** One recorder, whose word 4 was the last, a minute ago. */
const standing: Coverage = {
  ...{ since: 5, through: now - minute, isPartial: false, shards: {} },
  recorders: [
    { recorder: 'a', instance: 'one', serves: true, next: 5, at: now - minute, heardUntil: now - minute, ended: false },
  ],
};
const coverOf = (before: Coverage | undefined, heard: Partial<Heard>): Coverage =>
  cover(before, { words: [], journals: new Map(), kernel: 'this', instances: ['one'], now, ...heard });
const sinceAfter = (heard: Partial<Heard>, before = standing): number => coverOf(before, heard).since;

describe('what is covered', () => {
  it('goes on while every recorder says its words, and ends with its last', () => {
    expect(sinceAfter({})).toBe(5);
    const next = coverOf(standing, { words: [word(5, now, { afterMs: 59_000 })] });
    expect(next).toMatchObject({ since: 5, through: now, recorders: [{ next: 6, at: now, heardUntil: now - 1000 }] });
    const ended = coverOf(next, { words: [word(6, now, { ended: true })], instances: [] });
    expect(ended).toMatchObject({ since: 5, recorders: [{ ended: true }] });
    expect(coverOf(ended, { instances: [], now: now + 2 * silentMs }).since).toBe(5); // whoever comes next finds that nobody recorded meanwhile
  });

  it('begins where the first word is met', () => {
    expect(coverOf(undefined, { words: [word(0, now - 1)] }).since).toBe(now);
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
      name: 'a recorder fell silent, whose journal another kernel wrote, for longer than anybody waits who could read it',
      heard: {
        ...{ journals: journal('other'), now: now + 12 * silentMs },
        words: [
          word(0, now + silentMs - 1, { instance: 'two' }, 'b'),
          word(1, now + 12 * silentMs, { instance: 'two' }, 'b'),
        ],
      },
      since: now + 12 * silentMs,
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
    const partial = coverOf(standing, { instances: ['old'] });
    expect(partial.isPartial).toBe(true);
    const after = coverOf(partial, { words: [word(5, now + minute)], now: now + minute });
    expect(after).toMatchObject({ isPartial: false, since: now + minute });
    expect(coverOf(after, { now: now + 2 * minute }).since).toBe(now + minute);
  });

  it('begins anew where the clock of the storage was set back', () => {
    const ahead = { ...standing, since: 5, through: now + 60 * minute };
    expect(coverOf(ahead, {})).toMatchObject({ since: now, through: now });
  });

  /** What another recorder said meanwhile. */
  const others = [0, 1].map((k) => word(k, now + k * silentMs, { instance: 'two' }, 'b'));

  it('goes on after a recorder that was killed, under the kernel that has its journal, while its life stands and after', () => {
    const silent = now + silentMs;
    const heard = { words: others, journals: journal('this'), instances: ['one', 'two'], now: silent };
    const after = coverOf(standing, heard);
    expect(after).toMatchObject({ since: 5, isPartial: false });
    expect(after.recorders).toMatchObject([{ recorder: 'a', ended: true, killed: true }, { recorder: 'b' }]);
    const muchLater = { instances: ['one', 'two'], now: silent + 2 * day };
    const words = [word(2, muchLater.now, { instance: 'two' }, 'b')];
    const still = coverOf({ ...after, through: muchLater.now }, { words, ...muchLater });
    expect(still).toMatchObject({ since: 5, isPartial: false });
    expect(recordedBy(still)).toEqual(new Set(['one', 'two'])); // until its life is fenced
    expect(recordedBy(coverOf(still, { ...muchLater, instances: ['two'] }))).toEqual(new Set(['two']));
  });

  it('takes up again what was thought to have been killed', () => {
    const silent = now + silentMs;
    const after = coverOf(standing, { words: others, journals: journal('this'), now: silent });
    const words = [word(5, silent + 1)];
    const [back] = coverOf(after, { words, instances: ['one', 'two'], now: silent + 1 }).recorders;
    expect(back).toEqual({ ...back, recorder: 'a', next: 6, ended: false });
    expect(back).not.toHaveProperty('killed');
  });

  it('R1: waits, without evidence, for somebody under the kernel that has a journal', () => {
    const silent = now + silentMs;
    const after = coverOf(standing, { words: others, journals: journal('other'), now: silent });
    expect(after.since).toBe(5);
    expect(after.recorders.filter(records).map(({ recorder }) => recorder)).toEqual(['a', 'b']);
  });

  it('does not depend on a command that was killed, nor does that vouch for anybody', () => {
    const says = { instance: 'command', serves: false };
    const begun = coverOf(standing, { words: [word(0, now, says, 'c')], instances: ['one', 'command'] });
    expect(begun).toMatchObject({ since: 5, through: now - minute });
    const words = [word(5, now + day + 1)];
    const later = coverOf({ ...begun, through: now + day }, { words, instances: [], now: now + day + 1 });
    expect(later.recorders.map(({ recorder }) => recorder)).toEqual(['a']);
  });
});
