import type { ObjectEvent } from '../resources/home.ts';
import { timestamp } from './transitions.ts';

/** What an event is about. `uid` is empty where a document was refused and no object stands. */
export interface Subject {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export interface RecordedEvent extends ObjectEvent {
  /** Names this event among all of a state directory. */
  readonly id: string;
  readonly subject: Subject;
  /** So often was the same told again. */
  readonly count: number;
  /** RFC 3339. */
  readonly firstTimestamp: string;
  readonly lastTimestamp: string;
}

/** The same within so long is counted, as the recorder of client-go does it. */
const togetherMs = 10 * 60_000;
/**
 * An API server forgets events after an hour, and has a log pipeline beside it. Here nothing else remembers, and who comes to look in the morning asks
 * what happened in the night.
 */
const keptMs = 24 * 3600_000;
/** 2,000 requests with a handful of events each would push out each other's: the newest stay. */
const most = 5_000;

/** Events as people read them: the same again is counted, the old ones go. */
export class EventLog {
  /** Oldest `lastTimestamp` first. */
  readonly #events = new Map<string, { readonly event: RecordedEvent; readonly at: number }>();
  readonly #now: () => number;
  readonly #told: (event: RecordedEvent) => void;
  #made: number;

  /** `told` hears of every event as it is after it was counted. */
  constructor(now: () => number, told: (event: RecordedEvent) => void, earlier: readonly RecordedEvent[] = []) {
    this.#now = now;
    this.#told = told;
    for (const event of earlier) this.#put(event, Date.parse(event.lastTimestamp));
    this.#made = Math.max(0, ...earlier.map(({ id }) => Number(id)));
    this.#drop();
  }

  record(subject: Subject, { type, reason, message }: ObjectEvent): void {
    const at = this.#now();
    const lastTimestamp = timestamp(at);
    const key = keyOf(subject, { type, reason, message });
    const before = this.#events.get(key);
    const again = before !== undefined && at - before.at < togetherMs ? before.event : undefined;
    const id = again?.id ?? String((this.#made += 1));
    const event: RecordedEvent = {
      ...{ id, subject, type, reason, message },
      count: (again?.count ?? 0) + 1,
      firstTimestamp: again?.firstTimestamp ?? lastTimestamp,
      lastTimestamp,
    };
    // The one that is too long ago to be counted on stays under another key until its time is over.
    if (before !== undefined && again === undefined) this.#put(before.event, before.at, `${key} ${before.event.id}`);
    this.#put(event, at, key);
    this.#drop();
    this.#told(event);
  }

  /** Oldest first. */
  list(): readonly RecordedEvent[] {
    this.#drop();
    return [...this.#events.values()].map(({ event }) => event);
  }

  #put(event: RecordedEvent, at: number, key = keyOf(event.subject, event)): void {
    this.#events.delete(key);
    this.#events.set(key, { event, at });
  }

  #drop(): void {
    const since = this.#now() - keptMs;
    for (const [key, { at }] of this.#events) {
      if (at >= since && this.#events.size <= most) return;
      this.#events.delete(key);
    }
  }
}

function keyOf({ kind, namespace, name, uid }: Subject, { type, reason, message }: ObjectEvent): string {
  return JSON.stringify([kind, namespace, name, uid, type, reason, message]);
}
