import { counters, type Coverage, nothingCovered } from './coverage.ts';
import { explore } from './schedule.ts';
import { anyWorld } from './worlds.ts';

/** Schedules of consecutive seeds. */
export interface Chunk {
  readonly from: number;
  readonly count: number;
}

export interface Explorations {
  readonly schedules: number;
  readonly moves: number;
  /** How often each kind of event occurred. */
  readonly events: Coverage;
  /** In how many schedules it did. */
  readonly schedulesWith: Coverage;
}

export interface ChunkDone extends Chunk, Explorations {
  /** The first seed that went wrong; nothing after it was looked at. */
  readonly flawed?: number;
}

export const nothingExplored: Explorations = {
  schedules: 0,
  moves: 0,
  events: nothingCovered,
  schedulesWith: nothingCovered,
};

export function exploreChunk({ from, count }: Chunk): ChunkDone {
  let sum = nothingExplored;
  for (let seed = from; seed < from + count; seed += 1) {
    const { flaw, moves, covered } = explore(seed, anyWorld());
    const seen = eachOf(covered, (happened) => Math.min(1, happened));
    sum = add(sum, { schedules: 1, moves: moves.length, events: covered, schedulesWith: seen });
    if (flaw !== undefined) return { from, count, ...sum, flawed: seed };
  }
  return { from, count, ...sum };
}

export function add(left: Explorations, right: Explorations): Explorations {
  const sum = (one: Coverage, other: Coverage): Coverage => eachOf(one, (count, counter) => count + other[counter]);
  return {
    schedules: left.schedules + right.schedules,
    moves: left.moves + right.moves,
    events: sum(left.events, right.events),
    schedulesWith: sum(left.schedulesWith, right.schedulesWith),
  };
}

/** As they were written down. */
export function coverageOf(counts: Readonly<Record<string, number>>): Coverage {
  return eachOf(nothingCovered, (_, counter) => counts[counter] ?? 0);
}

function eachOf(coverage: Coverage, change: (count: number, counter: keyof Coverage) => number): Coverage {
  const changed: Record<keyof Coverage, number> = { ...coverage };
  for (const counter of counters) changed[counter] = change(coverage[counter], counter);
  return changed;
}
