import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** `hang`: says nothing, until it is told to. `cut`: ends the connection. */
export type Reaction = number | 'hang' | 'cut';

interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A receiver of notifications on a real socket, which does as it is told: one reaction for each request, and 200 when none is left. */
export class ReceivingServer {
  readonly received: Received[] = [];
  /** So many were opened. */
  connections = 0;
  readonly #server: Server;
  readonly #reactions: Reaction[];
  readonly #hanging: ServerResponse[] = [];

  static async start(...reactions: readonly Reaction[]): Promise<ReceivingServer> {
    const server = new ReceivingServer(reactions);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  private constructor(reactions: readonly Reaction[]) {
    this.#reactions = [...reactions];
    this.#server = createServer((request, response) => {
      const { method = '', url = '', headers } = request;
      void text(request).then((body) => {
        this.received.push({ method, path: url, headers, body });
        this.#react(response, this.#reactions.shift() ?? 200);
      });
    });
    this.#server.on('connection', () => (this.connections += 1));
  }

  get url(): URL {
    return new URL(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/events`);
  }

  get bodies(): readonly string[] {
    return this.received.map(({ body }) => body);
  }

  /** Of all that was received, in the envelopes of distribution's format. */
  get events(): readonly Readonly<Record<string, unknown>>[] {
    return this.bodies.flatMap((body) => (JSON.parse(body) as { readonly events: Record<string, unknown>[] }).events);
  }

  react(...reactions: readonly Reaction[]): void {
    this.#reactions.push(...reactions);
  }

  /** Reactions that were not needed. */
  forget(): void {
    this.#reactions.length = 0;
  }

  /** Lets go of those that it let hang. */
  answer(): void {
    for (const response of this.#hanging.splice(0)) response.end();
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #react(response: ServerResponse, reaction: Reaction): void {
    if (reaction === 'hang') this.#hanging.push(response);
    else if (reaction === 'cut') response.destroy();
    else response.writeHead(reaction, { location: '/elsewhere' }).end('what it says does not matter');
  }
}
