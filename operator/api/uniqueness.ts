import { entriesOf, fieldOf, isList, isMapping } from './document.ts';
import type { Path } from './path.ts';
import { type FieldError, fieldError, mostRefusals } from './refusal.ts';
import type { ArraySchema, Json, Schema } from './schema.ts';
import { fieldSchema } from './unknownFields.ts';

/** What stands twice in a list of type `set`, or by its keys in one of type `map`; the second one is told. */
export function duplicates(schema: Schema, value: Json): readonly FieldError[] {
  const found: FieldError[] = [];
  look(schema, value, []);
  return found.slice(0, mostRefusals);

  function look(schema: Schema, value: Json, path: Path): void {
    if (schema.type === 'array' && isList(value)) {
      if (value.length > (schema.maxItems ?? Infinity)) return; // told already, and may be without end
      found.push(...within(schema, value, path));
      value.forEach((item, at) => {
        look(schema.items, item, [...path, at]);
      });
    } else if (schema.type === 'object' && isMapping(value)) {
      for (const [name, inner] of entriesOf(value)) {
        const its = fieldSchema(schema, name);
        if (its !== undefined) look(its, inner, [...path, name]);
      }
    }
  }
}

function within({ listType, listMapKeys = [] }: ArraySchema, value: readonly Json[], path: Path): FieldError[] {
  if (listType === undefined) return [];
  const stranger = listType === 'map' ? value.findIndex((item) => !isMapping(item) && item !== null) : -1;
  if (stranger !== -1) {
    const says = 'must be an object for an array of list-type map';
    return [fieldError.invalid([...path, stranger], says, value[stranger])];
  }
  const seen = new Map<string, number>();
  return value.flatMap((item, at) => {
    const key = listType === 'set' ? item : keysOf(item, listMapKeys);
    const text = JSON.stringify(key);
    const times = (seen.get(text) ?? 0) + 1;
    seen.set(text, times);
    return times === 2 ? [fieldError.duplicate([...path, at], key)] : [];
  });
}

function keysOf(item: Json, keys: readonly string[]): Json {
  const given = keys.flatMap((key): [string, Json][] => {
    const value = isMapping(item) ? fieldOf(item, key) : undefined;
    return value === undefined ? [] : [[key, value]];
  });
  return Object.fromEntries(given);
}
