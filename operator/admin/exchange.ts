import { type IncomingHttpHeaders, type IncomingMessage, request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';

/** Whom one asks, and whom one takes for it. */
export interface Server {
  /** `http://127.0.0.1:5443`, without a path. */
  readonly origin: string;
  /** PEM: who may sign its certificate. Absent: whom Node trusts. */
  readonly ca?: string;
  /** The name its certificate must be for, where that is not the host of `origin`: a pod is reached at its address, and known by a name. */
  readonly serverName?: string;
}

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

const limitBytes = 256 << 20;

/**
 * One request and its whole answer. Connections are kept by Node's own agents, a pool for each origin and authority. Rejects where no answer came; what was
 * asked may then have been done or not, and only a GET is sent a second time.
 */
export async function exchange(server: Server, asked: Asked, signal: AbortSignal): Promise<Answered> {
  try {
    return await once(server, asked, signal);
  } catch (error) {
    // The other end closed a connection that was idle just as we took it for this.
    if (!(error instanceof LostConnection) || asked.method !== 'GET') throw error;
    return once(server, asked, signal);
  }
}

/** A connection that had been kept broke before anything was answered. */
class LostConnection extends Error {
  override readonly name = 'LostConnection';
}

function once({ origin, ca, serverName }: Server, asked: Asked, signal: AbortSignal): Promise<Answered> {
  const { method, path, headers, body } = asked;
  const isSecure = origin.startsWith('https:');
  const trust = {
    ...(ca === undefined ? {} : { ca }),
    ...(serverName === undefined ? {} : { servername: serverName }),
  };
  const { promise, resolve, reject } = Promise.withResolvers<Answered>();
  const request = isSecure ? secureRequest : plainRequest;
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const options = { method, signal, headers: { ...headers, ...length }, ...(isSecure ? trust : {}) };
  const sent = request(`${origin}${path}`, options, (response) => {
    textOf(response).then((text) => {
      resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
    }, reject);
  });
  sent.on('error', (cause: NodeJS.ErrnoException) => {
    const isLost = sent.reusedSocket && (cause.code === 'ECONNRESET' || cause.code === 'EPIPE');
    reject(isLost ? new LostConnection(cause.message, { cause }) : cause);
  });
  sent.end(body);
  return promise;
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > limitBytes) throw new Error('the answer is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
