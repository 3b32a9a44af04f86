import type { Timers } from './ports.ts';

/** Operations that wait for the gate to say something new. Waking lets each ask again; it grants nothing. */
export class Waiting {
  readonly #timers: Timers;
  readonly #waking = new Set<() => void>();

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  get size(): number {
    return this.#waking.size;
  }

  /** In the tick of the call it waits already, so that no waking in between is missed. Rejects with the signal's reason. */
  async until(ms: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    signal.throwIfAborted();
    const wake = (): void => {
      resolve(undefined);
    };
    const abort = (): void => {
      reject(signal.reason as Error);
    };
    this.#waking.add(wake);
    signal.addEventListener('abort', abort, { once: true });
    const timer = this.#timers.after(ms, wake);
    try {
      await promise;
    } finally {
      timer.cancel();
      signal.removeEventListener('abort', abort);
      this.#waking.delete(wake);
    }
  }

  wake(): void {
    for (const wake of this.#waking) wake();
    this.#waking.clear();
  }
}

/** Rejects with the signal's reason. */
export async function pause(timers: Timers, ms: number, signal: AbortSignal): Promise<void> {
  await new Waiting(timers).until(ms, signal);
}

/** Asked anew each time: it changes while something is awaited. */
export function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
