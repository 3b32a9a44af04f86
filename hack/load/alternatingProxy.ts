import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * Stands before several replicas and gives each request to the next of them in turn, whichever connection it came by: the two steps of one upload, a PUT
 * and the GET after it, meet different replicas. Speaks HTTP/1.1; the `Host` is the one the client called, so that `Location`s lead through here.
 */
export class AlternatingProxy {
  readonly port: number;
  /** Requests that each of the replicas was given, in their order. */
  readonly given: readonly number[];
  readonly #server: Server;
  readonly #agent: Agent;

  static async start(targets: readonly string[], signal: AbortSignal): Promise<AlternatingProxy> {
    const given = targets.map(() => 0);
    const agent = new Agent({ keepAlive: true });
    let turn = 0;
    const server = createServer((incoming, answer) => {
      const at = turn++ % targets.length;
      given[at] = (given[at] ?? 0) + 1;
      pass(new URL(targets[at] ?? ''), agent, incoming, answer);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening', { signal });
    return new AlternatingProxy(server, agent, given);
  }

  private constructor(server: Server, agent: Agent, given: readonly number[]) {
    this.#server = server;
    this.#agent = agent;
    this.port = (server.address() as AddressInfo).port;
    this.given = given;
  }

  async end(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
    this.#agent.destroy();
  }
}

function pass({ hostname, port }: URL, agent: Agent, incoming: IncomingMessage, answer: ServerResponse): void {
  const { method, url: path, rawHeaders: headers } = incoming;
  const onward = request({ agent, hostname, port, method, path, headers }, (response) => {
    answer.writeHead(response.statusCode ?? 502, response.rawHeaders);
    response.pipe(answer);
    response.once('error', () => answer.destroy());
  });
  // A replica that does not answer shows as a connection that breaks off: no status of ours may pass for one of its own.
  onward.once('error', () => answer.destroy());
  answer.once('close', () => {
    if (!answer.writableEnded) onward.destroy();
  });
  incoming.pipe(onward);
}
