import type { ObjectSchema, Schema } from '../../operator/api/schema.ts';
import type { NamedDefinition } from './definition.ts';

/** Items that have a name of their own, by the field that lists them. The first kind that has one says how it looks. */
const namedItems: Readonly<Record<string, string>> = { conditions: 'Condition', topRepositories: 'RepositoryCounts' };

const head = `/*
 * Generated from crds/ by \`npm run generate\`: do not edit. The kinds of coppice.dev/v1alpha1. Whoever makes an object may leave out what has a
 * default; in one that was admitted it is there. A status has what it has from the first moment on: {observedGeneration: -1}.
 */
`;

/** The text of \`operator/api/types.ts\`, not yet formatted. */
export function typesModule(definitions: readonly NamedDefinition[]): string {
  const named = new Map<string, string>();
  const kinds = definitions.flatMap(({ kind, schema }) => {
    return (['spec', 'status'] as const).map((part) => {
      const of = schema.properties?.[part];
      const comment = of?.description === undefined ? '' : docs(of.description);
      const name = `${kind}${part === 'spec' ? 'Spec' : 'Status'}`;
      return `${comment}export interface ${name} ${of === undefined ? '{}' : typeOf(of, named)}\n`;
    });
  });
  const all = definitions.map(
    ({ kind, schema: { description = '' } }) =>
      `${docs(description)}readonly ${kind}: { readonly spec: ${kind}Spec; readonly status: ${kind}Status };`,
  );
  const items = [...named].map(([name, type]) => `export interface ${name} ${type}\n`);
  const byName = `/** Every kind by its name. */\nexport interface Kinds {\n${all.join('\n')}\n}\n`;
  return [head, ...items, ...kinds, byName].join('\n');
}

function typeOf(schema: Schema, named: Map<string, string>): string {
  switch (schema.type) {
    case 'object':
      return objectTypeOf(schema, named);
    case 'array':
      return `readonly (${typeOf(schema.items, named)})[]`; // prettier drops brackets that are not needed
    case 'string':
      return schema.enum === undefined ? 'string' : schema.enum.map((word) => JSON.stringify(word)).join(' | ');
    case 'integer':
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
  }
}

function objectTypeOf({ properties, additionalProperties, required = [] }: ObjectSchema, named: Map<string, string>) {
  if (additionalProperties !== undefined) return `Readonly<Record<string, ${typeOf(additionalProperties, named)}>>`;
  const fields = Object.entries(properties ?? {}).map(([name, schema]) => {
    const mark = required.includes(name) ? '' : '?';
    return `${docs(schema.description ?? '')}readonly ${name}${mark}: ${fieldTypeOf(name, schema, named)};`;
  });
  return `{\n${fields.join('\n')}\n}`;
}

function fieldTypeOf(name: string, schema: Schema, named: Map<string, string>): string {
  const item = namedItems[name];
  if (item === undefined || schema.type !== 'array') return typeOf(schema, named);
  if (!named.has(item)) named.set(item, typeOf(schema.items, named));
  return `readonly ${item}[]`;
}

const widest = 140;

function docs(description: string): string {
  if (description === '') return '';
  if (description.length <= widest) return `/** ${description} */\n`;
  const lines: string[] = [];
  for (const word of description.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < widest) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return `/**\n${lines.map((line) => ` * ${line}\n`).join('')} */\n`;
}
