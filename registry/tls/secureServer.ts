import { readFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import { isDeepStrictEqual } from 'node:util';
import { createSecureContext, type SecureContextOptions, type TLSSocket } from 'node:tls';
import type { Log, Timers } from '../window/ports.ts';
import { isAborted, pause } from '../window/waiting.ts';

/** What is asked of clients, where `clientCas` names whom to trust; the words of distribution, which are Go's. */
export type ClientAuth =
  'request-client-cert' | 'require-any-client-cert' | 'verify-client-cert-if-given' | 'require-and-verify-client-cert';

export interface TlsConfig {
  /** Of the configuration, to name in errors and in the log: `http.tls`. */
  readonly section: string;
  /** Files in PEM. */
  readonly certificate: string;
  readonly key: string;
  /** Files in PEM: who may sign the certificates of clients; empty: they are asked for none. */
  readonly clientCas: readonly string[];
  readonly clientAuth: ClientAuth;
  readonly minimum: 'TLSv1.2' | 'TLSv1.3';
  /** As OpenSSL writes a list of suites; absent: Node's own. */
  readonly ciphers?: string;
}

/** A certificate that cannot be served; the message names the key and the file, for a person. */
export class CertificateUnusable extends Error {
  override readonly name = 'CertificateUnusable';
}

export interface FollowPorts {
  readonly timers: Timers;
  readonly log: Log;
}

/** In ms; 0: none. */
export interface ConnectionLimits {
  /** For the whole of a request, its body included. */
  readonly requestMs: number;
  /** Without any byte. */
  readonly idleMs: number;
}

const lookMs = 10_000;
/** As Fastify has it for servers that it makes itself. */
const keepAliveMs = 72_000;

/** The TLS of a listener, by files that may be replaced while it serves. */
export class SecureServer {
  readonly #config: TlsConfig;
  readonly #servers = new Set<Server>();
  #served: SecureContextOptions;

  private constructor(config: TlsConfig, served: SecureContextOptions) {
    this.#config = config;
    this.#served = served;
  }

  /** Reads the files and sees that they fit together. Rejects with `CertificateUnusable`. */
  static async open(config: TlsConfig, signal: AbortSignal): Promise<SecureServer> {
    return new SecureServer(config, await contextOf(config, signal));
  }

  /** Whether clients are asked for a certificate of one of `clientCas`. */
  get asksForCertificates(): boolean {
    return this.#config.clientCas.length > 0;
  }

  /** Not listening yet. Called once for each address, where a name has several. */
  create(handler: RequestListener, { requestMs, idleMs }: ConnectionLimits): Server {
    const { clientAuth } = this.#config;
    const rejectUnauthorized = this.asksForCertificates && clientAuth === 'require-and-verify-client-cert';
    const server = createServer(
      { ...this.#served, requestCert: this.asksForCertificates, rejectUnauthorized },
      handler,
    );
    if (this.asksForCertificates) {
      // Before HTTP sees the connection. (TLS itself takes whatever certificate comes, but in the strictest case.)
      server.prependListener('secureConnection', (socket) => {
        if (!mayCome(socket, clientAuth)) socket.destroy();
      });
    }
    server.requestTimeout = requestMs;
    server.keepAliveTimeout = keepAliveMs;
    server.setTimeout(idleMs);
    this.#servers.add(server);
    return server;
  }

  /**
   * Serves what the files hold by now, until `signal`: whoever renews certificates tells nobody, and a mounted Secret is swapped by a link. What cannot be
   * served (one file of two is new, say) is logged, and what was served before is served on.
   */
  async follow({ timers, log }: FollowPorts, signal: AbortSignal): Promise<void> {
    const { section, certificate } = this.#config;
    while (!isAborted(signal)) {
      try {
        await pause(timers, lookMs, signal);
        const found = await contextOf(this.#config, signal);
        if (isDeepStrictEqual(found, this.#served)) continue;
        for (const server of this.#servers) server.setSecureContext(found);
        this.#served = found;
        log.info({ section, certificate }, 'another certificate is served');
      } catch (error) {
        if (isAborted(signal)) return;
        log.error({ err: error, section }, 'a certificate cannot be read anew');
      }
    }
  }
}

function mayCome(socket: TLSSocket, clientAuth: ClientAuth): boolean {
  const hasShown = socket.getPeerX509Certificate() !== undefined;
  switch (clientAuth) {
    case 'request-client-cert':
      return true;
    case 'require-any-client-cert':
      return hasShown;
    case 'verify-client-cert-if-given':
      return !hasShown || socket.authorized;
    case 'require-and-verify-client-cert':
      return socket.authorized;
  }
}

async function contextOf(config: TlsConfig, signal: AbortSignal): Promise<SecureContextOptions> {
  const { section, certificate, key: keyFile, minimum, ciphers } = config;
  const [cert, key, ...ca] = await Promise.all([
    contentOf(`${section}.certificate`, certificate, signal),
    contentOf(`${section}.key`, keyFile, signal),
    ...config.clientCas.map((file) => contentOf(`${section}.clientcas`, file, signal)),
  ]);
  const context = {
    ...{ cert, key, minVersion: minimum },
    ...(ciphers === undefined ? {} : { ciphers }),
    ...(ca.length === 0 ? {} : { ca }),
  };
  try {
    createSecureContext(context);
    return context;
  } catch (cause) {
    const says = `${certificate} and ${keyFile} cannot be served: ${messageOf(cause)}`;
    throw new CertificateUnusable(`${section}: ${says}`, { cause });
  }
}

async function contentOf(key: string, file: string, signal: AbortSignal): Promise<string> {
  try {
    return await readFile(file, { encoding: 'utf8', signal });
  } catch (cause) {
    throw new CertificateUnusable(`${key}: cannot read ${file}: ${messageOf(cause)}`, { cause });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
