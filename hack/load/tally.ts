/** How often each thing was done, and what came of it. */
export class Tally {
  readonly notes = new Set<string>();
  readonly #counts = new Map<string, Map<string, number>>();

  count(what: string, outcome: string): void {
    const outcomes = this.#counts.get(what) ?? new Map<string, number>();
    this.#counts.set(what, outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1));
  }

  of(what: string, outcome: string): number {
    return this.#counts.get(what)?.get(outcome) ?? 0;
  }

  /** Something that a person should look at; each once. */
  note(line: string): void {
    this.notes.add(line);
  }

  /** One line for each thing, sorted. */
  get lines(): readonly string[] {
    return [...this.#counts]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([what, outcomes]) => `${what}: ${[...outcomes].map(([outcome, n]) => `${n} ${outcome}`).join(', ')}`);
  }
}
