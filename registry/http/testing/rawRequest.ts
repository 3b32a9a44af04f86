import { type Agent, request } from 'node:http';
import { buffer } from 'node:stream/consumers';

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
  /** Of the connection that it came by. */
  readonly localPort: number | undefined;
}

interface RawOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly agent?: Agent;
}

/** Sends a path as it stands, which `fetch` would tidy up first. */
export async function rawRequest(
  port: number,
  method: string,
  path: string,
  { body, ...options }: RawOptions = {},
): Promise<RawAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<RawAnswer>();
  const sent = request({ host: '127.0.0.1', port, method, path, ...options }, (response) => {
    const {
      statusCode: status = 0,
      headers,
      socket: { localPort },
    } = response;
    buffer(response).then((received) => {
      resolve({ status, headers, body: received.toString('utf8'), localPort });
    }, reject);
  });
  sent.once('error', reject);
  sent.end(body);
  return promise;
}
