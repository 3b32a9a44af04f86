/** One after the other for each key. Whoever asks for several queues for all of them in one tick, so that no two wait for each other. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>();

  /** Does `work` once everybody who asked before for any of the keys is done. */
  async take<T>(keys: readonly string[], work: () => Promise<T>): Promise<T> {
    const { promise: done, resolve: finish } = Promise.withResolvers<undefined>();
    const before = keys.flatMap((key) => this.#last.get(key) ?? []);
    const mine = Promise.all([...before, done]).then(() => undefined);
    for (const key of keys) this.#last.set(key, mine);
    try {
      await Promise.all(before);
      return await work();
    } finally {
      finish(undefined);
      void mine.then(() => {
        for (const key of keys) if (this.#last.get(key) === mine) this.#last.delete(key);
      });
    }
  }
}
