import { stringify } from 'yaml';

/** What readers of YAML 1.1 would take for a date or a boolean is quoted. */
const asKubectl = { version: '1.1', indentSeq: false } as const;

/** As kubectl writes documents: every mapping by its names. */
export function documentText(document: unknown, format: 'yaml' | 'json'): string {
  const sorted = bySortedNames(document);
  if (format === 'json') return JSON.stringify(sorted, undefined, 4);
  return stringify(sorted, { ...asKubectl, lineWidth: 0, aliasDuplicateObjects: false }).trimEnd();
}

/** One object by itself where one was named, a list of them otherwise. */
export function listOf(items: readonly object[]): object {
  return { apiVersion: 'v1', items, kind: 'List', metadata: { resourceVersion: '' } };
}

function bySortedNames(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bySortedNames);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries.map(([name, one]) => [name, bySortedNames(one)]));
}
