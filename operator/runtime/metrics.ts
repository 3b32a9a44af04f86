import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { type Kind, kinds } from '../resources/home.ts';
import type { QueueMetrics, QueueStanding } from './queue.ts';

/** The labels of controller-runtime for what came of a reconcile. */
export type ReconcileResult = 'success' | 'error' | 'requeue' | 'requeue_after';
const results: readonly ReconcileResult[] = ['success', 'error', 'requeue', 'requeue_after'];

/** Of one controller. */
export interface ControllerMetrics {
  readonly queue: QueueMetrics;
  onStarted(): void;
  onEnded(tookMs: number): void;
  onResult(result: ReconcileResult): void;
  onPanicked(): void;
  /** Waits for a person. */
  onStalled(): void;
}

export interface ControllerFacts {
  readonly name: string;
  readonly workers: number;
  readonly standing: () => QueueStanding;
}

type Of<Labels extends string> = readonly [name: string, help: string, labelNames: readonly Labels[]];
type QueueLabels = 'name' | 'controller';

const reconcileSeconds = [
  ...[
    0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5, 1.75,
  ],
  ...[2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60],
];
const queueSeconds = [1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 10, 100, 1000];
const queueLabels = ['name', 'controller'] as const;

/**
 * Names, labels and buckets of controller-runtime, for which dashboards exist (docs/operations/metrics.md). Its label `priority` is left out: our queues
 * have none, and to Prometheus that is the same as the empty one it writes then. What controller-runtime has no name for is `coppice_operator_*`.
 */
export class RuntimeMetrics {
  readonly #of: ReturnType<typeof register>;
  readonly #controllers: ControllerFacts[] = [];

  constructor(registry: Registry) {
    this.#of = register(registry, () => this.#controllers);
    for (const kind of kinds) this.#of.misses.inc({ kind }, 0);
  }

  /** A change of this kind that its watch had kept back was found by a list. */
  onMissed(kind: Kind): void {
    this.#of.misses.inc({ kind });
  }

  /** Once for each name. Everything it counts stands at zero from now on. */
  controller(facts: ControllerFacts): ControllerMetrics {
    this.#controllers.push(facts);
    const { total, errors, terminal, panics, seconds, most, active } = this.#of;
    const labels = { controller: facts.name };
    for (const result of results) total.inc({ ...labels, result }, 0);
    for (const counter of [errors, terminal, panics]) counter.inc(labels, 0);
    most.set(labels, facts.workers);
    active.set(labels, 0);
    return {
      queue: this.#queue(facts.name),
      onStarted() {
        active.inc(labels);
      },
      onEnded(tookMs) {
        active.dec(labels);
        seconds.observe(labels, tookMs / 1000);
      },
      onResult(result) {
        total.inc({ ...labels, result });
        if (result === 'error') errors.inc(labels);
      },
      onPanicked() {
        panics.inc(labels);
      },
      onStalled() {
        terminal.inc(labels);
      },
    };
  }

  #queue(name: string): QueueMetrics {
    const { adds, waited, worked, retries } = this.#of;
    const labels = { name, controller: name };
    adds.inc(labels, 0);
    retries.inc(labels, 0);
    return {
      onAdded() {
        adds.inc(labels);
      },
      onTaken(waitedMs) {
        waited.observe(labels, waitedMs / 1000);
      },
      onDone(workedMs) {
        worked.observe(labels, workedMs / 1000);
      },
      onRetried() {
        retries.inc(labels);
      },
    };
  }
}

function register(registry: Registry, controllers: () => readonly ControllerFacts[]) {
  const registers = [registry];
  const counter = <L extends string>([name, help, labelNames]: Of<L>) =>
    new Counter({ name, help, labelNames, registers });
  const gauge = <L extends string>([name, help, labelNames]: Of<L>) => new Gauge({ name, help, labelNames, registers });
  const histogram = <L extends string>([name, help, labelNames]: Of<L>, buckets: number[]) =>
    new Histogram({ name, help, labelNames, buckets, registers });
  const read = (name: string, help: string, value: (standing: QueueStanding) => number) =>
    new Gauge<QueueLabels>({
      ...{ name, help, labelNames: queueLabels, registers },
      collect() {
        for (const { name: queue, standing } of controllers())
          this.set({ name: queue, controller: queue }, value(standing()));
      },
    });
  const by = ['controller'] as const;

  read('workqueue_depth', 'Keys that wait to be taken.', ({ depth }) => depth);
  read('workqueue_unfinished_work_seconds', 'Seconds of work on keys that is not done yet, together.', unfinished);
  read('workqueue_longest_running_processor_seconds', 'The longest that one key is being worked on.', longest);
  return {
    total: counter(['controller_runtime_reconcile_total', 'Reconciles, by result.', ['controller', 'result'] as const]),
    errors: counter(['controller_runtime_reconcile_errors_total', 'Reconciles that failed.', by]),
    terminal: counter([
      'controller_runtime_terminal_reconcile_errors_total',
      'Reconciles after which an object waits for a person.',
      by,
    ]),
    panics: counter(['controller_runtime_reconcile_panics_total', 'Reconciles that met a fault of the program.', by]),
    seconds: histogram(
      ['controller_runtime_reconcile_time_seconds', 'How long a reconcile took.', by],
      reconcileSeconds,
    ),
    most: gauge(['controller_runtime_max_concurrent_reconciles', 'Workers of a controller.', by]),
    active: gauge(['controller_runtime_active_workers', 'Workers that are at a reconcile.', by]),
    adds: counter(['workqueue_adds_total', 'Keys added that did not wait already.', queueLabels]),
    waited: histogram(
      ['workqueue_queue_duration_seconds', 'How long a key waited to be taken.', queueLabels],
      queueSeconds,
    ),
    worked: histogram(['workqueue_work_duration_seconds', 'How long a key was worked on.', queueLabels], queueSeconds),
    misses: counter([
      'coppice_operator_watch_misses_total',
      'Changes that a watch had kept back, found by a list.',
      ['kind'] as const,
    ]),
    retries: counter(['workqueue_retries_total', 'Keys that were to come back later.', queueLabels]),
  };
}

function unfinished({ workingMs }: QueueStanding): number {
  return workingMs.reduce((sum, ms) => sum + ms, 0) / 1000;
}

function longest({ workingMs }: QueueStanding): number {
  return Math.max(0, ...workingMs) / 1000;
}
