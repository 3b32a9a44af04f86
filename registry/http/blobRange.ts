import type { ByteRange } from '../storage/driver.ts';

const grammar = /^bytes=(\d*)-(\d*)$/;

/** `whole`: no range that we serve; a client that asks for several gets everything (RFC 9110, section 14.2). */
export type AskedRange =
  { readonly is: 'whole' } | { readonly is: 'part'; readonly range: ByteRange } | { readonly is: 'unsatisfiable' };

export function askedRange(header: string | undefined, sizeBytes: number): AskedRange {
  const [, first, last] = grammar.exec(header?.trim() ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return { is: 'whole' };
  const start = first === '' ? Math.max(0, sizeBytes - Number(last)) : Number(first);
  const end = first === '' || last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1);
  return start > end ? { is: 'unsatisfiable' } : { is: 'part', range: { start, end } };
}
