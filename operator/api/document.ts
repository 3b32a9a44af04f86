import type { Json } from './schema.ts';

export type Mapping = Readonly<Record<string, Json>>;

export function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isList(value: unknown): value is readonly Json[] {
  return Array.isArray(value);
}

/** A field of a mapping. What lies on a prototype is no field. */
export function fieldOf(mapping: Mapping, name: string): Json | undefined {
  return Object.hasOwn(mapping, name) ? mapping[name] : undefined;
}

/** The same of anything: `undefined` where there is no such field, or nothing that has fields. */
export function fieldIn(value: unknown, name: string): unknown {
  const isObject = typeof value === 'object' && value !== null && Object.hasOwn(value, name);
  return isObject ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}

/** Without the fields that are undefined, which JSON does not have. */
export function entriesOf(mapping: Mapping): [string, Json][] {
  return Object.entries(mapping).filter(([, value]: [string, unknown]) => value !== undefined);
}

/** What an API server's decoder takes at most; an object of ours is nowhere near. */
const most = { depth: 100, values: 100_000, characters: 3_145_728 } as const;

const tooLarge = { why: `Request entity too large: limit is ${most.characters}` } as const;

/** Why a document cannot be sent to an API server at all, or the document as JSON. Takes time that is bounded whatever the document holds. */
export function asJson(document: unknown): { readonly json: Json } | { readonly why: string } {
  const left: { readonly value: unknown; readonly depth: number }[] = [{ value: document, depth: 0 }];
  let values = 0;
  let characters = 0;
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const { value, depth } = next;
    if (depth > most.depth) return { why: 'exceeded max depth' };
    values += 1;
    if (typeof value === 'string') characters += value.length;
    else if (typeof value === 'number' && !Number.isFinite(value)) return { why: `json: unsupported value: ${value}` };
    else if (typeof value === 'object' && value !== null) {
      if (!Array.isArray(value) && !isPlain(value)) return { why: 'json: unsupported type' };
      if (Array.isArray(value) && value.length > most.values) return tooLarge;
      for (const [name, inner] of Object.entries(value)) {
        characters += name.length;
        left.push({ value: inner, depth: depth + 1 });
      }
    } else if (!isScalar(value)) return { why: 'json: unsupported type' };
    if (values + left.length > most.values || characters > most.characters) {
      return tooLarge;
    }
  }
  return { json: document as Json };
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function isScalar(value: unknown): boolean {
  return value === null || ['string', 'number', 'boolean', 'undefined'].includes(typeof value);
}

/** Whether both hold the same, in whatever order their fields stand. */
export function isSame(left: Json | undefined, right: Json | undefined): boolean {
  if (left === right) return true;
  if (isList(left) && isList(right)) {
    return left.length === right.length && left.every((item, at) => isSame(item, right[at]));
  }
  if (!isMapping(left) || !isMapping(right)) return false;
  const fields = entriesOf(left);
  return (
    fields.length === entriesOf(right).length && fields.every(([name, value]) => isSame(value, fieldOf(right, name)))
  );
}
