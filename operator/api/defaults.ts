import { entriesOf, fieldOf, isList, isMapping, type Mapping } from './document.ts';
import type { Json, ObjectSchema, Schema } from './schema.ts';
import { fieldSchema } from './unknownFields.ts';

/** With the schema's defaults. A field that is null counts as absent, as no field of ours is nullable. */
export function withDefaults(schema: Schema, value: Json): Json {
  if (schema.type === 'object' && isMapping(value)) return mappingWithDefaults(schema, value);
  if (schema.type === 'array' && isList(value)) return value.map((item) => withDefaults(schema.items, item));
  return value;
}

function mappingWithDefaults(schema: ObjectSchema, value: Mapping): Mapping {
  const given = entriesOf(value)
    .filter(([, inner]) => inner !== null)
    .map(([name, inner]): [string, Json] => {
      const known = fieldSchema(schema, name);
      return [name, known === undefined ? inner : withDefaults(known, inner)];
    });
  const absent = Object.entries(schema.properties ?? {}).flatMap(([name, { default: its }]): [string, Json][] => {
    return its !== undefined && (fieldOf(value, name) ?? null) === null ? [[name, its]] : [];
  });
  return Object.fromEntries([...given, ...absent]);
}
