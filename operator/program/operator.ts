import { collectDefaultMetrics, Registry as MetricsRegistry } from 'prom-client';
import type { ResourceHome } from '../resources/home.ts';
import { RuntimeMetrics } from '../runtime/metrics.ts';
import { Runtime } from '../runtime/runtime.ts';
import { buildOperatorServer } from '../runtime/server.ts';
import { systemTimers } from '../runtime/timers.ts';
import { buildControllers } from './controllers.ts';
import type { OpenHome, OperatorPorts } from './ports.ts';

/**
 *   open the home (lock, state, resources) ─▶ serve metrics and health ─▶ list ─▶ reconcile
 *
 * Until `signal` is aborted; then reconciles that are on end, plans in the making are cancelled, and all that was begun is written before this resolves.
 * Runs that were ordered go on in the registry and are found again by the next operator. Rejects for what ends it otherwise, and leaves nothing open.
 */
export async function runOperator(openHome: OpenHome, ports: OperatorPorts, signal: AbortSignal): Promise<void> {
  const { log, version } = ports;
  const opened = await openHome(ports, signal);
  try {
    log.info({ version, ...opened.about }, 'the operator has opened its resources');
    await reconcile(opened.home, ports, signal);
  } finally {
    await opened.close();
  }
  log.info({}, 'the operator has stopped');
}

async function reconcile(home: ResourceHome, ports: OperatorPorts, signal: AbortSignal): Promise<void> {
  const { now, mono, fresh, log, random, replicasOf } = ports;
  const timers = systemTimers;
  const registry = new MetricsRegistry();
  collectDefaultMetrics({ register: registry }); // memory and CPU, under the names that every client library gives them
  const metrics = new RuntimeMetrics(registry);
  const { controllers, planner } = buildControllers({ home, replicasOf, timers, metrics, now, mono, fresh, log });
  const parts = { home, mono, timers, random: () => fraction(random(4)), log, controllers };
  const runtime = new Runtime({ ...parts, flush: () => planner.stop() });
  const served = await ports.serve(buildOperatorServer(registry, runtime));
  try {
    log.info({ metrics: served.at }, 'the operator begins');
    await runtime.run(signal);
  } finally {
    await served.close();
  }
}

/** From 0 to below 1. */
function fraction(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => (sum + byte) / 256, 0);
}
