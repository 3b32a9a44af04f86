import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { WindowMetrics } from '../window/ports.ts';

/** What a run tells when it has ended. */
export interface RunFigures {
  readonly reason: string;
  readonly bytes: number;
  readonly windows: readonly number[];
}

const holds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** What this replica knows of itself when it is asked. */
export interface Standing {
  /** `undefined`: no gate was read yet. */
  readonly epoch: number | undefined;
  readonly hasPermit: boolean;
}

/** Our own names, `coppice_*`: docs/operations/metrics.md says what each means and what to alarm on. */
export class CoppiceMetrics {
  /** Handed to the replica. */
  readonly window: WindowMetrics;
  readonly #runs: Counter<'reason'>;
  readonly #reclaimed: Counter;
  readonly #windows: Histogram;

  constructor(registry: Registry, standing: () => Standing) {
    const registers = [registry];
    this.window = windowMetrics(registry);
    this.#runs = new Counter({
      name: 'coppice_runs_total',
      help: 'Runs that this replica executed, by what came of them.',
      labelNames: ['reason'],
      registers,
    });
    this.#reclaimed = new Counter({
      name: 'coppice_reclaimed_bytes_total',
      help: 'Bytes of blobs that runs of this replica removed.',
      registers,
    });
    this.#windows = new Histogram({
      name: 'coppice_window_seconds',
      help: 'How long the windows of this replica’s runs stood.',
      buckets: holds,
      registers,
    });
    new Gauge({
      name: 'coppice_gate_epoch',
      help: 'The newest epoch that this replica has seen.',
      registers,
      collect() {
        const { epoch } = standing();
        if (epoch !== undefined) this.set(epoch);
      },
    });
    new Gauge({
      name: 'coppice_permit',
      help: '1 while this replica may pass commit points.',
      registers,
      collect() {
        this.set(standing().hasPermit ? 1 : 0);
      },
    });
  }

  runEnded({ reason, bytes, windows }: RunFigures): void {
    this.#runs.inc({ reason });
    this.#reclaimed.inc(bytes);
    for (const ms of windows) this.#windows.observe(ms / 1000);
  }
}

function windowMetrics(registry: Registry): WindowMetrics {
  const registers = [registry];
  const held = new Histogram({
    name: 'coppice_hold_seconds',
    help: 'How long requests waited that met held content; its count is the number of them.',
    buckets: holds,
    registers,
  });
  let longestMs = 0;
  new Gauge({
    name: 'coppice_longest_hold_seconds',
    help: 'The longest that any request waited since the start.',
    registers,
    collect() {
      this.set(longestMs / 1000);
    },
  });
  const refused = new Counter({
    name: 'coppice_refused_requests_total',
    help: 'Requests that were refused at a commit point or a promise: held (past holdBudget), noPermit, readOnly, lifeEnded.',
    labelNames: ['reason'],
    registers,
  });
  for (const reason of ['held', 'noPermit', 'readOnly', 'lifeEnded'] as const) refused.inc({ reason }, 0);
  const begun = new Counter({ name: 'coppice_lives_begun_total', help: 'Lives that this process began.', registers });
  const ended = new Counter({
    name: 'coppice_lives_ended_total',
    help: 'Lives of this process that ended, by why.',
    labelNames: ['why'],
    registers,
  });
  const acknowledged = new Histogram({
    name: 'coppice_acknowledge_seconds',
    help: 'From the sight of a gate to its acknowledgement.',
    buckets: holds,
    registers,
  });
  const failed = new Counter({
    name: 'coppice_gate_read_failures_total',
    help: 'Looks at the gate that failed: the permit runs out when they go on.',
    registers,
  });
  return {
    onHeld: (ms) => {
      longestMs = Math.max(longestMs, ms);
      held.observe(ms / 1000);
    },
    onRefused: (reason) => {
      refused.inc({ reason });
    },
    onLifeBegan: () => {
      begun.inc();
    },
    onLifeEnded: (why) => {
      ended.inc({ why });
    },
    onAcknowledged: (ms) => {
      acknowledged.observe(ms / 1000);
    },
    onPollFailed: () => {
      failed.inc();
    },
  };
}
