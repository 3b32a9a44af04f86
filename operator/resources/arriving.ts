import type { Metadata } from './home.ts';

/** For how long what an object refers to may still be on its way, ms. */
const arrivalMs = 10_000;

/**
 * How long what a new object refers to is still waited for, ms; nothing for one that is no longer new. Objects that are applied together reach an operator in any
 * order, and whoever waits for them (Flux, Argo CD, `helm --wait`) gives up at the first that is `Stalled`. `now`: ms since 1970.
 */
export function arrivalLeft(
  { creationTimestamp }: Pick<Metadata, 'creationTimestamp'>,
  now: number,
): number | undefined {
  const left = Date.parse(creationTimestamp) + arrivalMs - now;
  // The clock of whoever made it may be ahead.
  return left > 0 ? Math.min(left, arrivalMs) : undefined;
}
