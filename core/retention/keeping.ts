import type { Evidence } from './contents.ts';
import { versionOf } from './pattern.ts';
import type { Keep } from './policy.ts';
import type { Because, Judged } from './verdict.ts';

/** A tag or an untagged manifest, with what is known of it. */
export interface Item extends Evidence {
  readonly what: Judged;
  /** The times of pushes among its likes are no evidence (`pushTimesAreReset`). */
  readonly isPushReset: boolean;
}

/** What keeps an item. */
export type Kept<I extends Item> = readonly [item: I, because: Because];

const noPushTime: Because = { because: 'noEvidence', of: 'pushedAt' };
const noPullTime: Because = { because: 'noEvidence', of: 'pulledAt' };
const resetPushTimes: Because = { because: 'evidenceReset' };
const noVersion: Because = { because: 'noEvidence', of: 'version' };

/**
 * What the clauses of one rule keep of what it selects in one repository. `selected` is in the order of names, which is what breaks ties. The same item
 * may be kept twice for the same reason.
 */
export function keptBy<I extends Item>(keep: Keep, selected: readonly I[], now: number): readonly Kept<I>[] {
  return [
    ...keptAsReset(keep, selected),
    ...keptAsLatest(keep, selected),
    ...keptByAge(keep.pushedWithinMs, selected, now, pushOf, 'pushedWithin', noPushTime),
    ...keptByAge(keep.pulledWithinMs, selected, now, pullOf, 'pulledWithin', noPullTime),
  ];
}

/** Where push times say nothing, a rule that asks for them keeps whatever it selects. */
function keptAsReset<I extends Item>(
  { latest, orderBy, pushedWithinMs }: Keep,
  selected: readonly I[],
): readonly Kept<I>[] {
  const asksForPushes = pushedWithinMs !== undefined || (latest !== undefined && orderBy === 'pushed');
  return asksForPushes
    ? selected.filter(({ isPushReset }) => isPushReset).map((item): Kept<I> => [item, resetPushTimes])
    : [];
}

function keptAsLatest<I extends Item>({ latest, orderBy }: Keep, selected: readonly I[]): readonly Kept<I>[] {
  if (latest === undefined) return [];
  return orderBy === 'semver'
    ? newest(
        latest,
        selected,
        ({ what }) => (what.kind === 'tag' ? versionOf(what.tag) : undefined),
        (left, right) => left.compare(right),
        noVersion,
      )
    : newest(
        latest,
        selected,
        ({ pushedAt }) => pushedAt,
        (left, right) => left - right,
        noPushTime,
      );
}

/** R1: what has no place in the order is kept, and takes no other's place. */
function newest<I extends Item, R>(
  count: number,
  selected: readonly I[],
  rankOf: (item: Item) => R | undefined,
  compare: (left: R, right: R) => number,
  noEvidence: Because,
): readonly Kept<I>[] {
  const ranked: { readonly item: I; readonly rank: R }[] = [];
  const kept: Kept<I>[] = [];
  for (const item of selected) {
    const rank = rankOf(item);
    if (rank === undefined) kept.push([item, noEvidence]);
    else ranked.push({ item, rank });
  }
  // A stable sort: what ranks equally stays in the order of names (R2).
  ranked.sort((left, right) => compare(right.rank, left.rank));
  return [...kept, ...ranked.slice(0, count).map(({ item }): Kept<I> => [item, { because: 'latest' }])];
}

/** What is known of when something happened last: `at`, and that nothing went unnoticed from `since` on. */
interface Last {
  readonly at: number | undefined;
  readonly since: number;
}

function pushOf({ pushedAt }: Item): Last | undefined {
  return pushedAt === undefined ? undefined : { at: pushedAt, since: -Infinity };
}

function pullOf({ pulledAt, pullsSince }: Item): Last | undefined {
  if (pulledAt === undefined && pullsSince === undefined) return undefined;
  return { at: pulledAt, since: pullsSince ?? -Infinity };
}

function keptByAge<I extends Item>(
  withinMs: number | undefined,
  selected: readonly I[],
  now: number,
  lastOf: (item: Item) => Last | undefined,
  because: 'pushedWithin' | 'pulledWithin',
  noEvidence: Because,
): readonly Kept<I>[] {
  if (withinMs === undefined) return [];
  const isWithin = (moment: number): boolean => now - moment <= withinMs;
  return selected.flatMap((item): readonly Kept<I>[] => {
    const last = lastOf(item);
    if (last?.at !== undefined && isWithin(last.at)) return [[item, { because }]];
    // What was not noticed may have happened up to the moment from which on all was (R1).
    return last === undefined || isWithin(last.since) ? [[item, noEvidence]] : [];
  });
}
