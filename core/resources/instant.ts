const grammar = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;

/** An RFC 3339 date and time with its offset from UTC, in ms since 1970; parts of a millisecond are dropped. `undefined` for anything else, the 30th of February too. */
export function parseInstant(text: string): number | undefined {
  if (!grammar.test(text)) return undefined;
  const withoutOffset = text.slice(0, 'yyyy-mm-ddThh:mm:ss'.length);
  const at = Date.parse(text);
  const unshifted = Date.parse(`${withoutOffset}Z`);
  if (Number.isNaN(at) || Number.isNaN(unshifted)) return undefined;
  // Days that a month does not have run over into the next.
  return new Date(unshifted).toISOString().startsWith(withoutOffset) ? at : undefined;
}
