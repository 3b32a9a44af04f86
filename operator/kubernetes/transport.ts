import type { IncomingMessage } from 'node:http';
import { pause, type Timers } from '../runtime/timers.ts';
import { type Answer, answerOf } from './answer.ts';
import type { Connections } from './connections.ts';
import { ApiError } from './failure.ts';
import type { ClientMetrics } from './metrics.ts';

interface Verb {
  readonly method: string;
  readonly contentType?: string;
  /** Whether the same again is the same: it reads, or it says over which version it writes. */
  readonly isRepeatable: boolean;
}

const verbs = {
  get: { method: 'GET', isRepeatable: true },
  create: { method: 'POST', contentType: 'application/json', isRepeatable: false },
  update: { method: 'PUT', contentType: 'application/json', isRepeatable: true },
  apply: { method: 'PATCH', contentType: 'application/apply-patch+yaml', isRepeatable: true },
  merge: { method: 'PATCH', contentType: 'application/merge-patch+json', isRepeatable: true },
  delete: { method: 'DELETE', contentType: 'application/json', isRepeatable: true },
} as const satisfies Record<string, Verb>;

export interface Asking {
  readonly verb: keyof typeof verbs;
  /** From the root of the API on, with its query. */
  readonly path: string;
  /** Whatever is not `get` has one. Writes name the version or the uid that they are about. */
  readonly body?: object;
  /** How long one attempt may take. Default 30 s. */
  readonly timeoutMs?: number;
  /** How often it is tried again. Default 4 times. */
  readonly retries?: number;
}

export interface TransportPorts {
  readonly connections: Connections;
  readonly timers: Timers;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly metrics: ClientMetrics;
  /** In every request. */
  readonly userAgent: string;
}

const usualTimeoutMs = 30_000;
const usualRetries = 4;
const firstWaitMs = 250;
const longestWaitMs = 30_000;
/** A page of a list is the largest answer: 500 objects. */
const mostBytes = 64 << 20;

/** Requests of an API server. Effects that an answer did not come for are repeated only where that changes nothing. */
export class Transport {
  readonly #ports: TransportPorts;

  constructor(ports: TransportPorts) {
    this.#ports = ports;
  }

  /** Rejects with `Conflict`, `Gone`, `Invalid`, `ApiError`, or with the reason of `signal`. */
  async ask(asking: Asking, signal: AbortSignal): Promise<Answer> {
    return this.#persistently(asking, signal, async (attempt) => {
      const response = await attempt.head();
      return answerOf(attempt.asked, response.statusCode ?? 0, await textOf(response, attempt.asked));
    });
  }

  /** The body of a successful answer as it comes, for as long as it lasts or until `signal` is aborted. Rejects as `ask` does. */
  async stream(path: string, signal: AbortSignal): Promise<IncomingMessage> {
    return this.#persistently({ verb: 'get', path }, signal, async (attempt) => {
      const response = await attempt.head();
      if (response.statusCode === 200) return response;
      answerOf(attempt.asked, response.statusCode ?? 0, await textOf(response, attempt.asked));
      throw new ApiError(attempt.asked, 'this is no stream', { status: response.statusCode ?? 0 });
    });
  }

  async #persistently<T>(asking: Asking, signal: AbortSignal, take: Take<T>): Promise<T> {
    const { timers, random, connections } = this.#ports;
    const { retries = usualRetries, verb } = asking;
    let isRenewed = false;
    for (let failures = 0; ;) {
      const attempt = new Attempt(asking, this.#ports, signal);
      try {
        return await attempt.run(take);
      } catch (error) {
        signal.throwIfAborted();
        if (attempt.status === 401 && !isRenewed) {
          isRenewed = true;
          connections.renew();
          continue;
        }
        if (failures >= retries || !isPassing(error, verbs[verb], attempt.status)) throw error;
        await pause(timers, waitMs(failures, attempt.retryAfterMs, random), signal);
        failures += 1;
      }
    }
  }
}

type Take<T> = (attempt: Attempt) => Promise<T>;

/** One request, and what became of it. */
class Attempt {
  readonly asked: string;
  status: number | undefined;
  retryAfterMs: number | undefined;
  readonly #asking: Asking;
  readonly #ports: TransportPorts;
  readonly #deadline = new AbortController();
  readonly #signal: AbortSignal;

  constructor(asking: Asking, ports: TransportPorts, signal: AbortSignal) {
    this.#asking = asking;
    this.#ports = ports;
    this.#signal = AbortSignal.any([signal, this.#deadline.signal]);
    this.asked = `${verbs[asking.verb].method} ${asking.path}`;
  }

  async run<T>(take: Take<T>): Promise<T> {
    const { timeoutMs = usualTimeoutMs } = this.#asking;
    const timer = this.#ports.timers.after(timeoutMs, () => {
      this.#deadline.abort(new ApiError(this.asked, `none came within ${timeoutMs} ms`));
    });
    try {
      return await take(this);
    } catch (error) {
      if (this.#deadline.signal.aborted) throw this.#deadline.signal.reason;
      throw error;
    } finally {
      timer.cancel();
      this.#ports.metrics.onAnswered(verbs[this.#asking.verb].method, this.status);
    }
  }

  async head(): Promise<IncomingMessage> {
    const { connections, userAgent } = this.#ports;
    const { verb, path, body } = this.#asking;
    const { method, contentType }: Verb = verbs[verb];
    const typed = contentType === undefined ? {} : { 'content-type': contentType };
    const headers = { accept: 'application/json', 'user-agent': userAgent, ...typed };
    const sending = { method, path, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
    const response = await heard(this.asked, connections.send(sending, this.#signal));
    this.status = response.statusCode;
    this.retryAfterMs = secondsIn(response.headers['retry-after']);
    return response;
  }
}

/** What Node says of a connection becomes an error that names what was asked. */
async function heard<T>(asked: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    if (isOfConnection(cause)) throw new ApiError(asked, cause.message || cause.code, { cause });
    throw cause;
  }
}

export function isOfConnection(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.name !== 'TypeError';
}

async function textOf(response: IncomingMessage, asked: string): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  const read = async (): Promise<string> => {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > mostBytes) throw new ApiError(asked, 'the answer is too large', { status: response.statusCode ?? 0 });
    }
    return Buffer.concat(chunks).toString('utf8');
  };
  return heard(asked, read());
}

/** Whether the same may come out well a little later. */
function isPassing(error: unknown, { isRepeatable }: Verb, status: number | undefined): boolean {
  if (!(error instanceof ApiError)) return false;
  if (error.status === undefined) return isRepeatable; // no answer, or a part of one
  if (status === 429) return true; // turned away before anything was done
  return isRepeatable && (status === 500 || status === 502 || status === 503 || status === 504);
}

/** What the server asks for, or doubled each time; and up to half as much again by chance, so that many do not come at once. */
function waitMs(failures: number, retryAfterMs: number | undefined, random: () => number): number {
  return Math.min(retryAfterMs ?? firstWaitMs * 2 ** failures, longestWaitMs) * (1 + random() / 2);
}

function secondsIn(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) * 1000 : undefined;
}
