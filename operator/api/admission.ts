import { withDefaults } from './defaults.ts';
import { definitions } from './definitions.ts';
import { asJson, fieldOf, isMapping, type Mapping } from './document.ts';
import { type GivenMetadata, givenMetadata, metadataViolations, undecodable } from './metadata.ts';
import { type Path, pathText } from './path.ts';
import {
  badRequestMessage,
  type FieldError,
  fieldError,
  invalidMessage,
  mostRefusals,
  type Refusal,
} from './refusal.ts';
import { brokenRules } from './rules.ts';
import type { Json, ObjectSchema } from './schema.ts';
import type { Kinds } from './types.ts';
import { duplicates } from './uniqueness.ts';
import { unknownFields } from './unknownFields.ts';
import { violations } from './violations.ts';

const apiVersion = 'coppice.dev/v1alpha1';

/** An object as an API server would take it: with the schema's defaults, without what is null, and with no field that it does not know. */
export interface AdmittedObject<K extends keyof Kinds> {
  readonly apiVersion: typeof apiVersion;
  readonly kind: K;
  readonly metadata: GivenMetadata;
  readonly spec: Kinds[K]['spec'];
  /** Of a new object what the schema says, whatever was given; else as it was. */
  readonly status: Kinds[K]['status'];
}

export type Admission<T> =
  | { readonly ok: true; readonly object: T }
  /** `message`: all of it, as kubectl would print it. At least one refusal. */
  | { readonly ok: false; readonly message: string; readonly refusals: readonly Refusal[] };

/** What is to change. */
export interface Standing<K extends keyof Kinds> {
  readonly spec: Kinds[K]['spec'];
  readonly status: Kinds[K]['status'];
}

/**
 * What an API server (1.37) does with an object that is created, or put in place of `old`: strict decoding, defaults, the schema, the rules. `document`
 * is what YAML or JSON was decoded to. Takes bounded time whatever it holds.
 */
export function admit<K extends keyof Kinds>(
  kind: K,
  document: unknown,
  old?: Standing<K>,
): Admission<AdmittedObject<K>> {
  const { schema } = definitions[kind];
  const decoded = decode(kind, schema, document);
  if (!decoded.ok) return decoded;
  const metadata = givenMetadata(fieldOf(decoded.object, 'metadata') ?? {});
  const { status: _given, ...rest } = decoded.object;
  const before: Mapping | undefined = old && { spec: old.spec as unknown as Json };
  const { spec = null, status = null } = withDefaults(schema, specOf(rest)) as Mapping;
  const object: Mapping = spec === null ? {} : { spec };
  const errors = [
    ...metaErrors(kind, rest),
    ...metadataViolations(metadata),
    ...violations(schema, object, before),
    ...duplicates(schema, object),
  ];
  const refusals = errors.some((error) => error.isBlocking)
    ? [...errors, fieldError.notAsked]
    : [...errors, ...brokenRules(schema, object, before)];
  if (refusals.length > 0) return refused(kind, metadata.name, refusals);
  const admitted = { apiVersion, kind, metadata, spec, status: old?.status ?? status };
  return { ok: true, object: admitted as unknown as AdmittedObject<K> }; // the schema, of which the type is made, holds
}

/** Whether an API server would take this for the status of an object of this kind and name. */
export function validateStatus<K extends keyof Kinds>(
  kind: K,
  status: Kinds[K]['status'],
  name: string,
): Admission<Kinds[K]['status']> {
  const schema = definitions[kind].schema.properties?.['status'];
  const decoded = asJson(status);
  if (schema === undefined || 'why' in decoded) {
    const why = 'why' in decoded ? decoded.why : 'there is no status';
    return { ok: false, message: badRequestMessage(kind, why), refusals: [{ path: ['status'], says: why }] };
  }
  const unknown = unknownFields(schema, decoded.json, mostRefusals).map((path): Path => ['status', ...path]);
  if (unknown.length > 0) return notKnown(kind, unknown);
  const found = [...violations(schema, decoded.json), ...duplicates(schema, decoded.json)];
  const refusals = found.map(({ path, says }) => ({ path: ['status', ...path], says: `status.${says}` }));
  return refusals.length > 0 ? refused(kind, name, refusals) : { ok: true, object: status };
}

function specOf(object: Mapping): Mapping {
  const spec = fieldOf(object, 'spec');
  return spec === undefined ? {} : { spec };
}

function metaErrors(kind: string, object: Mapping): readonly FieldError[] {
  return Object.entries({ kind, apiVersion }).flatMap(([field, must]) => {
    const is = fieldOf(object, field) ?? '';
    return is === must ? [] : [fieldError.invalid([field], `must be ${must}`, is)];
  });
}

/** Strict decoding: what is not known is refused, not dropped. */
function decode(kind: string, schema: ObjectSchema, document: unknown): Admission<Mapping> {
  const decoded = asJson(document);
  if ('why' in decoded) {
    const { why } = decoded;
    return { ok: false, message: badRequestMessage(kind, why), refusals: [{ path: [], says: why }] };
  }
  const { json } = decoded;
  if (!isMapping(json)) {
    const says = 'json: cannot unmarshal into Go value of type map[string]interface {}';
    return { ok: false, message: badRequestMessage(kind, says), refusals: [{ path: [], says }] };
  }
  const { unknown, wrong } = undecodable(fieldOf(json, 'metadata') ?? {});
  const [first] = wrong;
  if (first !== undefined) return { ok: false, message: badRequestMessage(kind, first.says), refusals: wrong };
  const { metadata: _metadata, apiVersion: _apiVersion, kind: _kind, ...rest } = json;
  const others = [...unknown, ...unknownFields(schema, rest, mostRefusals)].slice(0, mostRefusals);
  return others.length > 0 ? notKnown(kind, others) : { ok: true, object: json };
}

function notKnown(kind: string, fields: readonly Path[]): Admission<never> {
  const refusals = fields.map((path) => ({ path, says: `unknown field "${pathText(path)}"` }));
  const says = `strict decoding error: ${refusals.map((one) => one.says).join(', ')}`;
  return { ok: false, message: badRequestMessage(kind, says), refusals };
}

function refused(kind: string, name: string, errors: readonly Refusal[]): Admission<never> {
  const refusals = errors.map(({ path, says }) => ({ path, says }));
  return { ok: false, message: invalidMessage(kind, name, refusals), refusals };
}
