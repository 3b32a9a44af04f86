/**
 * What many objects on an API server cost: `--help` says how.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { choiceOf, wholeOf } from '../../hack/seeds/options.ts';
import { quantileOf, type Sample, sumOf } from '../measuring/exposition.ts';
import { benchmark, type Tell } from '../measuring/program.ts';
import { callsBetween, type Result, textOf } from './report.ts';
import { memoryIn, quietMs, Watched } from './watched.ts';
import { ClusterBench } from './world.ts';

const help = `Measures the operator on an API server that holds many objects.

Usage: node bench/cluster-operator/main.ts [OPTION…]

etcd and an API server are started, one replica with images, then the operator, each a process of its own. It is told how long it takes until
every object is settled, what was asked of the API server meanwhile (by its own counters), how long reconciles took and how much memory the
operator had (by the operator's metrics), and what is asked in a minute in which nothing changes.

Options:
      --requests N          DeleteRequests: a quarter of them want an approval, the others only preview (2000)
      --policies N          RetentionPolicies (200)
      --images N            in 50 repositories (500)
      --idle N              seconds to look at afterwards (60)
      --within N            seconds until it is given up (1800)
  -o, --output FORMAT       text (default) or json
  -h, --help                this text

Examples:
  node bench/cluster-operator/main.ts
  # a look in a minute
  node bench/cluster-operator/main.ts --requests 200 --policies 20 --idle 10

It needs the tools of \`npm run tools\`.

Exit codes: 0 measured, 1 failed or not settled in time, 2 a mistake in the command, 130 interrupted.`;

const defaults = { requests: '2000', policies: '200', images: '500', idle: '60', within: '1800', output: 'text' };
const againMs = 5000;
const controllers = ['registry', 'retentionpolicy', 'deleterequest'] as const;

await benchmark(help, defaults, async (values, tell, signal) => {
  const requests = wholeOf('--requests', values.requests);
  const policies = wholeOf('--policies', values.policies);
  const images = wholeOf('--images', values.images);
  const idle = wholeOf('--idle', values.idle);
  const within = wholeOf('--within', values.within);
  const output = choiceOf('--output', values.output, ['text', 'json']);
  tell('starting an API server and a replica');
  const bench = await ClusterBench.start(signal);
  try {
    tell(`pushing ${images} images, making ${requests} DeleteRequests and ${policies} RetentionPolicies`);
    await bench.fill({ requests, policies, images }, signal);
    const result = await measure(bench, { objects: 1 + policies + requests, idle, within }, tell, signal);
    console.log(output === 'text' ? textOf(result) : JSON.stringify(result, undefined, 2));
    return 'asPromised';
  } finally {
    await bench.remove();
  }
});

interface Limits {
  readonly objects: number;
  readonly idle: number;
  readonly within: number;
}

async function measure(bench: ClusterBench, limits: Limits, tell: Tell, signal: AbortSignal): Promise<Result> {
  const { objects, idle, within } = limits;
  const before = await bench.ofApiServer(signal);
  const began = performance.now();
  await bench.startOperator(signal);
  tell('the operator has begun');
  const watched = new Watched();
  for (let settled = 0; settled < objects;) {
    await watched.untilQuiet(bench, began + within * 1000, signal);
    const quietAt = performance.now() - quietMs;
    settled = await bench.settled(signal);
    tell(`${settled} of ${objects} settled`);
    if (settled < objects) await pause(againMs, undefined, { signal });
    else watched.settledAt = quietAt;
  }
  const after = await bench.ofApiServer(signal);
  const operator = await bench.ofOperator(signal);
  tell(`all settled; looking at ${idle} s in which nothing changes`);
  const idleFrom = await bench.ofApiServer(signal);
  await pause(idle * 1000, undefined, { signal });
  const idleUntil = await bench.ofApiServer(signal);
  const last = await bench.ofOperator(signal);
  return {
    objects,
    seconds: (watched.settledAt - began) / 1000,
    calls: callsBetween(before, after),
    reconciles: Object.fromEntries(controllers.map((controller) => [controller, reconcilesOf(operator, controller)])),
    mostWaiting: watched.mostWaiting,
    residentMiB: { most: mib(watched.mostBytes), after: mib(memoryIn(last)) },
    cpuSeconds: sumOf(operator, 'process_cpu_seconds_total'),
    idle: { seconds: idle, calls: callsBetween(idleFrom, idleUntil) },
  };
}

function reconcilesOf(samples: readonly Sample[], controller: string): Result['reconciles'][string] {
  const name = 'controller_runtime_reconcile_time_seconds';
  return {
    count: sumOf(samples, 'controller_runtime_reconcile_total', { controller }),
    errors: sumOf(samples, 'controller_runtime_reconcile_errors_total', { controller }),
    p50Under: quantileOf(samples, name, { controller }, 0.5),
    p99Under: quantileOf(samples, name, { controller }, 0.99),
  };
}

function mib(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}
