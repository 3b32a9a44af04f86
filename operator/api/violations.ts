import { entriesOf, fieldOf, isList, isMapping, isSame, type Mapping } from './document.ts';
import { isDateTime } from './moment.ts';
import { type Path, pathText } from './path.ts';
import { type FieldError, fieldError, mostRefusals } from './refusal.ts';
import type { ArraySchema, Json, NumberSchema, ObjectSchema, Schema, StringSchema } from './schema.ts';
import { fieldSchema } from './unknownFields.ts';

/*
 * A value against its schema, told as the API server's validator tells it (kube-openapi, pkg/validation): "in body" and all. Two things are other than
 * there. The items of a list that is too long are not looked at: what a hostile file can make us do is bounded. And where a moment should stand a list
 * is refused, which that validator lets pass.
 */

/**
 * `old`: what stood there before. What did not change is not looked at again, so that what was admitted once can be edited after the schema became
 * stricter (CRD validation ratcheting).
 */
export function violations(schema: Schema, value: Json, old?: Json): readonly FieldError[] {
  const found: FieldError[] = [];
  check(schema, value, old, [], (error) => {
    if (found.length < mostRefusals) found.push(error);
  });
  return found;
}

type Tell = (error: FieldError) => void;

function check(schema: Schema, value: Json, old: Json | undefined, path: Path, tell: Tell): void {
  if (old !== undefined && isSame(value, old)) return;
  checkType(schema, value, path, tell);
  if (typeof value === 'string' && schema.type === 'string') checkText(schema, value, path, tell);
  if (typeof value === 'number' && (schema.type === 'integer' || schema.type === 'number')) {
    checkNumber(schema, value, path, tell);
  }
  if (isList(value) && schema.type === 'array') checkList(schema, value, old, path, tell);
  const words: readonly Json[] = 'enum' in schema ? (schema.enum ?? []) : [];
  if (words.length > 0 && !words.includes(value)) {
    tell(fieldError.unsupported(path, value, words.map(String)));
  }
  if (isMapping(value) && schema.type === 'object') checkMapping(schema, value, old, path, tell);
}

function checkType(schema: Schema, value: Json, path: Path, tell: Tell): void {
  const type = typeOf(value);
  const isRight = schema.type === type || (schema.type === 'number' && type === 'integer');
  if (isRight) return;
  const isMoment = schema.type === 'string' && schema.format !== undefined;
  const wanted = isMoment ? (schema.format ?? 'string') : schema.type;
  const got = isMoment ? formatOf(type) : type;
  tell(fieldError.wrongType(path, got, `${pathText(path)} in body must be of type ${wanted}: ${JSON.stringify(got)}`));
}

type JsonType = 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean' | 'null';

function typeOf(value: Json): JsonType {
  if (value === null) return 'null';
  if (isList(value)) return 'array';
  if (isMapping(value)) return 'object';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value === 'boolean' ? 'boolean' : 'string';
}

/** Where a format is expected, that validator names the format of what it got instead of its type; most have none. */
function formatOf(type: JsonType): string {
  if (type === 'integer') return 'int64';
  if (type === 'number') return 'float64';
  return type === 'null' ? type : '';
}

function checkText(schema: StringSchema, value: string, path: Path, tell: Tell): void {
  const name = pathText(path);
  const { minLength = 0, maxLength = Infinity, pattern, format } = schema;
  // A character of two units counts once.
  const length = value.length > maxLength || value.length < 2 * minLength ? Array.from(value).length : value.length;
  if (length > maxLength) tell(fieldError.tooLong(path, maxLength));
  else if (length < minLength) {
    tell(fieldError.invalid(path, `${name} in body should be at least ${minLength} chars long`, value));
  } else if (pattern !== undefined && !compiled(pattern).test(value)) {
    tell(fieldError.invalid(path, `${name} in body should match '${pattern}'`, value));
  }
  if (format !== undefined && !isDateTime(value)) {
    tell(fieldError.wrongType(path, value, `${name} in body must be of type ${format}: ${JSON.stringify(value)}`));
  }
}

const patterns = new Map<string, RegExp>();

/** The patterns are those of `crds/`, and are asked only about texts that are no longer than they may be. */
function compiled(pattern: string): RegExp {
  const known = patterns.get(pattern) ?? new RegExp(pattern, 'u');
  patterns.set(pattern, known);
  return known;
}

function checkNumber({ type, minimum, maximum }: NumberSchema, value: number, path: Path, tell: Tell): void {
  const name = pathText(path);
  if (type === 'integer' && !Number.isInteger(value)) {
    const says = `<nil>: Invalid value: "": Checked value must be of type integer (default format) in ${name}`;
    tell({ path, says, isBlocking: false });
  }
  if (minimum !== undefined && value < minimum) {
    tell(fieldError.invalid(path, `${name} in body should be greater than or equal to ${minimum}`, value));
  }
  if (maximum !== undefined && value > maximum) {
    tell(fieldError.invalid(path, `${name} in body should be less than or equal to ${maximum}`, value));
  }
}

function checkList(schema: ArraySchema, value: readonly Json[], old: Json | undefined, path: Path, tell: Tell): void {
  const { items, minItems = 0, maxItems = Infinity } = schema;
  if (value.length > maxItems) {
    tell(fieldError.tooMany(path, value.length, maxItems));
    return;
  }
  value.forEach((item, at) => {
    check(items, item, oldItem(schema, item, old), [...path, at], tell);
  });
  if (value.length < minItems) {
    const detail = `${pathText(path)} in body should have at least ${minItems} items`;
    tell({ ...fieldError.invalid(path, detail, value.length) });
  }
}

/** The item that this one was before; only those of a `map` can be known again. */
export function oldItem(schema: ArraySchema, item: Json, old: Json | undefined): Json | undefined {
  const { listType, listMapKeys = [] } = schema;
  if (listType !== 'map' || !isList(old) || !isMapping(item)) return undefined;
  return old.find((one) => {
    return isMapping(one) && listMapKeys.every((key) => isSame(fieldOf(one, key), fieldOf(item, key)));
  });
}

function checkMapping(schema: ObjectSchema, value: Mapping, old: Json | undefined, path: Path, tell: Tell): void {
  const fields = entriesOf(value);
  const { minProperties = 0, maxProperties = Infinity, properties = {}, required = [] } = schema;
  if (fields.length > maxProperties) {
    tell(fieldError.tooMany(path, fields.length, maxProperties));
    return;
  }
  if (fields.length < minProperties) {
    const detail = `${pathText(path)} in body should have at least ${minProperties} properties`;
    tell(fieldError.invalid(path, detail, fields.length));
  }
  // In the order of the schema, so that the same mistakes are always told in the same words.
  const order = schema.additionalProperties === undefined ? Object.keys(properties) : fields.map(([name]) => name);
  for (const name of order) {
    const [its, inner] = [fieldSchema(schema, name), fieldOf(value, name)];
    if (its === undefined || inner === undefined) continue;
    check(its, inner, isMapping(old) ? fieldOf(old, name) : undefined, [...path, name], tell);
  }
  for (const name of required) {
    if (fieldOf(value, name) === undefined) tell(fieldError.required([...path, name]));
  }
}
