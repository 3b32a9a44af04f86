import { Agent, type OutgoingHttpHeaders, request } from 'node:http';
import { Agent as SecureAgent, request as secureRequest } from 'node:https';
import type { NotificationEndpoint } from '../config/notifications.ts';
import type { Timers } from '../window/ports.ts';
import { eventsMediaType } from './event.ts';

const idleMs = 1000;

export type Address = Pick<NotificationEndpoint, 'url' | 'headers' | 'timeoutMs'>;

/** The server at the other end, over one connection that is kept. */
export class Receiver {
  readonly #address: Address;
  readonly #timers: Timers;
  readonly #agent: Agent;
  readonly #ask: typeof request;

  constructor(address: Address, timers: Timers) {
    const isSecure = address.url.protocol === 'https:';
    // Given up after a second without use, before its server may do so just when the next event is sent.
    const options = { keepAlive: true, maxSockets: 1, timeout: idleMs };
    this.#address = address;
    this.#timers = timers;
    this.#agent = isSecure ? new SecureAgent(options) : new Agent(options);
    this.#ask = isSecure ? secureRequest : request;
  }

  /** Resolves with the status of the answer, which is followed nowhere; rejects when none comes within the timeout, or with the signal's abort. */
  async post(body: string, signal: AbortSignal): Promise<number> {
    const { timeoutMs } = this.#address;
    const late = new AbortController();
    const timer = this.#timers.after(timeoutMs, () => {
      late.abort(new Error(`no answer within ${timeoutMs} ms`));
    });
    const limit = AbortSignal.any([signal, late.signal]);
    try {
      return await this.#exchange(body, limit);
    } catch (error) {
      throw late.signal.aborted && !signal.aborted ? late.signal.reason : error;
    } finally {
      timer.cancel();
    }
  }

  #exchange(body: string, signal: AbortSignal): Promise<number> {
    const { url, headers } = this.#address;
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const options = { method: 'POST', headers: headersOf(headers, body), agent: this.#agent, signal };
    let status: number | undefined;
    let failure = new Error('the connection was closed without an answer');
    const sent = this.#ask(url, options, (response) => {
      status = response.statusCode;
      // It decides. The rest is only read so that the connection can be used again, and no longer than the timeout.
      response.on('error', () => undefined);
      response.resume();
    });
    sent.on('error', (error) => {
      failure = error;
    });
    sent.on('close', () => {
      if (status === undefined) reject(failure);
      else resolve(status);
    });
    sent.end(body);
    return promise;
  }

  close(): void {
    this.#agent.destroy();
  }
}

function headersOf(configured: Address['headers'], body: string): OutgoingHttpHeaders {
  return {
    ...Object.fromEntries(Object.entries(configured).map(([name, values]) => [name.toLowerCase(), [...values]])),
    ...{ 'content-type': eventsMediaType, 'content-length': Buffer.byteLength(body) },
  };
}
