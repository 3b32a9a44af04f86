import Type, { type Static, type TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { type Digest, parseDigest } from '../../core/oci/digest.ts';
import { parseRepositoryName, parseTag, type RepositoryName, type Tag } from '../../core/oci/reference.ts';
import {
  type LifeId,
  parseLifeId,
  parseRunId,
  parseStorageId,
  parseWindowId,
  type RunId,
  type StorageId,
  type WindowId,
} from '../../core/window/identity.ts';
import { StorageError } from '../storage/driver.ts';

/*
 * Records are JSON with a closed shape: what is missing, more, or of another kind was written by something that we do not know, and a record that is not
 * understood is no record with defaults (G1). It rejects, and whoever needed it stops.
 */

function branded<T extends string>(parse: (text: string) => T | undefined): ReturnType<typeof Type.Unsafe<T>> {
  return Type.Unsafe<T>(Type.Refine(Type.String({ maxLength: 512 }), (text) => parse(text) !== undefined));
}

export const life = branded<LifeId>(parseLifeId);
export const run = branded<RunId>(parseRunId);
export const window = branded<WindowId>(parseWindowId);
export const storage = branded<StorageId>(parseStorageId);
export const digest = branded<Digest>(parseDigest);
export const repository = branded<RepositoryName>(parseRepositoryName);
export const tag = branded<Tag>(parseTag);
/** A count, an epoch, or a moment in whole milliseconds. */
export const whole = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
/** A moment on the storage's clock, ms; file systems tell fractions. */
export const moment = Type.Number({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
/** Text for people, or a name that others gave. */
export const text = Type.String({ maxLength: 4096 });

/** An object with these properties and no others. */
export function closed<P extends Record<string, TSchema>>(properties: P): Type.TObject<P> {
  return Type.Object(properties, { additionalProperties: false });
}

/** Rejects with `StorageError` what is not UTF-8, not JSON, or not of this shape. */
export function decode<S extends TSchema>(schema: S, path: string, bytes: Uint8Array): Static<S> {
  const value = parseJson(path, bytes);
  const validator = validatorOf(schema);
  if (validator.Check(value)) return value as Static<S>;
  const [first] = validator.Errors(value);
  throw new StorageError(
    path,
    `not understood: ${first?.instancePath ?? ''} ${first?.message ?? 'is of another shape'}`,
  );
}

const validators = new WeakMap<TSchema, Validator>();

/** Compiled when it is first needed: every replica reads gates and members many times a second, and walking a schema takes a hundred times as long. */
function validatorOf(schema: TSchema): Validator {
  const known = validators.get(schema);
  if (known !== undefined) return known;
  const compiled = Compile<TSchema, Validator>(schema);
  validators.set(schema, compiled);
  return compiled;
}

export function encode(value: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

export function parseJson(path: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new StorageError(path, 'not understood: not JSON', { cause });
  }
}

/** For a name in a folder of ours that is none of those we give. Names that begin with a dot are the file system's own (NFS keeps removed files so). */
export function parseName<T>(folder: string, name: string, parse: (name: string) => T | undefined): T | undefined {
  if (name.startsWith('.')) return undefined;
  const parsed = parse(name);
  if (parsed === undefined) throw new StorageError(`${folder}/${name}`, 'not understood: not a name that we give');
  return parsed;
}
