import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { testCertificate } from '../../tls/testing/certificate.ts';

interface Asked {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

export interface Scripted {
  readonly status: number;
  /** A text is sent as it stands. */
  readonly body: unknown;
}

/** An API server as far as TokenReview goes, over TLS, and the files that a pod would have of it. Each token's answer is scripted; others are nobody's. */
export class ReviewServer {
  readonly asked: Asked[] = [];
  readonly answers = new Map<string, Scripted>();
  readonly directory: string;
  readonly server: string;
  readonly #server: Server;

  private constructor(directory: string, server: Server) {
    this.directory = directory;
    this.#server = server;
    this.server = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  get tokenFile(): string {
    return join(this.directory, 'token');
  }
  get caFile(): string {
    return join(this.directory, 'ca.crt');
  }

  static async start(): Promise<ReviewServer> {
    const certificate = testCertificate('kubernetes');
    const listener = createServer(certificate).listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const started = new ReviewServer(await mkdtemp(join(tmpdir(), 'coppice-review-')), listener);
    await writeFile(started.tokenFile, 'our-own\n');
    await writeFile(started.caFile, certificate.cert);
    listener.on('request', (request, response) => {
      void text(request).then((body) => {
        const { url: path = '', headers } = request;
        const parsed = JSON.parse(body) as { spec: { token: string } };
        started.asked.push({ path, authorization: headers.authorization, body: parsed });
        const nobody = { status: 201, body: { status: { authenticated: false, error: 'invalid bearer token' } } };
        const answer = started.answers.get(parsed.spec.token) ?? nobody;
        response.writeHead(answer.status, { 'content-type': 'application/json' });
        response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
      });
    });
    return started;
  }

  /** From now on `token` is this user's, for these audiences. */
  knows(token: string, username: string, audiences: readonly string[] = ['coppice']): void {
    this.answers.set(token, {
      status: 201,
      body: { status: { authenticated: true, user: { username, groups: [] }, audiences } },
    });
  }

  /** Idempotent; the files stay until `remove`. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async remove(): Promise<void> {
    await this.stop();
    await rm(this.directory, { recursive: true });
  }
}
