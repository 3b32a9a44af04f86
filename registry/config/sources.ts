import { type Document, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import { foreignKey } from './foreign.ts';
import { keyNames, table } from './keys.ts';
import type { Mistake } from './mistake.ts';

/** What stands at one key, and the variable that said so, if it was one. */
interface Given {
  readonly value: unknown;
  readonly variable?: string;
}

export interface Gathered {
  readonly given: ReadonlyMap<string, Given>;
  readonly mistakes: readonly Mistake[];
}

export type Environment = Readonly<Record<string, string | undefined>>;

const prefix = 'REGISTRY_';
const longest = 1 << 20;

/**
 * What Kubernetes (and compose links) put into every container for a service called `registry`. They are nobody's configuration, and a registry
 * that is behind such a service must start.
 */
const serviceLink =
  /^REGISTRY(_[A-Z0-9_]+)?_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$/;
const linkValue = /^((tcp|udp|sctp):\/\/.*|tcp|udp|sctp|\d+|[0-9a-fA-F.:]+)$/;

/** The file, and over it each variable in the order of their names, so that a longer name goes before the section it is in. */
export function gather(file: string | undefined, environment: Environment): Gathered {
  const given = new Map<string, Given>();
  const mistakes: Mistake[] = [];
  const into = { given, mistakes };
  if (file !== undefined) takeFile(file, into);
  for (const variable of Object.keys(environment).toSorted()) {
    const value = environment[variable];
    if (value === undefined || !variable.startsWith(prefix)) continue;
    if (serviceLink.test(variable) && linkValue.test(value)) continue;
    takeVariable(variable, value, into);
  }
  return { given, mistakes };
}

interface Into {
  readonly given: Map<string, Given>;
  readonly mistakes: Mistake[];
}

function takeFile(text: string, into: Into): void {
  const tree = parseYaml(text, (says) => into.mistakes.push({ key: '', says }));
  if (tree === undefined) return;
  if (!(tree instanceof Map)) {
    into.mistakes.push({ key: '', says: 'must be a map of sections' });
    return;
  }
  if (!tree.has('version')) into.mistakes.push({ key: 'version', says: 'is missing: write version: 0.1' });
  takeSection('', tree, undefined, into);
}

function takeVariable(variable: string, text: string, into: Into): void {
  const segments = variable.slice(prefix.length).split('_').map(lower);
  const value = parseYaml(text, (says) => into.mistakes.push({ key: variable, says }));
  if (value === undefined && text !== '') return;
  const path = segments.join('.');
  const leaf = keyNames.find((name) => lower(name) === path);
  // As it is written: variables have no small letters, and some sections have both.
  const section = keyNames.find((name) => lower(name).startsWith(`${path}.`))?.slice(0, path.length);
  const map = keyNames.find((name) => table.get(name)?.kind.isMap && path.startsWith(`${lower(name)}.`));
  if (leaf !== undefined) into.given.set(leaf, { value, variable });
  else if (map !== undefined) takeMapEntry(map, segments.slice(map.split('.').length).join('_'), value, variable, into);
  else if (section !== undefined && value instanceof Map) takeSection(section, value, variable, into);
  else into.mistakes.push({ key: variable, says: foreignKey(path) ?? 'names no key of the configuration' });
}

function takeMapEntry(map: string, name: string, value: unknown, variable: string, into: Into): void {
  const before = into.given.get(map)?.value;
  const entries = before instanceof Map ? (before as ReadonlyMap<unknown, unknown>) : new Map<unknown, unknown>();
  into.given.set(map, { value: new Map(entries).set(name, value), variable });
}

function takeSection(
  path: string,
  section: ReadonlyMap<unknown, unknown>,
  variable: string | undefined,
  into: Into,
): void {
  for (const [name, value] of section) {
    const below = `${path === '' ? '' : `${path}.`}${String(name)}`;
    const isSection = keyNames.some((one) => one.startsWith(`${below}.`));
    const by = variable === undefined ? {} : { variable };
    if (table.has(below)) into.given.set(below, { value, ...by });
    else if (isSection && value instanceof Map) takeSection(below, value, variable, into);
    else if (isSection && value === null)
      continue; // `filesystem:` with nothing below it
    else
      into.mistakes.push({ key: shownKey(below, variable), says: isSection ? 'must be a map' : unknown(path, below) });
  }
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

export function shownKey(path: string, variable: string | undefined): string {
  return variable === undefined ? path : `${path} (${variable})`;
}

/** One document, maps as `Map`; `undefined` after a mistake was told. */
function parseYaml(text: string, tell: (says: string) => void): unknown {
  if (text.length > longest) {
    tell('is longer than 1 MiB');
    return undefined;
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true, merge: false });
  for (const error of [...document.errors, ...document.warnings]) {
    const { line, col } = lines.linePos(error.pos[0]);
    tell(`is not YAML: line ${line}, column ${col}: ${error.message}`);
  }
  if (document.errors.length + document.warnings.length > 0) return undefined;
  if (!isPlain(document)) {
    tell('may hold no alias, and only texts as keys');
    return undefined;
  }
  return document.contents === null ? null : document.toJS({ mapAsMap: true });
}

function isPlain(document: Document): boolean {
  const odd: unknown[] = [];
  visit(document, {
    Alias: (_, alias) => {
      odd.push(alias);
      return visit.BREAK;
    },
    Pair: (_, { key }) => {
      if (isScalar(key) && typeof key.value === 'string') return undefined;
      odd.push(key);
      return visit.BREAK;
    },
  });
  return odd.length === 0;
}

function lower(text: string): string {
  return text.toLowerCase();
}
