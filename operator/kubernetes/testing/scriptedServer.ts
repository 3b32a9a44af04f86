import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { stringify } from 'yaml';

export interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  /** As JSON, if there is one. */
  readonly body?: unknown;
}

/** What a test answers with: once for each request, in their order; the last one again and again. */
export type Reply = (response: ServerResponse, asked: Asked) => void;

export function json(status: number, body: object, headers: Readonly<Record<string, string>> = {}): Reply {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };
}

/** A `Status` as an API server writes it. */
export function failure(
  code: number,
  reason: string,
  message: string,
  headers?: Readonly<Record<string, string>>,
): Reply {
  const details = { name: 'a', kind: 'deleterequests', group: 'coppice.dev' };
  return json(code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message, details }, headers);
}

/** Lines of a watch, and the end of the stream unless it is to stay open. */
export function lines(events: readonly (object | string)[], ending: 'ends' | 'stays' | 'breaks' = 'ends'): Reply {
  return (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write(events.map((one) => (typeof one === 'string' ? one : `${JSON.stringify(one)}\n`)).join(''), () => {
      if (ending === 'ends') response.end();
      if (ending === 'breaks') response.destroy();
    });
  };
}

/** What stands for an API server: real HTTP, answers by the test. Its kubeconfig names a file with a token. */
export class ScriptedServer {
  readonly asked: Asked[] = [];
  readonly replies: Reply[] = [];
  connections = 0;
  readonly #server: Server;
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.#server = createServer((request, response) => {
      void text(request).then((body) => {
        const { method = '', url = '', headers } = request;
        const asked = {
          method,
          url: new URL(url, this.origin),
          headers,
          ...(body !== '' && { body: JSON.parse(body) as unknown }),
        };
        this.asked.push(asked);
        const [reply] = this.replies.length > 1 ? this.replies.splice(0, 1) : this.replies;
        if (reply === undefined) response.writeHead(500).end('nothing was scripted');
        else reply(response, asked);
      });
    });
    this.#server.on('connection', () => {
      this.connections += 1;
    });
  }

  static async start(): Promise<ScriptedServer> {
    const scripted = new ScriptedServer(await mkdtemp(join(tmpdir(), 'coppice-api-')));
    scripted.#server.listen(0, '127.0.0.1');
    await once(scripted.#server, 'listening');
    await scripted.setToken('first');
    const cluster = { server: scripted.origin, 'insecure-skip-tls-verify': true };
    const user = { 'auth-provider': { name: 'tokenFile', config: { tokenFile: join(scripted.#folder, 'token') } } };
    const config = {
      'current-context': 'main',
      clusters: [{ name: 'scripted', cluster }],
      users: [{ name: 'somebody', user }],
      contexts: [{ name: 'main', context: { cluster: 'scripted', user: 'somebody', namespace: 'own' } }],
    };
    await writeFile(scripted.kubeconfig, stringify(config));
    return scripted;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get kubeconfig(): string {
    return join(this.#folder, 'kubeconfig');
  }

  async setToken(token: string): Promise<void> {
    await writeFile(join(this.#folder, 'token'), `${token}\n`);
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await rm(this.#folder, { recursive: true });
  }
}
