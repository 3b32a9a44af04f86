import { STATUS_CODES } from 'node:http';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { DeliveryMetrics } from '../notifications/endpoint.ts';

const types = ['Events', 'Successes', 'Failures', 'Errors'] as const;

/** Names and labels of distribution, and one of ours for what it never does. */
export class NotificationMetrics {
  readonly #events: Counter<'type' | 'endpoint'>;
  readonly #status: Counter<'code' | 'endpoint'>;
  readonly #pending: Gauge<'endpoint'>;
  readonly #dropped: Counter<'why' | 'endpoint'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#events = new Counter({
      name: 'registry_notifications_events_total',
      help: 'Events that were queued (Events), and attempts to send one: Successes, Failures (refused), Errors (no answer).',
      labelNames: ['type', 'endpoint'],
      registers,
    });
    this.#status = new Counter({
      name: 'registry_notifications_status_total',
      help: 'Answers of endpoints, by status.',
      labelNames: ['code', 'endpoint'],
      registers,
    });
    this.#pending = new Gauge({
      name: 'registry_notifications_pending_total',
      help: 'Events that an endpoint has still to be told.',
      labelNames: ['endpoint'],
      registers,
    });
    this.#dropped = new Counter({
      name: 'coppice_notifications_dropped_total',
      help: 'Events that an endpoint was never told: the queue was full, or the replica stopped.',
      labelNames: ['why', 'endpoint'],
      registers,
    });
  }

  /** From the first look on all of them are there. */
  of(endpoint: string): DeliveryMetrics {
    for (const type of types) this.#events.inc({ type, endpoint }, 0);
    for (const why of ['full', 'stopped']) this.#dropped.inc({ why, endpoint }, 0);
    this.#pending.set({ endpoint }, 0);
    const count = (type: (typeof types)[number]): void => {
      this.#events.inc({ type, endpoint });
    };
    return {
      onQueued: () => {
        count('Events');
      },
      onAnswered: (status, isAccepted) => {
        this.#status.inc({ code: `${status} ${STATUS_CODES[status] ?? ''}`.trim(), endpoint });
        count(isAccepted ? 'Successes' : 'Failures');
      },
      onFailed: () => {
        count('Errors');
      },
      onDropped: (events, why) => {
        this.#dropped.inc({ why, endpoint }, events);
      },
      onPending: (events) => {
        this.#pending.set({ endpoint }, events);
      },
    };
  }
}
