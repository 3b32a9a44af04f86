import { collectDefaultMetrics, Registry as MetricsRegistry } from 'prom-client';
import type { Kind } from '../resources/home.ts';
import { emptyShelves } from '../resources/shelf.ts';
import { ShelvedHome } from '../resources/shelvedHome.ts';
import { RuntimeMetrics } from '../runtime/metrics.ts';
import { Runtime } from '../runtime/runtime.ts';
import { buildOperatorServer } from '../runtime/server.ts';
import { systemTimers } from '../runtime/timers.ts';
import { buildControllers } from './controllers.ts';
import { fraction } from './fraction.ts';
import { Health } from './health.ts';
import type { OpenedHome, OpenHome, OperatorPorts } from './ports.ts';

/**
 *   serve metrics and health ─▶ open the home (lock, state, resources; in a cluster: lead) ─▶ list ─▶ reconcile
 *
 * Until `signal` is aborted; then reconciles that are on end, plans in the making are cancelled, and all that was begun is written before this resolves.
 * Runs that were ordered go on in the registry and are found again by the next operator. Rejects for what ends it otherwise, and leaves nothing open.
 */
export async function runOperator(openHome: OpenHome, ports: OperatorPorts, signal: AbortSignal): Promise<void> {
  const { log, version } = ports;
  const metrics = new MetricsRegistry();
  collectDefaultMetrics({ register: metrics }); // memory and CPU, under the names that every client library gives them
  const health = new Health();
  const served = await ports.serve(buildOperatorServer(metrics, health));
  try {
    const standBy = (): void => {
      health.standBy();
    };
    const opened = await unlessStopped(openHome({ ...ports, metrics, standBy }, signal), signal);
    if (opened === undefined) return;
    try {
      log.info({ version, ...opened.about }, 'the operator has opened its resources');
      const runtime = runtimeOf(opened, ports, metrics);
      health.begin(runtime);
      log.info({ metrics: served.at }, 'the operator begins');
      await runtime.run(signal);
    } finally {
      await opened.close();
    }
  } finally {
    await served.close();
    log.info({}, 'the operator has stopped');
  }
}

/** Who is told to stop while it waits for its turn has done all that it had to. */
async function unlessStopped<T>(opening: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  try {
    return await opening;
  } catch (error) {
    if (signal.aborted && error === signal.reason) return undefined;
    throw error;
  }
}

function runtimeOf(
  { home, workloads, reports, tasks = [], ...opened }: OpenedHome,
  ports: OperatorPorts,
  registry: MetricsRegistry,
): Runtime {
  const { now, mono, fresh, log, random } = ports;
  const { replicasOf = ports.replicasOf } = opened;
  const timers = systemTimers;
  const metrics = new RuntimeMetrics(registry);
  const shelves = emptyShelves();
  const { controllers, planner } = buildControllers({
    ...{ home: new ShelvedHome(home, shelves), shelves, replicasOf, timers, metrics, now, mono, fresh, log },
    ...(workloads === undefined ? {} : { workloads }),
    ...(reports === undefined ? {} : { reports }),
  });
  const onMissed = (kind: Kind): void => {
    metrics.onMissed(kind);
  };
  const parts = { home, shelves, mono, timers, random: () => fraction(random(4)), log, controllers, tasks, onMissed };
  return new Runtime({ ...parts, flush: () => planner.stop() });
}
