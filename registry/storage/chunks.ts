/** The chunks of a body, until it ends, fails, or `signal` is aborted: also while it is silent, where a plain `for await` would wait with it. */
export async function* chunksUntil(body: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const iterator = body[Symbol.asyncIterator]();
  let isOver = false;
  try {
    for (;;) {
      const { promise, resolve, reject } = Promise.withResolvers<IteratorResult<Uint8Array, unknown>>();
      const stop = (): void => {
        reject(reasonOf(signal));
      };
      signal.throwIfAborted();
      signal.addEventListener('abort', stop, { once: true });
      try {
        iterator.next().then(resolve, reject);
        const next = await promise;
        isOver = next.done === true;
        if (next.done === true) return;
        yield next.value;
      } finally {
        signal.removeEventListener('abort', stop);
      }
    }
  } finally {
    // A body that is silent answers this only when it speaks again; its owner ends it, we do not wait.
    if (!isOver) iterator.return?.().then(undefined, () => undefined);
  }
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('aborted', { cause: signal.reason });
}
