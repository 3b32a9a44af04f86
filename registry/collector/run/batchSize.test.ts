import { describe, expect, it } from 'vitest';
import { randomOf } from '../../../core/window/testing/explorer/random.ts';
import { BatchSize } from './batchSize.ts';

const targetMs = 25;

interface Disk {
  /** A window whatever it takes, ms. */
  readonly windowMs: number;
  /** Each of its candidates, ms. */
  readonly eachMs: number;
}

/** The sizes of one window after the other, each full, on a disk that may be another for each. */
const sizesOn = (windows: number, diskAt: (window: number) => Disk, size = new BatchSize(4096, targetMs)): number[] => {
  const sizes = [];
  for (let window = 0; window < windows; window += 1) {
    const candidates = size.current;
    sizes.push(candidates);
    const { windowMs, eachMs } = diskAt(window);
    size.took({ candidates, heldMs: windowMs + eachMs * candidates });
  }
  return sizes;
};

const last = (sizes: readonly number[]): number => sizes.at(-1) ?? 0;

describe('the size of a batch', () => {
  it('is what fits into the time for which a push does not notice a window', () => {
    const sizes = sizesOn(100, () => ({ windowMs: 9, eachMs: 0.1 }));
    expect(sizes.slice(0, 3)).toEqual([16, 32, 64]);
    expect(last(sizes)).toBe(160);
    expect(Math.max(...sizes)).toBe(160);
  });

  it('lets windows take twice as long as the shortest that there can be, where that is longer', () => {
    const sizes = sizesOn(30, () => ({ windowMs: 40, eachMs: 0.5 }));
    expect(sizes.slice(0, 5)).toEqual([16, 1, 2, 4, 8]);
    expect(last(sizes)).toBe(82);
  });

  it('falls to one where each candidate takes more than a push may notice', () => {
    const sizes = sizesOn(20, () => ({ windowMs: 9, eachMs: 400 }));
    expect(sizes.slice(0, 2)).toEqual([16, 1]);
    expect(Math.max(...sizes.slice(1))).toBeLessThanOrEqual(2);
  });

  it('follows when candidates begin to take ten times as long, and when they no longer do', () => {
    const slow = { windowMs: 9, eachMs: 1 };
    const fast = { windowMs: 9, eachMs: 0.1 };
    const sizes = sizesOn(60, (window) => (window >= 20 && window < 40 ? slow : fast));
    expect(sizes[20]).toBe(160);
    expect(Math.max(...sizes.slice(21, 40))).toBeLessThanOrEqual(16);
    expect(sizes[39]).toBe(16);
    expect(last(sizes)).toBe(160);
  });

  it('asks again what a window takes at least, when a disk has become faster', () => {
    const sizes = sizesOn(120, (window) => ({ windowMs: window < 20 ? 300 : 9, eachMs: 1 }));
    expect(sizes[19]).toBeGreaterThan(100);
    expect(sizes.slice(20, 70)).toContain(1);
    expect(last(sizes)).toBe(16);
  });

  it('is let grow by no window that was long by chance', () => {
    const sizes = sizesOn(30, (window) => ({ windowMs: window < 2 ? 2000 : 9, eachMs: 1 }));
    expect(sizes.slice(0, 2)).toEqual([16, 1]);
    expect(Math.max(...sizes)).toBe(16);
  });

  it('falls to no less than a quarter when a window was long by chance', () => {
    const sizes = sizesOn(30, (window) => ({ windowMs: window === 25 ? 5000 : 40, eachMs: 0.5 }));
    expect(sizes.slice(25, 27)).toEqual([82, 20]);
  });

  it('stays about what it should be on a disk that is never the same', () => {
    const random = randomOf(7);
    const noisy = (ms: number): number => (ms * (50 + random.below(100))) / 100;
    const sizes = sizesOn(400, () => ({ windowMs: noisy(40), eachMs: noisy(0.5) }));
    const median = sizes.toSorted((a, b) => a - b)[200] ?? 0;
    expect(median).toBeGreaterThanOrEqual(20);
    expect(median).toBeLessThanOrEqual(100);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(200);
  });

  it('is left alone by windows that took fewer, unless they took too long', () => {
    const size = new BatchSize(4096, targetMs);
    for (let window = 0; window < 100; window += 1) size.took({ candidates: 1, heldMs: 40 });
    expect(size.current).toBe(16);
    size.took({ candidates: 10, heldMs: 160 });
    expect(size.current).toBe(5);
  });

  it('is at most what it is allowed to be', () => {
    expect(new BatchSize(3, targetMs).current).toBe(3);
    const free = () => ({ windowMs: 0, eachMs: 0 });
    expect(last(sizesOn(10, free, new BatchSize(20, targetMs)))).toBe(20);
  });
});
