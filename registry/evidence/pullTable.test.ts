import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { repositoryNamed } from '../collector/testing/imageTree.ts';
import { pullIdOf, shardOf } from './pulled.ts';
import { joinPulls, numberOf, packPulls, pullsIn, sortPulls } from './pullTable.ts';

const id = (n: number): Buffer => pullIdOf(repositoryNamed('team/app'), `:v${n}` as Parameters<typeof pullIdOf>[1]);
const anyPulls = fc.uniqueArray(fc.tuple(fc.nat(40), fc.nat(9)), { selector: ([n]) => n, maxLength: 30 });
const packed = (pulls: readonly (readonly [number, number])[]): Buffer =>
  packPulls(sortPulls(pulls.map(([n, number]) => ({ id: id(n), number }))));

describe('a table of pulls', () => {
  it('joined with another holds of each the later, without what is too old', () => {
    fc.assert(
      fc.property(anyPulls, anyPulls, fc.nat(4), (left, right, least) => {
        const joined = joinPulls(packed(left), packed(right), least);
        const expected = new Map<number, number>(left);
        for (const [n, number] of right) expected.set(n, Math.max(number, expected.get(n) ?? 0));
        const rest = [...expected].filter(([, number]) => number >= least);
        expect(joined.length % 20).toBe(0);
        expect([...pullsIn(joined)]).toHaveLength(rest.length);
        for (let n = 0; n <= 40; n += 1) expect(numberOf(joined, id(n))).toBe(new Map(rest).get(n));
      }),
    );
  });

  it('keeps one repository in one shard, and tells its names apart', () => {
    const other = repositoryNamed('team/other');
    const [first, second] = [id(1), pullIdOf(other, ':v1' as Parameters<typeof pullIdOf>[1])];
    expect(first.toString('hex', 0, 1)).toBe(shardOf(repositoryNamed('team/app')));
    expect(second.toString('hex', 0, 1)).toBe(shardOf(other));
    expect(first.equals(second)).toBe(false);
  });
});
