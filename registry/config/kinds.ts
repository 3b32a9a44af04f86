import { type Listen, parseListen } from './listen.ts';

/** A value that does not fit; the reader adds the key's path. */
export class Unfit extends Error {
  override readonly name = 'Unfit';
  /** Where in the value, as `[1].url`; empty: the value itself. */
  readonly at: string;

  constructor(says: string, at = '') {
    super(says);
    this.at = at;
  }
}

/** What a key takes. `read` gets what YAML gave, maps as `Map`, and throws `Unfit` with what it must be. */
export interface Kind<T> {
  readonly takes: string;
  readonly read: (value: unknown) => T;
  /** A map whose keys are the user's own: a variable may name one of them. */
  readonly isMap?: true;
  /** A list: a variable may name one of its entries by its number. */
  readonly isList?: true;
}

export function unfit(takes: string, value: unknown): never {
  throw new Unfit(`must be ${takes}, got ${shown(value)}`);
}

export function shown(value: unknown): string {
  if (value instanceof Map) return 'a map';
  if (Array.isArray(value)) return 'a list';
  const text = JSON.stringify(value) as string | undefined;
  return text === undefined ? 'nothing' : text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

export function kind<T>(takes: string, parse: (value: unknown) => T | undefined): Kind<T> {
  return { takes, read: (value) => parse(value) ?? unfit(takes, value) };
}

/** A list of at most a thousand entries, each of which `one` reads. */
export function list<T>(takes: string, one: (entry: unknown) => T | undefined): Kind<readonly T[]> {
  const read = kind(takes, (value) => {
    if (!Array.isArray(value) || value.length > 1000) return undefined;
    const entries = (value as readonly unknown[]).map(one).filter((entry) => entry !== undefined);
    return entries.length === value.length ? entries : undefined;
  });
  return { ...read, isList: true };
}

export const text = kind('a text', (value) => (typeof value === 'string' && value !== '' ? value : undefined));

export const texts = list('a list of texts', (one) => (typeof one === 'string' && one !== '' ? one : undefined));

/** What the key asks for is not done, or is done anyway; its value may be a secret, and nobody looks at it. */
export const anything: Kind<unknown> = { takes: 'anything', read: (value) => value };
export const anyList: Kind<unknown> = { ...anything, isList: true };
export const anyMap: Kind<unknown> = { ...anything, isMap: true };

/** Also the words of YAML 1.1, which distribution reads. */
const words: Readonly<Record<string, boolean>> = { yes: true, on: true, no: false, off: false };

export const flag = kind('true or false', (value) => {
  if (typeof value === 'boolean') return value;
  return typeof value === 'string' && /^([A-Z]?[a-z]+|[A-Z]+)$/.test(value) ? words[value.toLowerCase()] : undefined;
});

export function whole(from: number, to: number): Kind<number> {
  return kind(`a whole number from ${from} to ${to}`, (value) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= from && value <= to ? value : undefined,
  );
}

/** One of these, in any capitals. */
export function word<const T extends string>(...choices: readonly T[]): Kind<T> {
  return kind(`one of ${choices.join(', ')}`, (value) =>
    typeof value === 'string' ? choices.find((one) => one === value.toLowerCase()) : undefined,
  );
}

export function choice<const T extends string>(...choices: readonly T[]): Kind<T> {
  return kind(choices.length === 1 ? choices.join('') : `one of ${choices.join(', ')}`, (value) =>
    choices.find((one) => one === value),
  );
}

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
const part = /([0-9]{1,9}(?:\.[0-9]{1,3})?)(ms|s|m|h|d|w)/g;
const longestMs = 100 * 365 * unitMs.d;

function durationMs(value: unknown): number | undefined {
  if (value === 0 || value === '0') return 0;
  if (typeof value !== 'string' || value === '' || value.replaceAll(part, '') !== '') return undefined;
  let sum = 0;
  for (const [, amount = '', unit = ''] of value.matchAll(part)) {
    sum += Number(amount) * unitMs[unit as keyof typeof unitMs];
  }
  return sum <= longestMs ? Math.round(sum) : undefined;
}

/** In ms. A number without a unit is refused: distribution would take it for nanoseconds, people for seconds. */
export const duration = kind('a duration such as 90s, 24h or 7d', (value) => {
  const ms = durationMs(value);
  return ms === 0 ? undefined : ms;
});

export const durationOrZero = kind('0 or a duration such as 90s, 24h or 7d', durationMs);

export const listen: Kind<Listen> = kind('HOST:PORT or :PORT', (value) =>
  typeof value === 'string' ? parseListen(value) : undefined,
);

/** The beginning of absolute URLs of somebody else's. */
export const origin = kind('a URL of http or https without a path', (value) => {
  if (typeof value !== 'string' || !URL.canParse(value)) return undefined;
  const url = new URL(value);
  const isBare = ['http:', 'https:'].includes(url.protocol) && url.pathname === '/' && url.search + url.hash === '';
  return isBare ? url.origin : undefined;
});

export function entriesOf(value: unknown): readonly (readonly [string, unknown])[] | undefined {
  if (!(value instanceof Map)) return undefined;
  const entries: [string, unknown][] = [];
  for (const [key, item] of value as ReadonlyMap<unknown, unknown>) {
    if (typeof key !== 'string' || key === '') return undefined;
    entries.push([key, item]);
  }
  return entries;
}

export const fields: Kind<Readonly<Record<string, string | number | boolean>>> = {
  isMap: true,
  ...kind('a map of names to texts, numbers or flags', (value) => {
    const read: Record<string, string | number | boolean> = Object.create(null) as Record<string, string>;
    for (const [name, item] of entriesOf(value) ?? unfit('a map', value)) {
      if (typeof item !== 'string' && typeof item !== 'number' && typeof item !== 'boolean') return undefined;
      read[name] = item;
    }
    return read;
  }),
};

const headerName = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/;
const headerValue = /^[\t\x20-\x7e]{0,4096}$/;

export const headers: Kind<Readonly<Record<string, readonly string[]>>> = {
  isMap: true,
  ...kind('a map of header names to lists of values', (value) => {
    const read: Record<string, readonly string[]> = Object.create(null) as Record<string, readonly string[]>;
    for (const [name, item] of entriesOf(value) ?? unfit('a map', value)) {
      const values = Array.isArray(item) ? (item as readonly unknown[]) : [item];
      const texts = values.filter((one) => typeof one === 'string').filter((one) => headerValue.test(one));
      if (!headerName.test(name) || texts.length !== values.length || texts.length === 0) return undefined;
      read[name] = texts;
    }
    return read;
  }),
};

export const hostNames = list('a list of host names, each with a port if it is not the listener’s own', (one) =>
  typeof one === 'string' && /^[A-Za-z0-9.:[\]-]{1,255}$/.test(one) ? one.toLowerCase() : undefined,
);

/** The one version of distribution's format. YAML reads `0.1` as a number. */
export const version = kind('0.1', (value) => (value === 0.1 || value === '0.1' ? ('0.1' as const) : undefined));
