import { describe, expect, it } from 'vitest';
import { askedRange } from './blobRange.ts';

const whole = { is: 'whole' };
const unsatisfiable = { is: 'unsatisfiable' };
const part = (start: number, end: number) => ({ is: 'part', range: { start, end } });

describe('the range of ten bytes', () => {
  it.each([
    { header: undefined, asked: whole },
    { header: 'bytes=0-0', asked: part(0, 0) },
    { header: 'bytes=2-', asked: part(2, 9) },
    { header: 'bytes=2-100', asked: part(2, 9) },
    { header: 'bytes=-3', asked: part(7, 9) },
    { header: 'bytes=-100', asked: part(0, 9) },
    { header: 'bytes=-0', asked: unsatisfiable },
    { header: 'bytes=10-', asked: unsatisfiable },
    { header: 'bytes=5-4', asked: unsatisfiable },
    { header: 'bytes=0-1,3-4', asked: whole },
    { header: 'bytes=-', asked: whole },
    { header: 'lines=0-1', asked: whole },
    { header: `bytes=${'9'.repeat(400)}-`, asked: unsatisfiable },
  ])('$header', ({ header, asked }) => {
    expect(askedRange(header, 10)).toEqual(asked);
  });

  it('is never satisfiable of no bytes', () => {
    expect(askedRange('bytes=0-', 0)).toEqual(unsatisfiable);
    expect(askedRange('bytes=-1', 0)).toEqual(unsatisfiable);
  });
});
