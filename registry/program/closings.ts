/** What was begun, to be ended in the opposite order: at a stop, or when the start breaks off half way. */
export class Closings {
  readonly #closings: (() => Promise<void> | void)[] = [];

  add(close: () => Promise<void> | void): void {
    this.#closings.push(close);
  }

  /** Ends all of it, each once, whatever fails; then rejects with the first failure. */
  async close(): Promise<void> {
    const failures: unknown[] = [];
    for (let close = this.#closings.pop(); close !== undefined; close = this.#closings.pop()) {
      try {
        await close();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'not everything could be ended in order');
  }
}
