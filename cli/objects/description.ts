import type { AnyResource } from '../../operator/resources/home.ts';
import { printable } from '../table.ts';

/** One line of a description: a value stands in a column with those of the lines right before and after it. */
interface Line {
  readonly label: string;
  readonly value?: string;
}

/** An object as `kubectl describe` shows those of a kind that it does not know: everything in it, by labels. `events` come under it. */
export function description(object: AnyResource, events: readonly string[]): readonly string[] {
  const { metadata, apiVersion, kind, spec, status } = object;
  const { name, namespace, labels = {}, annotations = {}, ...rest } = metadata;
  const own: readonly Line[] = [
    { label: 'Name:', value: name },
    { label: 'Namespace:', value: namespace },
    ...pairs('Labels:', labels, '='),
    ...pairs('Annotations:', annotations, ': '),
    ...contentOf({ apiVersion, kind, metadata: rest, spec, status }, 0),
  ];
  const under: readonly Line[] =
    events.length === 0 ? [{ label: 'Events:', value: '<none>' }] : ['Events:', ...indented(events)].map(asLabel);
  return aligned([...own, ...under]);
}

const asLabel = (label: string): Line => ({ label });
const indented = (lines: readonly string[]): readonly string[] => lines.map((line) => `  ${line}`);

function pairs(label: string, values: Readonly<Record<string, string>>, between: string): readonly Line[] {
  const all = Object.entries(values).sort(byName);
  if (all.length === 0) return [{ label, value: '<none>' }];
  return all.map(([name, value], at) => ({ label: at === 0 ? label : '', value: `${name}${between}${value}` }));
}

function contentOf(content: object, depth: number): readonly Line[] {
  const indent = '  '.repeat(depth);
  return Object.entries(content as Readonly<Record<string, unknown>>)
    .sort(byName)
    .flatMap(([name, value]): readonly Line[] => {
      const label = `${indent}${labelOf(name)}:`;
      if (value === undefined) return [];
      if (Array.isArray(value)) return [{ label }, ...value.flatMap((one: unknown) => elementOf(one, depth + 1))];
      if (typeof value === 'object' && value !== null) return [{ label }, ...contentOf(value, depth + 1)];
      return [{ label, value: scalar(value) }];
    });
}

function elementOf(element: unknown, depth: number): readonly Line[] {
  if (typeof element === 'object' && element !== null) return contentOf(element, depth);
  return [{ label: `${'  '.repeat(depth)}${scalar(element)}` }];
}

/** What JSON has besides lists and mappings. */
function scalar(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const acronyms = new Set(['API', 'URL', 'UID', 'GUID']);

/** `lastTransitionTime` reads `Last Transition Time`; a name with other characters than letters and hyphens stays as it is. */
function labelOf(name: string): string {
  if (!/^[A-Za-z-]+$/.test(name)) return name;
  const words = name.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|-/g) ?? [name];
  return words
    .map((word) =>
      acronyms.has(word.toUpperCase()) ? word.toUpperCase() : word.slice(0, 1).toUpperCase() + word.slice(1),
    )
    .join(' ');
}

function byName([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number {
  return left < right ? -1 : 1;
}

function aligned(lines: readonly Line[]): readonly string[] {
  const shown: string[] = [];
  for (let at = 0; at < lines.length;) {
    const following = lines.slice(at).findIndex(({ value }) => value === undefined);
    const together = lines.slice(at, following === -1 ? lines.length : Math.max(at + 1, at + following));
    const width = Math.max(...together.map(({ label }) => label.length));
    for (const { label, value } of together) {
      shown.push(printable(value === undefined ? label : `${label.padEnd(width)}  ${value}`.trimEnd()));
    }
    at += together.length;
  }
  return shown;
}
