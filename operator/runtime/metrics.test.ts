import { readFile } from 'node:fs/promises';
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { RuntimeMetrics } from './metrics.ts';

/** As `pkg/internal/controller/metrics` and `pkg/metrics/workqueue.go` of controller-runtime have them. */
const names: Record<string, { kind: string; labels: string[] }> = {
  controller_runtime_reconcile_total: { kind: 'counter', labels: ['controller', 'result'] },
  controller_runtime_reconcile_errors_total: { kind: 'counter', labels: ['controller'] },
  controller_runtime_terminal_reconcile_errors_total: { kind: 'counter', labels: ['controller'] },
  controller_runtime_reconcile_panics_total: { kind: 'counter', labels: ['controller'] },
  controller_runtime_reconcile_time_seconds: { kind: 'histogram', labels: ['controller'] },
  controller_runtime_max_concurrent_reconciles: { kind: 'gauge', labels: ['controller'] },
  controller_runtime_active_workers: { kind: 'gauge', labels: ['controller'] },
  workqueue_depth: { kind: 'gauge', labels: ['controller', 'name'] },
  workqueue_adds_total: { kind: 'counter', labels: ['controller', 'name'] },
  workqueue_queue_duration_seconds: { kind: 'histogram', labels: ['controller', 'name'] },
  workqueue_work_duration_seconds: { kind: 'histogram', labels: ['controller', 'name'] },
  workqueue_unfinished_work_seconds: { kind: 'gauge', labels: ['controller', 'name'] },
  workqueue_longest_running_processor_seconds: { kind: 'gauge', labels: ['controller', 'name'] },
  workqueue_retries_total: { kind: 'counter', labels: ['controller', 'name'] },
  coppice_operator_watch_misses_total: { kind: 'counter', labels: ['kind'] },
};

async function figures(): Promise<{ registry: Registry; lines: string[] }> {
  const registry = new Registry();
  const standing = (): { depth: number; workingMs: number[] } => ({ depth: 2, workingMs: [500, 1500] });
  const metrics = new RuntimeMetrics(registry).controller({ name: 'registry', workers: 4, standing });
  metrics.queue.onTaken(30);
  metrics.queue.onDone(7);
  metrics.onStarted();
  metrics.onEnded(120);
  return { registry, lines: (await registry.metrics()).split('\n') };
}

it('has the names, kinds and labels of controller-runtime, one of its own, and no others', async () => {
  const { registry } = await figures();
  const found = await registry.getMetricsAsJSON();
  expect(found.map(({ name }) => name).toSorted()).toEqual(Object.keys(names).toSorted());
  for (const { name, type, values } of found) {
    const labels = new Set(values.flatMap((value) => Object.keys(value.labels)).filter((label) => label !== 'le'));
    expect({ name, kind: type, labels: [...labels].toSorted() }).toEqual({ name, ...names[name] });
  }
});

it('has everything that a controller counts at zero from its start', async () => {
  const { lines } = await figures();
  for (const result of ['success', 'error', 'requeue', 'requeue_after'])
    expect(lines).toContain(`controller_runtime_reconcile_total{controller="registry",result="${result}"} 0`);
  expect(lines).toContain('controller_runtime_reconcile_panics_total{controller="registry"} 0');
  expect(lines).toContain('workqueue_retries_total{name="registry",controller="registry"} 0');
  expect(lines).toContain('controller_runtime_max_concurrent_reconciles{controller="registry"} 4');
});

it('reads depth and work that goes on when it is asked, in seconds', async () => {
  const { lines } = await figures();
  expect(lines).toContain('workqueue_depth{name="registry",controller="registry"} 2');
  expect(lines).toContain('workqueue_unfinished_work_seconds{name="registry",controller="registry"} 2');
  expect(lines).toContain('workqueue_longest_running_processor_seconds{name="registry",controller="registry"} 1.5');
});

it('has the buckets of controller-runtime', async () => {
  const { lines } = await figures();
  const bounds = (name: string): number[] =>
    lines
      .filter((line) => line.startsWith(`${name}_bucket`))
      .map((line) => /le="([^"]+)"/.exec(line)?.[1] ?? '')
      .map((bound) => (bound === '+Inf' ? Infinity : Number(bound)));
  expect(bounds('controller_runtime_reconcile_time_seconds')).toHaveLength(41);
  expect(bounds('workqueue_queue_duration_seconds')).toEqual([
    ...[1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 10, 100, 1000],
    Infinity,
  ]);
  expect(bounds('workqueue_work_duration_seconds')).toHaveLength(13);
});

it('is documented whole', async () => {
  const page = await readFile(new URL('../../docs/operations/metrics.md', import.meta.url), 'utf8');
  const [, section = ''] = page.split('\n## The operator\n');
  const documented = [...section.matchAll(/^\| `([a-z_]+)` +\| (\w+) +\| (.+?) +\| /gm)].map(
    ([, name, kind, labels]) => [
      name,
      { kind, labels: [...(labels ?? '').matchAll(/`(\w+)`/g)].map(([, label]) => label).toSorted() },
    ],
  );
  expect(Object.fromEntries(documented)).toEqual(names);
});
