import { Agent, request } from 'node:http';

export interface Wanted {
  readonly method: string;
  readonly path: string;
  readonly contentType?: string;
  readonly body?: Buffer;
}

/** Requests over connections that stay open, with as little work for each as can be: the load shares its cores with what it measures. */
export class Sender {
  readonly #host: string;
  readonly #port: string;
  readonly #agent = new Agent({ keepAlive: true, scheduling: 'fifo' });

  constructor(base: string) {
    const { hostname, port } = new URL(base);
    this.#host = hostname;
    this.#port = port;
  }

  /** The status of the answer, whose body is passed over. */
  async send({ method, path, contentType, body }: Wanted): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const headers = { 'content-length': body?.length ?? 0, ...(contentType && { 'content-type': contentType }) };
    const sent = request(
      { host: this.#host, port: this.#port, agent: this.#agent, method, path, headers },
      (response) => {
        response.resume();
        response.once('end', () => {
          resolve(response.statusCode ?? 0);
        });
        response.once('error', reject);
      },
    );
    sent.once('error', reject);
    sent.end(body);
    return promise;
  }

  close(): void {
    this.#agent.destroy();
  }
}
