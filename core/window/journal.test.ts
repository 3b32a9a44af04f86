import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TokenLog } from './journal.ts';
import { token } from './testing/samples.ts';

const [a, b, c] = [token('a'), token('b'), token('c')];

describe('token log', () => {
  it('keeps the order of first additions, each token once', () => {
    const log = TokenLog.empty.with([b, a, b]).with([a, c]);
    expect([...log]).toEqual([b, a, c]);
    expect(log.size).toBe(3);
    expect(log.since(1)).toEqual([a, c]);
  });

  it('returns itself when nothing is new', () => {
    const log = TokenLog.empty.with([a]);
    expect(log.with([a])).toBe(log);
    expect(TokenLog.empty.with([])).toBe(TokenLog.empty);
  });

  it('never changes what an earlier view shows', () => {
    const first = TokenLog.empty.with([a]);
    const second = first.with([b]);
    expect([...first]).toEqual([a]);
    expect(first.has(b)).toBe(false);
    expect(second.has(b)).toBe(true);
    expect([...TokenLog.empty]).toEqual([]);
  });

  it('splits where a view that was overtaken is added to', () => {
    const first = TokenLog.empty.with([a]);
    const [left, right] = [first.with([b]), first.with([c])];
    expect([...left]).toEqual([a, b]);
    expect([...right]).toEqual([a, c]);
    expect(left.has(c)).toBe(false);
    expect(right.has(b)).toBe(false);
  });

  it('behaves as a list of distinct tokens does, however its views are mixed', () => {
    const letters = fc.array(fc.constantFrom(...Array.from('abcdef', token)), { maxLength: 4 });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(), letters), { maxLength: 30 }), (additions) => {
        const views: { log: TokenLog; model: string[] }[] = [{ log: TokenLog.empty, model: [] }];
        for (const [which, tokens] of additions) {
          const from = views[which % views.length] ?? { log: TokenLog.empty, model: [] };
          views.push({ log: from.log.with(tokens), model: [...new Set([...from.model, ...tokens])] });
        }
        for (const { log, model } of views) expect([...log]).toEqual(model);
      }),
    );
  });
});
