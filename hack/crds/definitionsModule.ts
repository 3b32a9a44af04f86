import type { Schema } from '../../operator/api/schema.ts';
import type { NamedDefinition } from './definition.ts';

const head = `/* Generated from crds/ by \`npm run generate\`: do not edit. */
import type { Definition } from './schema.ts';
import type { Kinds } from './types.ts';

/** What crds/ says of each kind, but for what is written there for people. */
export const definitions: Readonly<Record<keyof Kinds, Definition>> = `;

/** The text of \`operator/api/definitions.ts\`, not yet formatted. */
export function definitionsModule(definitions: readonly NamedDefinition[]): string {
  const byKind = definitions.map(({ kind, schema, ...definition }) => {
    return [kind, { ...definition, schema: bare(schema) }] as const;
  });
  return `${head}${JSON.stringify(Object.fromEntries(byKind))};\n`;
}

/** Without descriptions. */
function bare({ description: _description, ...schema }: Schema): Schema {
  if (schema.type === 'array') return { ...schema, items: bare(schema.items) };
  if (schema.type !== 'object') return schema;
  const { properties, additionalProperties } = schema;
  const fields = Object.entries(properties ?? {}).map(([name, of]) => [name, bare(of)] as const);
  return {
    ...schema,
    ...(properties !== undefined && { properties: Object.fromEntries(fields) }),
    ...(additionalProperties !== undefined && { additionalProperties: bare(additionalProperties) }),
  };
}
