/** Content that is newer than a given moment: how much of it there is, and what came last. */
export class Newest {
  readonly #since: number;
  #count = 0;
  #last: { readonly object: string; readonly at: number } | undefined;

  /** `since`: storage time, ms; `Infinity` where nothing is too new. */
  constructor(since: number) {
    this.#since = since;
  }

  get count(): number {
    return this.#count;
  }

  get last(): { readonly object: string; readonly at: number } | undefined {
    return this.#last;
  }

  note(path: string, modifiedAt: number): void {
    if (modifiedAt <= this.#since) return;
    this.#count += 1;
    if (this.#last === undefined || modifiedAt > this.#last.at) this.#last = { object: path, at: modifiedAt };
  }
}
