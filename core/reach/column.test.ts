import { describe, expect, it } from 'vitest';
import { cell, Flags, Grouping, integers, wideNumbers } from './column.ts';
import { known } from './known.ts';

describe('columns', () => {
  it('keep what was pushed, in order, past their first capacity', () => {
    const column = wideNumbers();
    const values = Array.from({ length: 1_000 }, (_, at) => at * 1e12);
    for (const value of values) column.push(value);
    expect([...column.numbers()]).toEqual(values);
    expect(column.at(999)).toBe(999e12);
  });

  it('refuse to read what was never written', () => {
    const column = integers();
    column.push(1);
    expect(() => column.at(1)).toThrow('no cell 1 in a column of 1');
    expect(() => cell(column.numbers(), 1)).toThrow('no cell 1 in a column of 1');
    expect(() => known(new Map([[1, 2]]), 3)).toThrow('nothing is known of 3');
  });

  it('as flags, say what is new', () => {
    const flags = new Flags(3);
    expect([flags.add(1), flags.add(1)]).toEqual([true, false]);
    expect([0, 1, 2].map((row) => flags.has(row))).toEqual([false, true, false]);
  });

  it('group rows by key, in their own order', () => {
    const grouping = new Grouping(Uint32Array.of(2, 0, 2, 2), 4);
    expect([0, 1, 2, 3].map((key) => [...grouping.of(key)])).toEqual([[1], [], [0, 2, 3], []]);
  });
});
