import type { NotificationEndpoint } from '../config/notifications.ts';
import type { Log } from '../window/ports.ts';

/** Counts the failures of an endpoint in a row, and logs when they become too many and when they are over: not each of them. */
export class Breaker {
  readonly #settings: Pick<NotificationEndpoint, 'name' | 'threshold' | 'backoffMs'>;
  readonly #log: Log;
  #failures = 0;

  constructor(settings: Pick<NotificationEndpoint, 'name' | 'threshold' | 'backoffMs'>, log: Log) {
    this.#settings = settings;
    this.#log = log;
  }

  /** Whether the next attempt has to wait. */
  get isOpen(): boolean {
    return this.#failures >= this.#settings.threshold;
  }

  /** `why`: fields for the log. */
  failed(why: object, pending: number): void {
    const { name, threshold, backoffMs } = this.#settings;
    this.#failures++;
    if (this.#failures !== threshold) return;
    const fields = { endpoint: name, failures: this.#failures, pending, backoffMs, ...why };
    this.#log.warn(fields, 'an endpoint of notifications takes no events: they wait');
  }

  succeeded(pending: number): void {
    const fields = { endpoint: this.#settings.name, failures: this.#failures, pending };
    if (this.isOpen) this.#log.info(fields, 'an endpoint of notifications takes events again');
    this.#failures = 0;
  }
}
