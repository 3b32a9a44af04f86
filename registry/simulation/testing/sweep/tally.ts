import type { Outcome } from '../schedule/schedule.ts';

export interface Range {
  readonly from: number;
  readonly count: number;
}

/** What came of many schedules; goes between threads and into files. */
export interface Figures {
  readonly schedules: number;
  readonly steps: number;
  readonly simulatedMs: number;
  /** How often what happened. */
  readonly counts: Readonly<Record<string, number>>;
  /** In how many schedules it did. */
  readonly schedulesWith: Readonly<Record<string, number>>;
  readonly failures: readonly { readonly seed: number; readonly violations: readonly string[] }[];
}

const none: Figures = { schedules: 0, steps: 0, simulatedMs: 0, counts: {}, schedulesWith: {}, failures: [] };

export class Tally {
  #figures: Figures;

  constructor(figures = none) {
    this.#figures = figures;
  }

  get figures(): Figures {
    return this.#figures;
  }

  add({ seed, steps, simulatedMs, counts, violations }: Outcome): void {
    this.join({
      ...{ schedules: 1, steps, simulatedMs, counts: Object.fromEntries(counts) },
      schedulesWith: Object.fromEntries(Array.from(counts.keys(), (what) => [what, 1])),
      failures: violations.length === 0 ? [] : [{ seed, violations }],
    });
  }

  join(more: Figures): this {
    const { schedules, steps, simulatedMs, counts, schedulesWith, failures } = this.#figures;
    this.#figures = {
      schedules: schedules + more.schedules,
      steps: steps + more.steps,
      simulatedMs: simulatedMs + more.simulatedMs,
      counts: sums(counts, more.counts),
      schedulesWith: sums(schedulesWith, more.schedulesWith),
      failures: [...failures, ...more.failures],
    };
    return this;
  }

  /** As people read it. */
  describe(seconds: number): string {
    const { schedules, steps, simulatedMs, counts, schedulesWith, failures } = this.#figures;
    const lines = Object.entries(counts)
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
      .map(([what, count]) => `  ${what}: ${count}, in ${share(schedulesWith[what] ?? 0, schedules)} of the schedules`);
    const hours = (simulatedMs / 3_600_000).toFixed(1);
    const rate = (schedules / seconds).toFixed(1);
    return [
      ...lines,
      `${schedules} schedules, ${steps} steps, ${hours} simulated hours, ${rate} schedules a second, ${failures.length} failed`,
      ...failures.map(({ seed, violations }) => replayOf(seed, violations)),
    ].join('\n');
  }
}

/** What went wrong, and how to see it again. */
export function replayOf(seed: number, violations: readonly string[], ablation?: string): string {
  const without = ablation === undefined ? '' : ` --without '${ablation}'`;
  return `seed ${seed}: ${violations.join('; ')}\n  node hack/simulate/main.ts --seed ${seed}${without}`;
}

function sums(some: Readonly<Record<string, number>>, more: Readonly<Record<string, number>>): Record<string, number> {
  const all: Record<string, number> = { ...some };
  for (const [what, count] of Object.entries(more)) all[what] = (all[what] ?? 0) + count;
  return all;
}

function share(part: number, whole: number): string {
  return `${((100 * part) / Math.max(1, whole)).toFixed(1)} %`;
}
