import type { Logger } from 'pino';
import { type Change, Gone, type Kind } from '../resources/home.ts';
import type { Timers } from '../runtime/timers.ts';
import { fieldIn } from '../api/document.ts';
import { watchError } from './answer.ts';
import { ApiError } from './failure.ts';
import { resourceOf } from './objects.ts';
import { collectionPath } from './paths.ts';
import type { Transport } from './transport.ts';
import { linesOf } from './watchStream.ts';

export interface WatchPorts {
  readonly transport: Transport;
  readonly timers: Timers;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly log: Pick<Logger, 'info'>;
  /** Absent: every namespace. */
  readonly namespace?: string;
  /** How long the server is asked to go on, at least; up to twice that by chance. Default 5 min. */
  readonly watchSeconds?: number;
  /** A bookmark comes every minute or so: a watch that is silent for longer than this is taken for dead. Default 2 min. */
  readonly idleMs?: number;
}

/** Every change after `resourceVersion`, until the server ends it or the connection breaks. Rejects with `Gone`, `ApiError` or `NotUnderstood`. */
export async function* watchCluster<K extends Kind>(
  kind: K,
  resourceVersion: string,
  ports: WatchPorts,
  signal: AbortSignal,
): AsyncGenerator<Change<K>> {
  const { transport, timers, random, log, namespace, watchSeconds = 300, idleMs = 120_000 } = ports;
  signal.throwIfAborted();
  // To an API server the empty one means: from anywhere on.
  if (resourceVersion === '') throw new Gone('no resource version: ""');
  const timeoutSeconds = Math.ceil(watchSeconds * (1 + random()));
  const query = { watch: true, allowWatchBookmarks: true, resourceVersion, timeoutSeconds };
  const path = collectionPath(kind, namespace, query);
  const asked = `GET ${path}`;
  const onBroken = (why: string): void => {
    log.info({ kind, why }, 'a watch broke off; it goes on from its last version');
  };
  const response = await transport.stream(path, signal);
  for await (const line of linesOf(response, asked, { idleMs, timers, onBroken }, signal)) {
    yield changeOf(kind, line, asked);
  }
  signal.throwIfAborted();
}

function changeOf<K extends Kind>(kind: K, line: string, asked: string): Change<K> {
  const event = eventIn(line, asked);
  const [type, object] = [fieldIn(event, 'type'), fieldIn(event, 'object')];
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      return { type, object: resourceOf(kind, object) };
    case 'BOOKMARK': {
      const resourceVersion = fieldIn(fieldIn(object, 'metadata'), 'resourceVersion');
      if (typeof resourceVersion !== 'string') throw new ApiError(asked, 'a bookmark without version', { status: 200 });
      return { type, resourceVersion };
    }
    case 'ERROR':
      throw watchError(asked, object);
    default:
      throw new ApiError(asked, `an event of type ${JSON.stringify(type)}`, { status: 200 });
  }
}

function eventIn(line: string, asked: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch (cause) {
    throw new ApiError(asked, 'a line of the watch is no JSON', { status: 200, cause });
  }
}
