/** One after the other for each key, within this process. */
export class Turns<K> {
  readonly #last = new Map<K, Promise<void>>();

  /** Waits until those who asked before are done. `signal` ends the waiting, not the work. */
  async take<T>(key: K, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    const { promise: done, resolve: finish } = Promise.withResolvers<undefined>();
    const mine = Promise.all([before, done]).then(() => undefined);
    this.#last.set(key, mine);
    try {
      if (before !== undefined) await aborted(before, signal);
      signal.throwIfAborted();
      return await work();
    } finally {
      finish(undefined);
      void mine.then(() => {
        if (this.#last.get(key) === mine) this.#last.delete(key);
      });
    }
  }
}

async function aborted(waited: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  const stop = (): void => {
    reject(signal.reason instanceof Error ? signal.reason : new Error('aborted', { cause: signal.reason }));
  };
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  void waited.then(() => {
    resolve(undefined);
  });
  try {
    await promise;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
