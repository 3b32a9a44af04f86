import type { Server, ServerResponse } from 'node:http';

/**
 * Closes a server between answers: each connection with the last one that it owes. Node's own `close` takes a connection for idle as soon as its answer was
 * written, and would cut off what is still on its way to a slow client; and it looks once, though a client keeps its connection for another request.
 */
export class Draining {
  readonly #server: Server;
  readonly #closeIdle: () => void;
  /** Until the last byte is out. */
  readonly #answers = new Set<ServerResponse>();
  #isClosing = false;

  /** Before anybody is connected. */
  constructor(server: Server) {
    this.#server = server;
    this.#closeIdle = server.closeIdleConnections.bind(server);
    // Node, and Fastify, ask for it by this name when they close.
    server.closeIdleConnections = () => {
      this.#look();
    };
    server.on('request', (request, response) => {
      this.#answers.add(response);
      response.once('close', () => {
        this.#answers.delete(response);
        if (this.#isClosing) this.#look();
      });
      // An answer may be out before the last of its request is in.
      request.once('close', () => {
        if (this.#isClosing) this.#look();
      });
    });
  }

  /** `close` takes nothing new, and resolves when nobody is connected; after `graceMs` whoever is gets cut off. */
  async end(graceMs: number, close: () => Promise<unknown>): Promise<void> {
    this.#isClosing = true;
    const cut = setTimeout(() => {
      this.#server.closeAllConnections();
    }, graceMs);
    try {
      await close();
    } finally {
      clearTimeout(cut);
    }
  }

  /** What waits for the last of another one's answer is looked for again when that is out. */
  #look(): void {
    if (this.#answers.values().every(({ writableEnded }) => !writableEnded)) this.#closeIdle();
  }
}
