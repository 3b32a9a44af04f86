import Type, { type Static, type TProperties, type TSchema } from 'typebox';
import { Check, Errors } from 'typebox/value';
import { type AnyResource, apiVersion, type Kind } from '../resources/home.ts';
import { nameFaults } from '../api/names.ts';
import { StateError } from './failure.ts';

/*
 * Files of the state directory are JSON with a closed shape. One that is not understood is not absent: made anew, its object would have another uid and
 * no memory of what it did.
 */

const text = Type.String();
const name = Type.Refine(Type.String(), (it) => nameFaults(it).length === 0);
const texts = Type.Record(Type.String(), Type.String());
const whole = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const moment = Type.String({ pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$' });

function closed<P extends TProperties>(properties: P): Type.TObject<P> {
  return Type.Object(properties, { additionalProperties: false });
}

const owner = closed({
  apiVersion: text,
  kind: text,
  name: text,
  uid: text,
  controller: Type.Optional(Type.Boolean()),
  blockOwnerDeletion: Type.Optional(Type.Boolean()),
});

const object = closed({
  apiVersion: Type.Literal(apiVersion),
  kind: text,
  metadata: closed({
    namespace: name,
    name,
    uid: Type.String({ minLength: 1 }),
    resourceVersion: Type.String({ pattern: '^[0-9]{1,15}$' }),
    generation: Type.Integer({ minimum: 1 }),
    creationTimestamp: moment,
    deletionTimestamp: Type.Optional(moment),
    labels: Type.Optional(texts),
    annotations: Type.Optional(texts),
    finalizers: Type.Optional(Type.Array(text)),
    ownerReferences: Type.Optional(Type.Array(owner)),
  }),
  // Both passed the schema of their kind before they were kept.
  spec: Type.Object({}),
  status: Type.Object({ observedGeneration: Type.Integer() }),
});

export const recordedEvent = closed({
  id: Type.String({ pattern: '^[0-9]{1,15}$' }),
  subject: closed({ kind: text, namespace: text, name: text, uid: text }),
  type: Type.Union([Type.Literal('Normal'), Type.Literal('Warning')]),
  reason: text,
  message: text,
  count: whole,
  firstTimestamp: moment,
  lastTimestamp: moment,
});

export const version = closed({ reserved: whole });

export const holder = closed({ pid: whole, host: text, since: moment });

const refusal = closed({
  file: text,
  document: Type.Optional(whole),
  line: Type.Optional(whole),
  subject: Type.Optional(closed({ kind: text, namespace: text, name: text })),
  message: text,
  content: text,
  since: moment,
});

export const refusalList = closed({ refusals: Type.Array(refusal) });

/** A document, or a file, that is not as it would have to be; what came of it before stays as it was. */
export type Refusal = Readonly<Static<typeof refusal>>;
/** Which operator holds a state directory. */
export type Holder = Readonly<Static<typeof holder>>;

/** Rejects with `StateError` what is not JSON or not of this shape. */
export function decode<S extends TSchema>(schema: S, file: string, content: string): Static<S> {
  const value = parseJson(file, content);
  if (Check(schema, value)) return value;
  const [first] = Errors(schema, value);
  throw new StateError(file, `not understood: ${first?.instancePath ?? ''} ${first?.message ?? 'is of another shape'}`);
}

/** An object of this kind, as it was kept. */
export function decodeObject(kind: Kind, file: string, content: string): AnyResource {
  const decoded = decode(object, file, content);
  if (decoded.kind !== kind) throw new StateError(file, `not understood: holds a ${decoded.kind}`);
  return decoded as AnyResource;
}

function parseJson(file: string, content: string): unknown {
  try {
    return JSON.parse(content);
  } catch (cause) {
    throw new StateError(file, 'not understood: not JSON', { cause });
  }
}
