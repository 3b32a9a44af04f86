import type { RunReport } from '../collector/run/report.ts';
import type { NotificationsConfig } from '../config/notifications.ts';
import type { Happening } from '../http/happenings.ts';
import { type CollectionEvent, collectionEvent } from './collection.ts';
import { type DeliveryMetrics, Endpoint, type EndpointPorts } from './endpoint.ts';
import { actionOf, type ClientEvent, clientEvents, type EventPorts } from './event.ts';
import type { QueueLimits } from './queue.ts';

export interface NotificationsPorts extends EventPorts, Omit<EndpointPorts, 'metrics' | 'limits'> {
  readonly metricsOf: (endpoint: string) => DeliveryMetrics;
}

/** Of each endpoint. */
const limits: QueueLimits = { events: 10_000, bytes: 16 * 1024 * 1024 };

/** Tells every endpoint of what happens here: events of clients, and collections where they are asked for. */
export class Notifications {
  readonly #endpoints: readonly Endpoint[];
  readonly #ports: NotificationsPorts;

  constructor({ endpoints, collections }: NotificationsConfig, ports: NotificationsPorts) {
    this.#ports = ports;
    this.#endpoints = endpoints
      .filter(({ disabled }) => !disabled)
      .map((endpoint) => {
        const settings = { ...endpoint, takesCollections: collections.includes(endpoint.name) };
        return new Endpoint(settings, { ...ports, limits, metrics: ports.metricsOf(endpoint.name) });
      });
  }

  /** Neither waits nor throws, whatever its endpoints do. */
  happened(happening: Happening): void {
    if (!this.#endpoints.some((endpoint) => endpoint.hears(actionOf[happening.is]))) return;
    for (const event of clientEvents(happening, this.#ports)) this.#send(event);
  }

  runEnded(report: RunReport): void {
    const event = collectionEvent(report, this.#ports);
    if (event !== undefined) this.#send(event);
  }

  /** Resolves when every endpoint was told, or after `graceMs`. */
  async close(graceMs: number): Promise<void> {
    await Promise.all(this.#endpoints.map((endpoint) => endpoint.close(graceMs)));
  }

  #send(event: ClientEvent | CollectionEvent): void {
    const eager = this.#endpoints.filter((endpoint) => endpoint.wants(event));
    if (eager.length === 0) return;
    const body = JSON.stringify({ events: [event] });
    for (const endpoint of eager) endpoint.put(body);
  }
}
