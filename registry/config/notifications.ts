import { durationOrZero, entriesOf, flag, headers, kind, type Kind, list, texts, Unfit, whole } from './kinds.ts';
import type { Values } from './keys.ts';
import type { Mistake } from './mistake.ts';

/** What an endpoint may ask not to be told of. */
const actions = ['pull', 'push', 'mount', 'delete'] as const;
export type ClientAction = (typeof actions)[number];

/** Somebody who is told of what happens here. Durations in ms. */
export interface NotificationEndpoint {
  readonly name: string;
  readonly disabled: boolean;
  readonly url: URL;
  /** Sent with every event; some are secrets. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly timeoutMs: number;
  /** Failures in a row after which each further attempt waits for `backoffMs`. */
  readonly threshold: number;
  readonly backoffMs: number;
  readonly ignoredMediaTypes: readonly string[];
  readonly ignoredActions: readonly ClientAction[];
}

export interface NotificationsConfig {
  readonly endpoints: readonly NotificationEndpoint[];
  readonly includeReferences: boolean;
  /** Names of endpoints that are told of collections, too. */
  readonly collections: readonly string[];
}

/** Distribution takes 0 for its default. */
const usual = { timeoutMs: 1000, threshold: 10, backoffMs: 1000 };
const endpointKeys = [
  ...['name', 'disabled', 'url', 'headers', 'timeout', 'threshold', 'backoff'],
  ...['ignoredmediatypes', 'ignore'],
];

/** Nothing of what was given is ever shown: it may hold the token of a receiver. */
function secretly<T>({ takes, read }: Kind<T>): Kind<T> {
  return {
    takes,
    read: (value) => {
      try {
        return read(value);
      } catch (error) {
        throw error instanceof Unfit ? new Unfit(`must be ${takes}`) : error;
      }
    },
  };
}

const webUrl = secretly(
  kind('http or https, as in https://receiver.example.com/events', (value) => {
    if (typeof value !== 'string' || !URL.canParse(value)) return undefined;
    const url = new URL(value);
    return url.protocol === 'http:' || url.protocol === 'https:' ? url : undefined;
  }),
);

const label = kind('a name', (value) =>
  typeof value === 'string' && /^[\x21-\x7e]{1,128}$/.test(value) ? value : undefined,
);

const ignorable = list(`a list of ${actions.join(', ')}`, (one) => actions.find((action) => action === one));

/** What timers can do; in ms. */
const span = kind('0 or a duration up to 1d', (value) => {
  const ms = durationOrZero.read(value);
  return ms <= 86_400_000 ? ms : undefined;
});

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown, known: readonly string[], at: string): Fields {
  const entries = entriesOf(value);
  if (entries === undefined) throw new Unfit(`must be a map of ${known.join(', ')}`, at);
  const stray = entries.map(([name]) => name).find((name) => !known.includes(name));
  if (stray !== undefined)
    throw new Unfit(`is not a key of an endpoint; there are ${known.join(', ')}`, `${at}.${stray}`);
  return Object.fromEntries(entries);
}

function readField<T>(fields: Fields, name: string, at: string, { read }: Kind<T>): T | undefined {
  const value = fields[name];
  try {
    return value === undefined ? undefined : read(value);
  } catch (error) {
    throw error instanceof Unfit ? new Unfit(error.message, `${at}.${name}${error.at}`) : error;
  }
}

function needed<T>(value: T | undefined, at: string): T {
  if (value === undefined) throw new Unfit('is needed', at);
  return value;
}

function endpointOf(value: unknown, index: number): NotificationEndpoint {
  const at = `[${index}]`;
  const fields = fieldsOf(value, endpointKeys, at);
  const ignore = fieldsOf(fields['ignore'] ?? new Map(), ['mediatypes', 'actions'], `${at}.ignore`);
  const threshold = readField(fields, 'threshold', at, whole(0, 1_000_000)) ?? 0;
  return {
    name: needed(readField(fields, 'name', at, label), `${at}.name`),
    disabled: readField(fields, 'disabled', at, flag) ?? false,
    url: needed(readField(fields, 'url', at, webUrl), `${at}.url`),
    headers: readField(fields, 'headers', at, secretly(headers)) ?? {},
    timeoutMs: (readField(fields, 'timeout', at, span) ?? 0) || usual.timeoutMs,
    threshold: threshold || usual.threshold,
    backoffMs: (readField(fields, 'backoff', at, span) ?? 0) || usual.backoffMs,
    ignoredMediaTypes: [
      ...(readField(fields, 'ignoredmediatypes', at, texts) ?? []),
      ...(readField(ignore, 'mediatypes', `${at}.ignore`, texts) ?? []),
    ],
    ignoredActions: readField(ignore, 'actions', `${at}.ignore`, ignorable) ?? [],
  };
}

export const endpoints: Kind<readonly NotificationEndpoint[]> = {
  takes: 'a list of endpoints {name, url, …}',
  isList: true,
  read: (value) => {
    if (!Array.isArray(value)) throw new Unfit('must be a list of endpoints {name, url, …}');
    const read = (value as readonly unknown[]).map(endpointOf);
    const names = read.map(({ name }) => name);
    const twice = names.findIndex((name, at) => names.indexOf(name) < at);
    if (twice >= 0) throw new Unfit('is the name of an endpoint before it', `[${twice}].name`);
    return read;
  },
};

/** What the keys of notifications say together. */
export function readNotifications(values: Values): NotificationsConfig {
  return {
    endpoints: values['notifications.endpoints'],
    includeReferences: values['notifications.events.includereferences'],
    collections: values['coppice.notifications.collections'],
  };
}

export function refusedNotifications(values: Values): readonly Mistake[] {
  const { endpoints: there, collections } = readNotifications(values);
  const strange = collections.filter((name) => !there.some((endpoint) => endpoint.name === name));
  const says = `names no endpoint of notifications.endpoints: ${strange.join(', ')}`;
  return strange.length === 0 ? [] : [{ key: 'coppice.notifications.collections', says }];
}
