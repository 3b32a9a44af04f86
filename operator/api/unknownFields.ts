import { entriesOf, isList, isMapping } from './document.ts';
import type { Path } from './path.ts';
import type { Json, Schema } from './schema.ts';

/** Fields that the schema does not know, as strict decoding names them; at most `most`. What stands where a scalar should has unknown fields, too. */
export function unknownFields(schema: Schema, value: Json, most: number): readonly Path[] {
  const found: Path[] = [];
  look(schema, value, []);
  return found;

  function look(schema: Schema | undefined, value: Json, path: Path): void {
    if (found.length >= most) return;
    if (isList(value)) {
      const items = schema?.type === 'array' ? schema.items : undefined;
      value.forEach((item, at) => {
        look(items, item, [...path, at]);
      });
    } else if (isMapping(value)) lookInto(schema, value, path);
  }

  function lookInto(schema: Schema | undefined, value: Readonly<Record<string, Json>>, path: Path): void {
    for (const [name, inner] of entriesOf(value)) {
      const known = schema === undefined ? undefined : fieldSchema(schema, name);
      if (known !== undefined) look(known, inner, [...path, name]);
      else if (found.length < most) found.push([...path, name]);
    }
  }
}

/** What a field of a mapping is. `undefined`: there is no such field, or no fields at all. */
export function fieldSchema(schema: Schema, name: string): Schema | undefined {
  if (schema.type !== 'object') return undefined;
  const { properties, additionalProperties } = schema;
  return properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : additionalProperties;
}
