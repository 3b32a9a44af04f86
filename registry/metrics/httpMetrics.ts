import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Names and labels of distribution, for which dashboards exist: one `handler` per kind of resource. */
export type Handler = 'base' | 'manifest' | 'tags' | 'referrers' | 'catalog' | 'blob' | 'blob_upload' | 'other';

const rules: readonly (readonly [RegExp, Handler])[] = [
  [/^\/v2\/?$/, 'base'],
  [/^\/v2\/_catalog$/, 'catalog'],
  [/^\/v2\/.+\/tags\/list$/, 'tags'],
  [/^\/v2\/.+\/referrers\/[^/]+$/, 'referrers'],
  [/^\/v2\/.+\/manifests\/[^/]+$/, 'manifest'],
  [/^\/v2\/.+\/blobs\/uploads(\/.*)?$/, 'blob_upload'],
  [/^\/v2\/.+\/blobs\/[^/]+$/, 'blob'],
];

/** From the path alone, never a label that a client can make up. */
export function handlerOf(url: string): Handler {
  const path = url.split('?', 1)[0] ?? '';
  return rules.find(([pattern]) => pattern.test(path))?.[1] ?? 'other';
}

const methods = new Set(['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE', 'OPTIONS']);
const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Counts every request of the registry API from its first byte to the last of its answer, or to the end of its connection. */
export class HttpMetrics {
  readonly #requests: Counter<'code' | 'handler' | 'method'>;
  readonly #seconds: Histogram<'handler' | 'method'>;
  readonly #inFlight: Gauge<'handler'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#requests = new Counter({
      name: 'registry_http_requests_total',
      help: 'Requests that were answered, by status; 499 where the client went before its answer.',
      labelNames: ['code', 'handler', 'method'],
      registers,
    });
    this.#seconds = new Histogram({
      name: 'registry_http_request_duration_seconds',
      help: 'From the head of a request to the end of its answer.',
      labelNames: ['handler', 'method'],
      buckets: seconds,
      registers,
    });
    this.#inFlight = new Gauge({
      name: 'registry_http_in_flight_requests',
      help: 'Requests that are being answered.',
      labelNames: ['handler'],
      registers,
    });
  }

  watch(server: Server, now: () => number): void {
    // Before the server's own listener, which may route by another URL than the client's.
    server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
      const handler = handlerOf(request.url ?? '');
      const method = methods.has(request.method ?? '') ? (request.method ?? '').toLowerCase() : 'other';
      const began = now();
      this.#inFlight.inc({ handler });
      response.once('close', () => {
        this.#inFlight.dec({ handler });
        const code = response.writableFinished ? response.statusCode : 499;
        this.#requests.inc({ code, handler, method });
        this.#seconds.observe({ handler, method }, (now() - began) / 1000);
      });
    });
  }
}
