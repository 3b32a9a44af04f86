import { type AdmittedObject, admit, type Standing } from '../admission.ts';
import type { Kinds } from '../types.ts';

/** Throws what it is refused with. */
export function admitted<K extends keyof Kinds>(kind: K, document: unknown, old?: Standing<K>): AdmittedObject<K> {
  const admission = admit(kind, document, old);
  if (!admission.ok) throw new Error(admission.message);
  return admission.object;
}

/** What a document is refused with, one by one; none: it is admitted. */
export function refusals<K extends keyof Kinds>(kind: K, document: unknown, old?: Standing<K>): readonly string[] {
  const admission = admit(kind, document, old);
  return admission.ok ? [] : admission.refusals.map(({ says }) => says);
}

/** Stands beside a mistake that keeps the rules from being asked. */
export const notAsked =
  '<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation';
