/** Starts several at once. Where one fails the others are given up; rejects with why that one did, and only when none of them is still at it. */
export async function startTogether(
  starts: readonly ((signal: AbortSignal) => Promise<unknown>)[],
  signal: AbortSignal,
): Promise<void> {
  const failing = new AbortController();
  const both = AbortSignal.any([signal, failing.signal]);
  await Promise.all(
    starts.map(async (start) => {
      try {
        await start(both);
      } catch (error) {
        failing.abort(error); // the first one's stays
      }
    }),
  );
  failing.signal.throwIfAborted();
}
