const atOnce = 16;

/** What each gave, in their order. Rejects with the failure of one, and only when nothing goes on any more behind the back of whoever is told. */
export async function allDone<T>(works: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(works);
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

/** Does `work` for each item, a few at a time, and gives the results in the order of the items. After a failure nothing more is begun. */
export async function inParallel<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
  most: number = atOnce,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  const entries = items.entries();
  let hasFailed = false;
  const worker = async (): Promise<void> => {
    for (const [at, item] of entries) {
      if (hasFailed) return;
      try {
        results[at] = await work(item);
      } catch (error) {
        hasFailed = true;
        throw error;
      }
    }
  };
  await allDone(Array.from({ length: Math.min(most, items.length) }, worker));
  return results;
}
