import { ageText } from './age.ts';
import { definitions } from './definitions.ts';
import { parseJsonPath, valueAt } from './jsonPath.ts';
import type { Column, Json } from './schema.ts';
import type { Kinds } from './types.ts';

export interface Table {
  readonly heading: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

interface Listed {
  readonly metadata: { readonly name: string; readonly creationTimestamp: string };
  readonly spec: object;
  readonly status: object;
}

export interface TableOptions {
  /** As with `-o wide`. */
  readonly wide: boolean;
  /** Ms since 1970. */
  readonly now: number;
}

/** What `kubectl get` shows of objects of this kind, cell by cell. A cell that there is nothing for is empty. */
export function tableOf(kind: keyof Kinds, objects: readonly Listed[], { wide, now }: TableOptions): Table {
  const columns = definitions[kind].columns
    .filter(({ isWide }) => wide || !isWide)
    .map((column) => ({ column, path: parseJsonPath(column.jsonPath) }));
  return {
    heading: ['NAME', ...columns.map(({ column }) => column.name.toUpperCase())],
    rows: objects.map(({ metadata, spec, status }) => {
      const object = { metadata, spec, status } as unknown as Json;
      return [metadata.name, ...columns.map(({ column, path }) => cell(column, valueAt(path, object), now))];
    }),
  };
}

function cell({ type }: Column, value: Json | undefined, now: number): string {
  switch (type) {
    case 'string':
      return value === undefined || value === null
        ? ''
        : firstLine(typeof value === 'string' ? value : JSON.stringify(value));
    case 'integer':
      return typeof value === 'number' ? String(Math.trunc(value)) : '';
    case 'date': {
      if (typeof value !== 'string') return '';
      const at = Date.parse(value);
      return Number.isNaN(at) ? '<invalid>' : ageText(now - at);
    }
  }
}

/** More than a line would break the table. */
function firstLine(text: string): string {
  const end = text.search(/[\f\n\r]/);
  return end === -1 ? text : `${text.slice(0, end)}...`;
}
