import { type AnyResource, apiVersion, type ObjectEvent } from '../resources/home.ts';
import { microTime } from './microTime.ts';

/** Whoever reports, as `kubectl describe` shows it. */
export interface Reporter {
  readonly controller: string;
  /** The process. */
  readonly instance: string;
}

/** The same of one object, told again and again: one Event in the API server, and a count. */
export interface Series {
  readonly event: ObjectEvent;
  readonly object: AnyResource;
  /** Of the Event. */
  readonly name: string;
  /** ms since 1970. */
  readonly firstAt: number;
  lastAt: number;
  count: number;
  /** What the API server knows; 0: nothing yet. */
  written: number;
}

/** In bytes, of a note. */
const longestNote = 1024;
const longestWord = 128;

export function seriesPath({ object, name }: Series): string {
  return `${eventsPath(object.metadata.namespace)}/${name}`;
}

export function eventsPath(namespace: string): string {
  return `/apis/events.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/events`;
}

/** The whole Event. */
export function eventBody(series: Series, reporter: Reporter): object {
  const { event, object, name, firstAt } = series;
  const { namespace, name: of, uid, resourceVersion } = object.metadata;
  const reason = event.reason.slice(0, longestWord);
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { namespace, name },
    eventTime: microTime(firstAt),
    reportingController: reporter.controller,
    reportingInstance: reporter.instance.slice(0, longestWord),
    action: reason,
    reason,
    type: event.type,
    note: shortened(event.message),
    regarding: { apiVersion, kind: object.kind, namespace, name: of, uid, resourceVersion },
    ...(series.count > 1 && countBody(series)),
  };
}

/** What changes of an Event that is there. */
export function countBody({ count, lastAt }: Series): object {
  return { series: { count, lastObservedTime: microTime(lastAt) } };
}

function shortened(message: string): string {
  const bytes = Buffer.from(message);
  if (bytes.length <= longestNote) return message;
  // A character that was cut is left out.
  return `${bytes
    .subarray(0, longestNote - 3)
    .toString('utf8')
    .replace(/\uFFFD+$/, '')}…`;
}
