export interface Timers {
  /** Calls `run` once, no sooner than after `ms`, unless cancelled. */
  after(ms: number, run: () => void): { cancel(): void };
}

/** The process's own timers. They keep it alive: who arms one cancels it when it stops. */
export const systemTimers: Timers = {
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return {
      cancel(): void {
        clearTimeout(timer);
      },
    };
  },
};

/** Rejects with the signal's reason. */
export async function pause(timers: Timers, ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  const abort = (): void => {
    reject(signal.reason as Error);
  };
  signal.addEventListener('abort', abort, { once: true });
  const timer = timers.after(ms, () => {
    resolve(undefined);
  });
  try {
    await promise;
  } finally {
    timer.cancel();
    signal.removeEventListener('abort', abort);
  }
}

/** Whether `work` ended within so many ms. Rejects as it does. */
export async function endsWithin(timers: Timers, ms: number, work: Promise<unknown>): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<false>();
  const timer = timers.after(ms, () => {
    resolve(false);
  });
  try {
    return await Promise.race([work.then(() => true), promise]);
  } finally {
    timer.cancel();
  }
}

/** Again and again, each time after as long as `ms` says then, until it is cancelled. */
export function repeat(timers: Timers, ms: () => number, run: () => void): { cancel(): void } {
  const next = (): { cancel(): void } =>
    timers.after(ms(), () => {
      run();
      timer = next();
    });
  let timer = next();
  return {
    cancel: () => {
      timer.cancel();
    },
  };
}
