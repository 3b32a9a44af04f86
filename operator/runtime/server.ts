import { createServer, type Server } from 'node:http';
import type { Registry } from 'prom-client';
import type { Runtime } from './runtime.ts';

/** A probe's answer as Kubernetes' own programs give it: `ok`, or what is not. */
interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const text = 'text/plain; charset=utf-8';
type Health = Pick<Runtime, 'isReady' | 'ailments'>;

/** Metrics at /metrics, and what probes ask for at the paths of controller-runtime. Not listening yet; nothing here changes anything. */
export function buildOperatorServer(metrics: Registry, health: Health): Server {
  return createServer({ requestTimeout: 10_000 }, (request, response) => {
    const asked = request.method === 'GET' || request.method === 'HEAD' ? (request.url ?? '') : '';
    void answerTo(asked, metrics, health).then(({ status, type, body }) => {
      response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
      response.end(body);
    });
  });
}

async function answerTo(url: string, metrics: Registry, health: Health): Promise<Answer> {
  switch (url.split('?', 1)[0]) {
    case '/healthz':
      return probe(health.ailments());
    case '/readyz':
      return probe(health.isReady ? [] : ['not every kind of resource was listed yet, or the operator stops']);
    case '/metrics':
      return figures(metrics);
    default:
      return { status: 404, type: text, body: 'GET /metrics, /healthz or /readyz\n' };
  }
}

function probe(ailments: readonly string[]): Answer {
  if (ailments.length === 0) return { status: 200, type: text, body: 'ok' };
  return { status: 500, type: text, body: `${ailments.join('\n')}\n` };
}

async function figures(metrics: Registry): Promise<Answer> {
  try {
    return { status: 200, type: metrics.contentType, body: await metrics.metrics() };
  } catch (error) {
    return { status: 500, type: text, body: `${error instanceof Error ? error.message : String(error)}\n` };
  }
}
