/** Timers of a storage let the process end; while a command waits for nothing but them, it is not to. */
export async function keepingAwake<T>(work: () => Promise<T>): Promise<T> {
  const awake = setInterval(() => undefined, 60_000);
  try {
    return await work();
  } finally {
    clearInterval(awake);
  }
}
