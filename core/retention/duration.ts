const unitMs = { w: 604_800_000, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 } as const;

const grammar = /^(?:[0-9]+[wdhms])+$/;
const part = /([0-9]+)([wdhms])/g;
const longestText = 64;
const longestDays = 36_500;

/**
 * An age as resources write it, `90d` or `1w12h`, in ms. `undefined` for anything else, and for more than a hundred years: that is a slip of the
 * hand, and could not be told from the present on every clock.
 */
export function parseDuration(text: string): number | undefined {
  if (text.length > longestText || !grammar.test(text)) return undefined;
  let totalMs = 0;
  for (const [, count, unit] of text.matchAll(part)) totalMs += Number(count) * unitMs[unit as keyof typeof unitMs];
  return totalMs <= longestDays * unitMs.d ? totalMs : undefined;
}
