import { once } from 'node:events';
import { Agent as HttpAgent, type IncomingMessage, request as overHttp } from 'node:http';
import { Agent as HttpsAgent, type AgentOptions, request as overHttps } from 'node:https';
import { isDeepStrictEqual } from 'node:util';
import type { Credentials, Dialling } from './credentials.ts';

export interface Sending {
  readonly method: string;
  /** From the API's root on, with its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Each kind's watch keeps one connection; the others are for calls. */
const mostConnections = 16;
const pool = { keepAlive: true, keepAliveMsecs: 30_000, maxSockets: mostConnections } as const;

/** Connections to one API server, kept between calls for as long as the certificates that they were made with are those on disk. */
export class Connections {
  readonly #credentials: Credentials;
  #agent: HttpAgent | undefined;
  #tls: AgentOptions = {};

  constructor(credentials: Credentials) {
    this.#credentials = credentials;
  }

  /** Resolves when the head of the answer is there. Aborting `signal` breaks the connection, also while the body comes. */
  async send({ method, path, headers, body }: Sending, signal: AbortSignal): Promise<IncomingMessage> {
    const dialling = await this.#credentials.dialling();
    signal.throwIfAborted();
    const { server } = dialling;
    const start = server.protocol === 'http:' ? overHttp : overHttps;
    const request = start(`${server.origin}${server.pathname.replace(/\/$/, '')}${path}`, {
      method,
      signal,
      agent: dialling.proxy ?? this.#agentFor(dialling),
      headers: {
        ...dialling.headers,
        ...headers,
        ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
      },
    });
    request.end(body);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    request.on('error', () => undefined); // from now on it is told by reading the body
    return response;
  }

  /** What was remembered of who we are is read anew. */
  renew(): void {
    this.#credentials.reload();
  }

  close(): void {
    this.#agent?.destroy();
  }

  #agentFor({ server, tls }: Dialling): HttpAgent {
    if (this.#agent !== undefined && isDeepStrictEqual(tls, this.#tls)) return this.#agent;
    retire(this.#agent);
    this.#tls = tls;
    this.#agent = server.protocol === 'http:' ? new HttpAgent(pool) : new HttpsAgent({ ...pool, ...tls });
    return this.#agent;
  }
}

/** What still goes over the old connections ends there. */
function retire(agent: HttpAgent | undefined): void {
  if (agent === undefined) return;
  agent.maxFreeSockets = 0;
  for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
}
