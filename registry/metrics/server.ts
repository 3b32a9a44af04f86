import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';

export interface MetricsServerPorts {
  readonly registry: Registry;
  /** The path of the metrics; `undefined`: health only. */
  readonly path: string | undefined;
  /** Why the replica cannot do all of its work, if so. */
  readonly ailments: () => readonly string[];
}

/**
 * Metrics and, at distribution's path, health: 200 `{}`, or 503 with what is wrong. Not listening yet. Nothing here changes anything, and nothing is told
 * that a client named.
 */
export function buildMetricsServer({ registry, path, ailments }: MetricsServerPorts): Server {
  return createServer({ requestTimeout: 10_000 }, (request, response) => {
    const asked = (request.url ?? '').split('?', 1)[0];
    if (request.method !== 'GET' && request.method !== 'HEAD') answer(response, 405, 'text/plain', 'GET or HEAD\n');
    else if (asked === '/debug/health') answerHealth(response, ailments());
    else if (asked === path && path !== undefined) void answerMetrics(response, registry);
    else answer(response, 404, 'text/plain', 'there is /debug/health, and the metrics\n');
  });
}

function answerHealth(response: ServerResponse, ailments: readonly string[]): void {
  const body = Object.fromEntries(ailments.map((ailment, at) => [`ailment${at + 1}`, ailment]));
  answer(response, ailments.length === 0 ? 200 : 503, 'application/json', `${JSON.stringify(body)}\n`);
}

async function answerMetrics(response: ServerResponse, registry: Registry): Promise<void> {
  try {
    answer(response, 200, registry.contentType, await registry.metrics());
  } catch (error) {
    answer(response, 500, 'text/plain', `${error instanceof Error ? error.message : String(error)}\n`);
  }
}

function answer(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
