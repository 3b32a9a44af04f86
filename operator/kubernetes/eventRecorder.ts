import type { Logger } from 'pino';
import { type AnyResource, keyOf, keyText, type ObjectEvent } from '../resources/home.ts';
import { endsWithin, type Timers } from '../runtime/timers.ts';
import { Bucket } from './bucket.ts';
import { countBody, eventBody, eventsPath, type Reporter, type Series, seriesPath } from './eventSeries.ts';
import type { Transport } from './transport.ts';

export interface RecorderPorts {
  readonly transport: Pick<Transport, 'ask'>;
  /** This machine's clock, ms since 1970. */
  readonly now: () => number;
  /** A clock that never goes back, ms. */
  readonly mono: () => number;
  readonly timers: Timers;
  /** A uid that was never given. */
  readonly fresh: () => string;
  readonly reporter: Reporter;
  readonly log: Pick<Logger, 'warn'>;
}

/** The same within so long is counted, as the recorder of client-go does it. */
const togetherMs = 10 * 60_000;
/** Of one object: as many at once, then one more every so often; as client-go's spam filter. */
const [burst, everyMs] = [25, 5 * 60_000];
/** What waits to be written, and what is remembered to count it on. */
const [mostWaiting, mostRemembered] = [1_000, 5_000];
/** How long the last ones have when the operator stops. */
const closingMs = 3_000;

interface Remembered extends Series {
  seenAt: number;
}

/** Events on their way to the API server, one after the other. Whoever records never waits and never fails: what cannot be written is logged. */
export class EventRecorder {
  readonly #ports: RecorderPorts;
  /** The one told longest ago first. */
  readonly #series = new Map<string, Remembered>();
  readonly #buckets = new Map<string, Bucket>();
  readonly #waiting = new Set<Remembered>();
  readonly #stop = new AbortController();
  #writing: Promise<void> | undefined;

  constructor(ports: RecorderPorts) {
    this.#ports = ports;
  }

  record(object: AnyResource, event: ObjectEvent): void {
    const { now, mono } = this.#ports;
    if (this.#stop.signal.aborted) return;
    const text = JSON.stringify([object.kind, object.metadata.uid, event.type, event.reason, event.message]);
    const series = this.#known(text) ?? this.#begun(object, event);
    series.count += 1;
    series.lastAt = now();
    series.seenAt = mono();
    remember(this.#series, text, series);
    if (!this.#waiting.has(series)) this.#enqueue(series);
  }

  /** Resolves when everything recorded so far is written, or was given up. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  /** What was recorded has a moment left. */
  async close(): Promise<void> {
    await endsWithin(this.#ports.timers, closingMs, this.settled());
    this.#stop.abort(new Error('the recorder of events is closed'));
    await this.settled();
  }

  #known(text: string): Remembered | undefined {
    const series = this.#series.get(text);
    return series !== undefined && this.#ports.mono() - series.seenAt < togetherMs ? series : undefined;
  }

  #begun(object: AnyResource, event: ObjectEvent): Remembered {
    const { now, mono, fresh } = this.#ports;
    const name = `${object.metadata.name.slice(0, 200)}.${fresh().replaceAll('-', '')}`;
    return { event, object, name, firstAt: now(), lastAt: now(), seenAt: mono(), count: 0, written: 0 };
  }

  #enqueue(series: Remembered): void {
    if (!this.#mayWrite(series.object.metadata.uid)) return;
    if (this.#waiting.size >= mostWaiting) {
      this.#tellLost(series, new Error(`${mostWaiting} events wait to be written`));
      return;
    }
    this.#waiting.add(series);
    this.#writing ??= this.#write();
  }

  /** What is over the limit is counted all the same, and told with the next that is not. */
  #mayWrite(uid: string): boolean {
    const bucket = this.#buckets.get(uid) ?? new Bucket(burst, everyMs, this.#ports.mono());
    remember(this.#buckets, uid, bucket);
    return bucket.take(this.#ports.mono());
  }

  async #write(): Promise<void> {
    for (const series of this.#waiting) {
      this.#waiting.delete(series);
      try {
        await this.#put(series);
      } catch (err) {
        this.#tellLost(series, err);
      }
    }
    this.#writing = undefined;
  }

  async #put(series: Remembered): Promise<void> {
    const { transport } = this.#ports;
    const { signal } = this.#stop;
    const { count } = series;
    if (series.written > 0) {
      const counted = await transport.ask({ verb: 'merge', path: seriesPath(series), body: countBody(series) }, signal);
      if (counted.is !== 'absent') {
        series.written = count;
        return;
      }
    }
    // An API server forgets Events after an hour.
    const path = eventsPath(series.object.metadata.namespace);
    const made = await transport.ask({ verb: 'create', path, body: eventBody(series, this.#ports.reporter) }, signal);
    if (made.is === 'absent') throw new Error(made.says);
    series.written = count;
  }

  #tellLost({ object, event: { reason } }: Series, err: unknown): void {
    this.#ports.log.warn(
      { err, kind: object.kind, key: keyText(keyOf(object)), reason },
      'an event could not be written',
    );
  }
}

/** The newest of a bounded number. */
function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= mostRemembered) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
