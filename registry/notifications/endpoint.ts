import type { ClientAction, NotificationEndpoint } from '../config/notifications.ts';
import type { Log, Timers } from '../window/ports.ts';
import { Waiting } from '../window/waiting.ts';
import { Breaker } from './breaker.ts';
import type { ClientEvent } from './event.ts';
import type { CollectionEvent } from './collection.ts';
import { EventQueue, type QueueLimits } from './queue.ts';
import { Receiver } from './receiver.ts';

/** What the metrics of one endpoint are made of. */
export interface DeliveryMetrics {
  onQueued(): void;
  onAnswered(status: number, isAccepted: boolean): void;
  /** An attempt without an answer. */
  onFailed(): void;
  onDropped(count: number, why: 'full' | 'stopped'): void;
  /** So many wait, with the one that is being sent. */
  onPending(count: number): void;
}

export interface EndpointPorts {
  readonly timers: Timers;
  readonly log: Log;
  readonly metrics: DeliveryMetrics;
  readonly limits: QueueLimits;
}

export interface EndpointSettings extends NotificationEndpoint {
  readonly takesCollections: boolean;
}

/**
 * One receiver, and what it is still to be told. Events go out one after the other in the order in which they came; one that is not accepted (status 200 to
 * 399) is sent again until it is. After `threshold` failures in a row every further attempt waits for `backoff`. Nobody who puts an event in waits.
 */
export class Endpoint {
  readonly #settings: EndpointSettings;
  readonly #ports: EndpointPorts;
  readonly #queue: EventQueue;
  readonly #receiver: Receiver;
  readonly #breaker: Breaker;
  readonly #pausing: Waiting;
  readonly #ended = new AbortController();
  #delivering: Promise<void> = Promise.resolve();
  #isDelivering = false;
  #isClosing = false;
  /** Since the queue was last empty. */
  #hasDropped = false;

  constructor(settings: EndpointSettings, ports: EndpointPorts) {
    this.#settings = settings;
    this.#ports = ports;
    this.#queue = new EventQueue(ports.limits);
    this.#receiver = new Receiver(settings, ports.timers);
    this.#breaker = new Breaker(settings, ports.log);
    this.#pausing = new Waiting(ports.timers);
  }

  wants(event: ClientEvent | CollectionEvent): boolean {
    if (event.action === 'coppice.collection') return this.#settings.takesCollections;
    return this.hears(event.action) && !this.#settings.ignoredMediaTypes.includes(event.target.mediaType);
  }

  /** Whether anything that clients do so can concern it. */
  hears(action: ClientAction): boolean {
    return !this.#settings.ignoredActions.includes(action);
  }

  put(body: string): void {
    const { metrics } = this.#ports;
    metrics.onQueued();
    if (this.#isClosing) {
      metrics.onDropped(1, 'stopped');
      return;
    }
    this.#makeRoom(this.#queue.put(body));
    if (!this.#isDelivering) this.#delivering = this.#deliverAll();
    else this.#tellPending();
  }

  /** What waits goes out as long as its receiver takes it, and for no longer than `graceMs`. */
  async close(graceMs: number): Promise<void> {
    this.#isClosing = true;
    const timer = this.#ports.timers.after(graceMs, () => {
      this.#giveUp();
    });
    this.#pausing.wake();
    await this.#delivering;
    timer.cancel();
    this.#receiver.close();
  }

  /** Never rejects. */
  async #deliverAll(): Promise<void> {
    this.#isDelivering = true;
    for (let body = this.#queue.take(); body !== undefined; body = this.#queue.take()) {
      this.#tellPending();
      if (!(await this.#deliver(body))) this.#abandon();
    }
    this.#isDelivering = false;
    this.#hasDropped = false;
    this.#tellPending();
  }

  /** Whether it was accepted in the end. */
  async #deliver(body: string): Promise<boolean> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      if (await this.#attempt(body)) return true;
      if (!this.#breaker.isOpen) continue;
      // Timers do not keep a process that stops alive, and a receiver that is away now is not waited for.
      if (this.#isClosing) this.#giveUp();
      else await this.#pausing.until(this.#settings.backoffMs, signal);
    }
    return false;
  }

  async #attempt(body: string): Promise<boolean> {
    const { metrics } = this.#ports;
    const { signal } = this.#ended;
    try {
      const status = await this.#receiver.post(body, signal);
      const isAccepted = status >= 200 && status < 400;
      metrics.onAnswered(status, isAccepted);
      if (isAccepted) this.#breaker.succeeded(this.#pending);
      else this.#breaker.failed({ status }, this.#pending);
      return isAccepted;
    } catch (error) {
      if (signal.aborted) return false;
      metrics.onFailed();
      this.#breaker.failed({ err: error }, this.#pending);
      return false;
    }
  }

  #makeRoom(dropped: number): void {
    if (dropped === 0) return;
    const { log, metrics } = this.#ports;
    metrics.onDropped(dropped, 'full');
    const fields = { endpoint: this.#settings.name, pending: this.#pending };
    if (!this.#hasDropped) log.warn(fields, 'an endpoint of notifications has no room: its oldest events are dropped');
    this.#hasDropped = true;
  }

  #giveUp(): void {
    this.#ended.abort(new Error('the replica stops'));
  }

  /** One is being sent, the others wait. */
  #abandon(): void {
    const dropped = 1 + this.#queue.clear();
    this.#ports.metrics.onDropped(dropped, 'stopped');
    const fields = { endpoint: this.#settings.name, dropped };
    this.#ports.log.warn(fields, 'an endpoint of notifications was not told of everything before the stop');
  }

  get #pending(): number {
    return this.#queue.length + (this.#isDelivering ? 1 : 0);
  }

  #tellPending(): void {
    this.#ports.metrics.onPending(this.#pending);
  }
}
