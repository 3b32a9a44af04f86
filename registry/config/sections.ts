import { foreignKey, isLeftEmpty } from './foreign.ts';
import { keyNames, table } from './keys.ts';
import type { Mistake } from './mistake.ts';

/** What stands at one key, and the variable that said so, if it was one. */
export interface Given {
  readonly value: unknown;
  readonly variable?: string;
}

/** What was found so far. */
export interface Found {
  readonly given: Map<string, Given>;
  /** Sections that were named, also with nothing in them. */
  readonly named: Set<string>;
  mistakes: readonly Mistake[];
}

export function tell(found: Found, key: string, says: string): void {
  found.mistakes = [...found.mistakes, { key, says }];
}

/** Takes a map of keys at `path` (empty: the whole), each of which goes over what was there. */
export function takeSection(
  path: string,
  section: ReadonlyMap<unknown, unknown>,
  variable: string | undefined,
  found: Found,
): void {
  found.named.add(path);
  for (const [name, value] of section) {
    const below = `${path === '' ? '' : `${path}.`}${String(name)}`;
    const by = variable === undefined ? {} : { variable };
    if (table.has(below)) found.given.set(below, { value, ...by });
    else if (isSection(below)) takeBelow(below, value, variable, found);
    else if (!isLeftEmpty(below, value)) tell(found, shownKey(below, variable), unknown(path, below));
  }
}

function takeBelow(path: string, value: unknown, variable: string | undefined, found: Found): void {
  found.named.add(path);
  if (value === null) return; // `filesystem:` with nothing below it
  const below = belowOf(path, value);
  if (below === undefined) tell(found, shownKey(path, variable), 'must be a map');
  else takeSection(path, below, variable, found);
}

/**
 * What a section holds; `undefined`: it cannot be one. Distribution takes the name of a driver for a whole storage, and that of a way to authenticate for all
 * that is configured elsewhere.
 */
export function belowOf(path: string, value: unknown): ReadonlyMap<unknown, unknown> | undefined {
  if (value instanceof Map) return value;
  const isDriver = (path === 'storage' || path === 'auth') && typeof value === 'string' && /^[a-z0-9]+$/.test(value);
  return isDriver ? new Map([[value, null]]) : undefined;
}

function isSection(path: string): boolean {
  return keyNames.some((name) => name.startsWith(`${path}.`));
}

export function shownKey(path: string, variable: string | undefined): string {
  return variable === undefined ? path : `${path} (${variable})`;
}

function unknown(section: string, path: string): string {
  const foreign = foreignKey(lower(path));
  if (foreign !== undefined) return foreign;
  const meant = keyNames.find((name) => lower(name) === lower(path));
  if (meant !== undefined) return `is written ${meant}`;
  const depth = section === '' ? 0 : section.length + 1;
  const siblings = keyNames.filter((name) => name.startsWith(section === '' ? '' : `${section}.`));
  const names = new Set(siblings.map((name) => name.slice(depth).split('.')[0]));
  return `is not a key of the configuration; ${section === '' ? 'there are' : `${section} takes`} ${[...names].join(', ')}`;
}

export function lower(text: string): string {
  return text.toLowerCase();
}
