import type { IncomingMessage } from 'node:http';
import type { Timers } from '../runtime/timers.ts';
import { ApiError } from './failure.ts';
import { isOfConnection } from './transport.ts';

export interface WatchLimits {
  /** A stream that is silent for longer has ended, whatever the connection says. */
  readonly idleMs: number;
  readonly timers: Timers;
  /** Why a stream ended before the server did so. */
  readonly onBroken: (why: string) => void;
}

/** An object is at most 1.5 MiB where it is stored; as JSON of a watch it is a little more. */
const longestLine = 16 << 20;

/**
 * The lines of a stream that goes on. Ends where the server ends it, where it breaks, and where it is silent for too long: a watch goes on from its last
 * version all the same. A part of a line at the end is dropped, since the next watch brings it whole. Rejects with the reason of `signal`.
 */
export async function* linesOf(
  response: IncomingMessage,
  asked: string,
  limits: WatchLimits,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let pending = '';
  for await (const chunk of chunksOf(response, limits, signal)) {
    const [first = '', ...others] = decoder.decode(chunk, { stream: true }).split('\n');
    pending += first;
    for (const other of others) {
      yield pending;
      pending = other;
    }
    if (pending.length > longestLine) throw new ApiError(asked, 'a line of the watch is too long', { status: 200 });
  }
}

async function* chunksOf(
  response: IncomingMessage,
  { idleMs, timers, onBroken }: WatchLimits,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const stream = { isSilent: false };
  const watchdog = (): { cancel(): void } =>
    timers.after(idleMs, () => {
      stream.isSilent = true;
      response.destroy();
    });
  let timer = watchdog();
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      timer.cancel(); // while whoever watches is at work the stream is not asked for more
      yield chunk;
      timer = watchdog();
    }
  } catch (error) {
    signal.throwIfAborted();
    if (!stream.isSilent && !isOfConnection(error)) throw error;
    onBroken(stream.isSilent ? `silent for ${idleMs} ms` : messageOf(error));
  } finally {
    timer.cancel();
    response.destroy();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
