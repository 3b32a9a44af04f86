import { type Place, shown } from './mistake.ts';

/** Reads one value. `undefined`: it is mistaken, and that has been told. */
export type Read<T> = (value: unknown, at: Place) => T | undefined;

/** Text that `parse` understands; `must` ends the sentence "must be". */
export function text<T>(parse: (text: string) => T | undefined, must: string): Read<T> {
  return (value, at) => {
    const parsed = typeof value === 'string' ? parse(value) : undefined;
    if (parsed === undefined) at.tell(`must be ${must}, got ${shown(value)}`);
    return parsed;
  };
}

/** Any text so long. */
export function textOf(least: number, most: number): Read<string> {
  const fits = (it: string): boolean => it.length >= least && it.length <= most;
  return text((it) => (fits(it) ? it : undefined), `text of ${least} to ${most} characters`);
}

export function oneOf<const T extends string>(...words: readonly T[]): Read<T> {
  return text((it) => words.find((word) => word === it), words.join(' or '));
}

export function wholeNumber(least: number, most: number): Read<number> {
  return (value, at) => {
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
    at.tell(`must be a whole number from ${least} to ${most}, got ${shown(value)}`);
    return undefined;
  };
}

export const flag: Read<boolean> = (value, at) => {
  if (typeof value === 'boolean') return value;
  at.tell(`must be true or false, got ${shown(value)}`);
  return undefined;
};

/** What belongs to others: taken as it is, and never looked at. */
export const ignored: Read<unknown> = (value) => value;

export function listOf<T>(read: Read<T>, least: number, most: number): Read<readonly T[]> {
  return (value, at) => {
    if (!Array.isArray(value) || value.length < least || value.length > most) {
      const got = Array.isArray(value) ? `a list of ${value.length}` : shown(value);
      at.tell(`must be a list of ${least} to ${most}, got ${got}`);
      return undefined;
    }
    const elements = value.map((element, index) => read(element, at.within(index)));
    return elements.every((element) => element !== undefined) ? elements : undefined;
  };
}

/** Goes on from what another reader made of a value. */
export function andThen<A, B>(read: Read<A>, goOn: (value: A, at: Place) => B | undefined): Read<B> {
  return (value, at) => {
    const first = read(value, at);
    return first === undefined ? undefined : goOn(first, at);
  };
}

interface Field<T, Needed extends boolean> {
  readonly read: Read<T>;
  readonly isNeeded: Needed;
}

export function needed<T>(read: Read<T>): Field<T, true> {
  return { read, isNeeded: true };
}

export function optional<T>(read: Read<T>): Field<T, false> {
  return { read, isNeeded: false };
}

type Fields = Readonly<Record<string, Field<unknown, boolean>>>;
type ValueOf<F> = F extends Field<infer T, boolean> ? T : never;
type Mapping<F extends Fields> = {
  readonly [K in keyof F as F[K]['isNeeded'] extends true ? K : never]: ValueOf<F[K]>;
} & { readonly [K in keyof F as F[K]['isNeeded'] extends true ? never : K]?: ValueOf<F[K]> };

/**
 * A mapping of these fields and no others; a field that is null counts as absent, as it does to Kubernetes. A field that is not known is told, but
 * does not make the rest unreadable.
 */
export function mappingOf<const F extends Fields>(fields: F): Read<Mapping<F>> {
  const names = Object.keys(fields).join(', ');
  return (value, at) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      at.tell(`must be a mapping, got ${shown(value)}`);
      return undefined;
    }
    const given = new Map<string, unknown>(Object.entries(value));
    for (const name of given.keys()) {
      if (!Object.hasOwn(fields, name)) at.within(name).tell(`is not a field here; there are ${names}`);
    }
    const read: Record<string, unknown> = {};
    let isWhole = true;
    for (const [name, field] of Object.entries(fields)) {
      const one = given.get(name) ?? undefined;
      if (one === undefined && !field.isNeeded) continue;
      const place = at.within(name);
      if (one === undefined) place.tell('is required');
      const understood = one === undefined ? undefined : field.read(one, place);
      if (understood === undefined) isWhole = false;
      else read[name] = understood;
    }
    return isWhole ? (read as Mapping<F>) : undefined;
  };
}
