import { foreignKey, isLeftEmpty } from './foreign.ts';
import { keyNames, table } from './keys.ts';
import { belowOf, type Found, lower, takeSection, tell } from './sections.ts';
import { parseYaml } from './yamlText.ts';

/** Variables of a process, by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

const prefix = 'REGISTRY_';

/** Where the configuration lies; whoever looks for the file reads it. */
export const pathVariable = 'REGISTRY_CONFIGURATION_PATH';

/**
 * What Kubernetes (and compose links) put into every container for a service called `registry`. They are nobody's configuration, and a registry
 * that is behind such a service must start.
 */
const serviceLink =
  /^REGISTRY(_[A-Z0-9_]+)?_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$/;
const linkValue = /^((tcp|udp|sctp):\/\/.*|tcp|udp|sctp|\d+|[0-9a-fA-F.:]+)$/;

/** Each variable in the order of their names, so that a longer name goes over the section it is in, and an entry of a list follows the one before it. */
export function takeVariables(environment: Environment, found: Found): void {
  const named = Object.keys(environment).map((variable) => [variable.replaceAll(/\d+/g, padded), variable] as const);
  for (const [, variable] of named.toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const value = environment[variable];
    if (value === undefined || !variable.startsWith(prefix) || variable === pathVariable) continue;
    if (serviceLink.test(variable) && linkValue.test(value)) continue;
    takeVariable(variable, value, found);
  }
}

const padded = (digits: string): string => digits.padStart(9, '0');

function takeVariable(variable: string, text: string, found: Found): void {
  const segments = variable.slice(prefix.length).split('_').map(lower);
  const before = found.mistakes;
  const value = parseYaml(text, (says) => {
    tell(found, variable, says);
  });
  if (found.mistakes !== before) return;
  const path = segments.join('.');
  const leaf = keyNames.find((name) => lower(name) === path);
  const section = sectionAt(path);
  const whole = keyNames.find((name) => isWhole(name) && path.startsWith(`${lower(name)}.`));
  if (leaf !== undefined) found.given.set(leaf, { value, variable });
  else if (whole !== undefined) takeEntry(whole, segments.slice(whole.split('.').length), value, variable, found);
  else if (section !== undefined) replaceSection(section, value, variable, found);
  else if (!isLeftEmpty(path, value)) tell(found, variable, foreignKey(path) ?? 'names no key of the configuration');
}

/** A key whose value has entries of its own, which variables may name. */
const isWhole = (name: string): boolean =>
  table.get(name)?.kind.isMap === true || table.get(name)?.kind.isList === true;

/** As it is written: variables have no small letters, and some sections have both. */
const sectionAt = (path: string): string | undefined =>
  keyNames.find((name) => lower(name).startsWith(`${path}.`))?.slice(0, path.length);

/** As distribution does: of what stood in the section before, nothing is left. */
function replaceSection(section: string, value: unknown, variable: string, found: Found): void {
  const below = belowOf(section, value);
  if (below === undefined) {
    tell(found, variable, 'must be a map');
    return;
  }
  for (const all of [found.given, found.named]) {
    for (const name of all.keys()) if (name.startsWith(`${section}.`)) all.delete(name);
  }
  found.mistakes = found.mistakes.filter(({ key }) => key !== section && !key.startsWith(`${section}.`));
  takeSection(section, below, variable, found);
}

function takeEntry(key: string, segments: readonly string[], value: unknown, variable: string, found: Found): void {
  const { isMap = false } = table.get(key)?.kind ?? {};
  // The name of an entry is the user's own, and may have the sign that joins names.
  const path = isMap && table.get(key)?.idle === undefined ? [segments.join('_')] : segments;
  const changed = withEntry(found.given.get(key)?.value ?? (isMap ? new Map() : []), path, value);
  if (changed === undefined) {
    tell(found, variable, `${key} is a list: entries have numbers from 0 on, and none may be left out`);
  } else found.given.set(key, { value: changed, variable });
}

/** A copy of `whole` with one entry, at any depth, put in; `undefined` where a list is to have one without those before it. */
function withEntry(whole: unknown, [name, ...deeper]: readonly string[], value: unknown): unknown {
  if (name === undefined) return value;
  if (Array.isArray(whole) || (whole === undefined && name === '0')) {
    const list: readonly unknown[] = Array.isArray(whole) ? whole : [];
    const at = /^[0-9]{1,4}$/.test(name) ? Number(name) : NaN;
    if (!(at <= list.length)) return undefined;
    const entry = withEntry(list[at], deeper, value);
    return entry === undefined ? undefined : [...list.slice(0, at), entry, ...list.slice(at + 1)];
  }
  const map = whole instanceof Map ? (whole as ReadonlyMap<unknown, unknown>) : new Map<unknown, unknown>();
  const entry = withEntry(map.get(name), deeper, value);
  return entry === undefined ? undefined : new Map(map).set(name, entry);
}
