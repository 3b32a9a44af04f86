import { readFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import { isDeepStrictEqual } from 'node:util';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import type { AdminTls } from '../config/admin.ts';
import type { Log, Timers } from '../window/ports.ts';
import { pause } from '../window/waiting.ts';

/** A certificate that cannot be served; the message names the key and the file, for a person. */
export class CertificateUnusable extends Error {
  override readonly name = 'CertificateUnusable';
}

export interface FollowPorts {
  readonly timers: Timers;
  readonly log: Log;
}

const lookMs = 10_000;
/** As Fastify has it for servers that it makes itself. */
const keepAliveMs = 72_000;
const requestTimeoutMs = 60_000;

/** The TLS of the admin listener, by files that may be replaced while it serves. */
export class SecureServer {
  readonly #files: AdminTls;
  #served: SecureContextOptions;
  #server: Server | undefined;

  private constructor(files: AdminTls, served: SecureContextOptions) {
    this.#files = files;
    this.#served = served;
  }

  /** Reads the files and sees that they fit together. Rejects with `CertificateUnusable`. */
  static async open(files: AdminTls, signal: AbortSignal): Promise<SecureServer> {
    return new SecureServer(files, await contextOf(files, signal));
  }

  /** Whether a client must show a certificate of one of `coppice.admin.tls.clientcas`. */
  get asksForCertificates(): boolean {
    return this.#files.clientCas.length > 0;
  }

  /**
   * Not listening yet. A client without a certificate is let in as far as HTTP: a nudge needs none, and whoever else lacks one is told so in words.
   */
  create(handler: RequestListener): Server {
    const asks = { requestCert: this.asksForCertificates, rejectUnauthorized: false };
    const server = createServer({ ...this.#served, ...asks }, handler);
    server.requestTimeout = requestTimeoutMs;
    server.keepAliveTimeout = keepAliveMs;
    this.#server = server;
    return server;
  }

  /**
   * Serves what the files hold by now, until `signal`: whoever renews certificates tells nobody, and a mounted Secret is swapped by a link. What cannot be
   * served (one file of two is new, say) is logged, and what was served before is served on.
   */
  async follow({ timers, log }: FollowPorts, signal: AbortSignal): Promise<void> {
    while (!isAborted(signal)) {
      try {
        await pause(timers, lookMs, signal);
        const found = await contextOf(this.#files, signal);
        if (isDeepStrictEqual(found, this.#served)) continue;
        this.#server?.setSecureContext(found);
        this.#served = found;
        log.info({ certificate: this.#files.certificate }, 'the admin API serves another certificate');
      } catch (error) {
        if (isAborted(signal)) return;
        log.error({ err: error }, 'the certificate of the admin API cannot be read anew');
      }
    }
  }
}

async function contextOf(files: AdminTls, signal: AbortSignal): Promise<SecureContextOptions> {
  const [cert, key, ...ca] = await Promise.all([
    contentOf('coppice.admin.tls.certificate', files.certificate, signal),
    contentOf('coppice.admin.tls.key', files.key, signal),
    ...files.clientCas.map((file) => contentOf('coppice.admin.tls.clientcas', file, signal)),
  ]);
  const context = { cert, key, ...(ca.length === 0 ? {} : { ca }) };
  try {
    createSecureContext(context);
    return context;
  } catch (cause) {
    const says = `${files.certificate} and ${files.key} cannot be served: ${messageOf(cause)}`;
    throw new CertificateUnusable(`coppice.admin.tls: ${says}`, { cause });
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

/** Asked anew each time: it changes while something is awaited. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
