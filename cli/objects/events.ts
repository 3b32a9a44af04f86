import type { RecordedEvent } from '../../operator/directory/eventLog.ts';
import { apiVersion } from '../../operator/resources/home.ts';
import { ageText } from '../../operator/api/age.ts';

/** When it was seen last and, where it was counted, how often since when: `5s (x3 over 2m)`. */
export function lastSeen({ count, firstTimestamp, lastTimestamp }: RecordedEvent, now: number): string {
  const last = ageText(now - Date.parse(lastTimestamp));
  return count > 1 ? `${last} (x${count} over ${ageText(now - Date.parse(firstTimestamp))})` : last;
}

/** What it says, on one line. */
export function lineOf({ message }: RecordedEvent): string {
  return message.replaceAll(/\s*\n\s*/g, ' ');
}

/** Oldest first, as they were seen last. */
export function inOrder(events: readonly RecordedEvent[]): readonly RecordedEvent[] {
  return events.toSorted((left, right) => Date.parse(left.lastTimestamp) - Date.parse(right.lastTimestamp));
}

/** The event as an API server holds it. */
export function eventDocument(event: RecordedEvent): object {
  const { id, subject, type, reason, message, count, firstTimestamp, lastTimestamp } = event;
  const { kind, namespace, name, uid } = subject;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${name}.${id}`, namespace },
    involvedObject: { apiVersion, kind, namespace, name, ...(uid === '' ? {} : { uid }) },
    type,
    reason,
    message,
    count,
    firstTimestamp,
    lastTimestamp,
    source: { component: 'coppice' },
  };
}
