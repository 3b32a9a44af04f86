import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { type Access, kubeconfigOf } from './access.ts';
import { Authority } from './authority.ts';
import type { ControlPlane } from './controlPlane.ts';
import { Exchange } from './exchange.ts';
import { type Asked, askedOf, type Fault, Injected, statusBody, strikesUnderWay } from './faults.ts';
import { type KeptFolder, keptFolder } from './keptFolder.ts';

/** What went through since the start. */
export interface Counts {
  readonly connections: number;
  /** By verb and path without query, such as `PATCH /api/v1/namespaces/a`; a watch has the verb `WATCH`. */
  readonly requests: Readonly<Record<string, number>>;
}

/**
 * Stands between a client and an API server and does on order what networks and servers do by chance. It ends TLS (HTTP/1.1), so no client certificate can
 * pass: whoever shows the one in `kubeconfig` reaches the server as the administrator, whoever sends an `Authorization` header as whom that names. It passes
 * requests and streamed answers; no upgrades (`exec`, `port-forward`).
 */
export class FaultProxy {
  /** `https://127.0.0.1:PORT` */
  readonly server: string;
  /** Path of a kubeconfig file that leads through here. */
  readonly kubeconfig: string;
  /** What that file says. */
  readonly access: Access;
  readonly #folder: KeptFolder;
  readonly #upstream: string;
  readonly #administrator: Agent;
  readonly #anyone: Agent;
  readonly #listener: TcpServer;
  /** By the port at their other end; below TLS, where they can be reset. */
  readonly #connections = new Map<number, Socket>();
  readonly #faults: Injected[] = [];
  readonly #running = new Set<Exchange>();
  readonly #requests = new Map<string, number>();
  #accepted = 0;

  private constructor(folder: KeptFolder, upstream: Access, listener: TcpServer) {
    const authority = new Authority('coppice-fault-proxy');
    this.server = `https://127.0.0.1:${(listener.address() as AddressInfo).port}`;
    this.access = {
      server: this.server,
      authority: authority.certificate,
      ...authority.issueClient({ commonName: 'whoever passes' }),
    };
    this.kubeconfig = join(folder.path, 'kubeconfig');
    this.#folder = folder;
    this.#upstream = upstream.server;
    const { authority: ca, certificate: cert, key } = upstream;
    this.#administrator = new Agent({ keepAlive: true, ca, cert, key });
    this.#anyone = new Agent({ keepAlive: true, ca });
    this.#listener = listener;
    this.#serve(authority);
  }

  /** In front of this API server; also of one that is away. */
  static async start({ access }: Pick<ControlPlane, 'access'>, signal: AbortSignal): Promise<FaultProxy> {
    const listener = createTcpServer({ noDelay: true });
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening', { signal });
    const folder = await keptFolder('coppice-fault-proxy-');
    const proxy = new FaultProxy(folder, access, listener);
    await writeFile(proxy.kubeconfig, kubeconfigOf(proxy.access), { mode: 0o600 });
    return proxy;
  }

  /** From now on; answers under way are struck by `drop`, `reset` and `silence`, too. Of several faults the first that matches strikes. */
  inject(fault: Fault): { lift(): void } {
    const injected = new Injected(fault);
    this.#faults.push(injected);
    if (strikesUnderWay(fault))
      for (const exchange of this.#running) if (injected.strikes(exchange.asked)) exchange.strike(injected);
    return injected;
  }

  counts(): Counts {
    return { connections: this.#accepted, requests: Object.fromEntries(this.#requests) };
  }

  /** Ends all connections. */
  async stop(): Promise<void> {
    const closed = once(this.#listener, 'close');
    this.#listener.close();
    for (const connection of this.#connections.values()) connection.destroy();
    for (const { lift } of this.#faults) lift();
    await closed;
    this.#administrator.destroy();
    this.#anyone.destroy();
    await this.#folder.remove();
  }

  #serve(authority: Authority): void {
    const { certificate: cert, key } = authority.issueServer('coppice-fault-proxy', ['127.0.0.1', 'localhost']);
    const tls = { cert, key, ca: authority.certificate, requestCert: true, rejectUnauthorized: false };
    // As patient as an API server: a connection that is closed while nobody uses it would be a fault that nobody injected.
    const https = createServer({ ...tls, keepAliveTimeout: 600_000 }, (request, response) => {
      void this.#answer(request, response);
    });
    this.#listener.on('connection', (connection) => {
      const port = connection.remotePort ?? 0;
      this.#accepted += 1;
      this.#connections.set(port, connection);
      connection.once('close', () => this.#connections.delete(port));
      https.emit('connection', connection);
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { socket } = request;
    const connection = this.#connections.get(socket.remotePort ?? 0);
    if (connection === undefined) return; // it ended between the request's arrival and now
    const url = new URL(this.#upstream + (request.url ?? ''));
    const asked = askedOf(request.method ?? '', url);
    this.#count(asked);
    const exchange = new Exchange(asked, connection, request, response);
    const isSomebody = request.headers.authorization !== undefined;
    if (!isSomebody && !(socket instanceof TLSSocket && socket.authorized)) {
      exchange.answer(401, statusBody(401));
      return;
    }
    this.#running.add(exchange);
    const agent = isSomebody ? this.#anyone : this.#administrator;
    await exchange.run(
      { url, agent },
      this.#faults.find((injected) => injected.strikes(asked)),
    );
    this.#running.delete(exchange);
  }

  #count({ method, path, isWatch }: Asked): void {
    const name = `${isWatch ? 'WATCH' : method} ${path}`;
    this.#requests.set(name, (this.#requests.get(name) ?? 0) + 1);
  }
}
