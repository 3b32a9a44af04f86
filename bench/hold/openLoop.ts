/** What one request took, ms, from the moment at which it was due: an answer that keeps later ones waiting counts against all of them. */
export interface Arrival {
  readonly number: number;
  /** Of `performance.now()`. */
  readonly dueAt: number;
}

const tickMs = 2;

/**
 * Sends at a steady rate and never waits for answers, so that a registry that holds cannot slow the load that measures it. Resolves once the time is over
 * and the last answer has come.
 */
export async function openLoop(
  { perSecond, seconds }: { readonly perSecond: number; readonly seconds: number },
  send: (arrival: Arrival) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const began = performance.now();
  const total = Math.round(perSecond * seconds);
  const sent = new Set<Promise<void>>();
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  let number = 0;
  const tick = setInterval(() => {
    for (; number < total; number += 1) {
      const dueAt = began + (number * 1000) / perSecond;
      if (dueAt > performance.now()) return;
      const going = send({ number, dueAt });
      sent.add(going);
      going.then(() => sent.delete(going), reject);
    }
    resolve(undefined);
  }, tickMs);
  const abort = (): void => {
    reject(signal.reason as Error);
  };
  signal.addEventListener('abort', abort, { once: true });
  try {
    await promise;
    await Promise.all(sent);
  } finally {
    clearInterval(tick);
    signal.removeEventListener('abort', abort);
  }
}
