/** Work that is asked for more often than it need be done: never twice at once, and always once more after the last asking. It handles its own failures. */
export class Coalesced {
  readonly #work: () => Promise<void>;
  #running: Promise<void> | undefined;
  #following: Promise<void> | undefined;

  constructor(work: () => Promise<void>) {
    this.#work = work;
  }

  /** Resolves when the run that goes on, if any, has ended. */
  async settled(): Promise<void> {
    await this.#running;
  }

  /** Resolves when a run that began after this call has ended. */
  request(): Promise<void> {
    if (this.#running === undefined) {
      this.#running = this.#work().finally(() => {
        this.#running = undefined;
      });
      return this.#running;
    }
    this.#following ??= this.#running.then(() => {
      this.#following = undefined;
      return this.request();
    });
    return this.#following;
  }
}
