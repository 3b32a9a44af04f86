import type { ClientAction } from '../config/notifications.ts';
import type { Happening } from '../http/happenings.ts';
import { type Target, type TargetSettings, targetsOf } from './target.ts';

/*
 * Distribution's format (docs/operations/notifications.md), so that what listens to its webhooks understands ours. What is ours stands only in events that
 * nobody gets who did not ask for them.
 */
export const eventsMediaType = 'application/vnd.docker.distribution.events.v2+json';

export interface EventHead {
  readonly id: string;
  /** RFC 3339 */
  readonly timestamp: string;
  readonly source: EventSource;
}

/** Which registry it happened in; the id is another after each start. */
interface EventSource {
  readonly addr: string;
  readonly instanceID: string;
}

export interface ClientEvent extends EventHead {
  readonly action: ClientAction;
  readonly target: Target;
  readonly request: {
    /** The same in all events of one request. */
    readonly id: string;
    readonly addr: string;
    readonly host?: string;
    readonly method: string;
    readonly useragent: string;
  };
  readonly actor: { readonly name?: string };
}

export interface EventPorts extends TargetSettings {
  /** ms since 1970 */
  readonly now: () => number;
  /** A name that was never used. */
  readonly fresh: () => string;
  readonly source: EventSource;
}

export function headOf({ now, fresh, source }: EventPorts): EventHead {
  return { id: fresh(), timestamp: new Date(now()).toISOString(), source };
}

export const actionOf: Readonly<Record<Happening['is'], ClientAction>> = {
  manifestPulled: 'pull',
  manifestPushed: 'push',
  manifestDeleted: 'delete',
  tagDeleted: 'delete',
  blobPulled: 'pull',
  blobPushed: 'push',
  blobMounted: 'mount',
  blobDeleted: 'delete',
};

export function clientEvents(happening: Happening, ports: EventPorts): readonly ClientEvent[] {
  const { host, method, address, userAgent, actor } = happening.by;
  const request = {
    ...{ id: ports.fresh(), addr: address },
    ...(host === '' ? {} : { host }),
    ...{ method, useragent: userAgent },
  };
  return targetsOf(happening, ports).map((target) => ({
    ...headOf(ports),
    ...{ action: actionOf[happening.is], target, request, actor: actor === '' ? {} : { name: actor } },
  }));
}
