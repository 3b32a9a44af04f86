import { once } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { type Agent, request as ask } from 'node:https';
import type { Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { type Asked, type Effect, type Injected, statusBody } from './faults.ts';

/** Where requests go on to. */
export interface Upstream {
  readonly url: URL;
  readonly agent: Agent;
}

/** One request through the proxy, and what is done to it. */
export class Exchange {
  readonly asked: Asked;
  readonly #connection: Socket;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  /** Aborted when the client has its answer, or is gone. */
  readonly #over = new AbortController();
  #silence: Promise<void> | undefined;
  #omission: Injected | undefined;

  constructor(asked: Asked, connection: Socket, request: IncomingMessage, response: ServerResponse) {
    this.asked = asked;
    this.#connection = connection;
    this.#request = request;
    this.#response = response;
    response.once('close', () => {
      this.#over.abort(new Error('the client is gone'));
    });
  }

  /** Resolves when it is over. The client of a server that cannot be reached sees what it would see without us: its connection ends. */
  async run(upstream: Upstream, injected: Injected | undefined): Promise<void> {
    try {
      await this.#run(upstream, injected);
    } catch (error) {
      if (!this.#over.signal.aborted && !isOfConnection(error)) throw error;
      this.#connection.destroy();
    }
  }

  /** Strikes while the answer is under way, as far as the effect can. */
  strike(injected: Injected): void {
    const { effect, lifted } = injected;
    if (effect.does === 'drop') this.#connection.destroy();
    if (effect.does === 'reset') this.#connection.resetAndDestroy();
    if (effect.does === 'silence') this.#silence = lifted;
    if (effect.does === 'omit') this.#omission = injected;
  }

  async #run(upstream: Upstream, injected: Injected | undefined): Promise<void> {
    const effect: Effect | undefined = injected?.effect;
    switch (effect?.does) {
      case 'drop':
        this.#connection.destroy();
        return;
      case 'reset':
        this.#connection.resetAndDestroy();
        return;
      case 'answer':
        this.answer(effect.status, statusBody(effect.status, effect.retryAfterSeconds), effect.retryAfterSeconds);
        return;
      case 'expire':
        this.answer(200, `{"type":"ERROR","object":${statusBody(410)}}\n`);
        return;
      case 'delay':
        await pause(effect.ms, undefined, { signal: this.#over.signal });
        break;
      case 'silence':
        this.#silence = injected?.lifted;
        break;
      case 'omit':
        this.#omission = injected;
        break;
      case 'lose':
      case undefined:
    }
    await this.#heard();
    const answer = await this.#ask(upstream);
    if (effect?.does === 'lose') this.#connection.resetAndDestroy();
    else await this.#passOn(answer);
  }

  answer(status: number, body: string, retryAfterSeconds?: number): void {
    const retry = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
    this.#response.writeHead(status, { 'content-type': 'application/json', ...retry }).end(body);
  }

  async #ask({ url, agent }: Upstream): Promise<IncomingMessage> {
    const { method, headers } = this.#request;
    const passed = { method, headers: endToEnd(headers), agent, signal: this.#over.signal };
    const asking = ask(url, passed);
    const [[answer]] = await Promise.all([
      once(asking, 'response') as Promise<[IncomingMessage]>,
      pipeline(this.#request, asking),
    ]);
    return answer;
  }

  /** The headers at once: a watch may have nothing to say for long. */
  async #passOn(answer: IncomingMessage): Promise<void> {
    await this.#heard();
    this.#response.writeHead(answer.statusCode ?? 500, endToEnd(answer.headers)).flushHeaders();
    await pipeline(answer, (chunks) => this.#whileHeard(chunks), this.#response);
  }

  async *#whileHeard(chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
    for await (const chunk of chunks) {
      await this.#heard();
      yield this.#withoutOmitted(chunk);
    }
  }

  /** An API server sends each event of a watch by itself. */
  #withoutOmitted(chunk: Buffer): Buffer {
    const omission = this.#omission;
    if (omission?.effect.does !== 'omit' || omission.isLifted || !this.asked.isWatch) return chunk;
    const { lines } = omission.effect;
    const kept = chunk
      .toString()
      .split('\n')
      .filter((line) => line.search(lines) < 0);
    return Buffer.from(kept.join('\n'));
  }

  async #heard(): Promise<void> {
    await this.#silence;
  }
}

function isOfConnection(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ECONNREFUSED' || code === 'ECONNRESET' || code === 'EPIPE';
}

/** Without what belongs to one connection. */
function endToEnd({ host: _host, connection: _connection, ...headers }: IncomingHttpHeaders): IncomingHttpHeaders {
  return headers;
}
