/*
 * As much of a structural schema (apiextensions.k8s.io/v1) as `crds/` uses. Whoever reads a definition refuses every other keyword, so that nothing
 * stands in `crds/` that is not carried out here.
 */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [field: string]: Json };

/** An entry of `x-kubernetes-validations`: CEL over `self`, and `oldSelf` where it compares with what was. */
export interface Rule {
  readonly rule: string;
  readonly message: string;
  readonly reason?: 'FieldValueRequired';
  /** From `self` on, such as `.keep.orderBy`. */
  readonly fieldPath?: string;
}

interface AnySchema {
  readonly description?: string;
  readonly default?: Json;
  readonly rules?: readonly Rule[];
}

export interface ObjectSchema extends AnySchema {
  readonly type: 'object';
  readonly properties?: Readonly<Record<string, Schema>>;
  /** Of a map: what each of its values is. Never beside `properties`. */
  readonly additionalProperties?: Schema;
  readonly required?: readonly string[];
  readonly minProperties?: number;
  readonly maxProperties?: number;
}

export interface ArraySchema extends AnySchema {
  readonly type: 'array';
  readonly items: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  /** `set`: no item twice. `map`: no two items with the same keys, and an old item is found again by them. */
  readonly listType?: 'set' | 'map';
  readonly listMapKeys?: readonly string[];
}

export interface StringSchema extends AnySchema {
  readonly type: 'string';
  readonly enum?: readonly string[];
  readonly format?: 'date-time';
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
}

export interface NumberSchema extends AnySchema {
  readonly type: 'integer' | 'number';
  readonly minimum?: number;
  readonly maximum?: number;
}

export interface BooleanSchema extends AnySchema {
  readonly type: 'boolean';
  readonly enum?: readonly boolean[];
}

export type Schema = ObjectSchema | ArraySchema | StringSchema | NumberSchema | BooleanSchema;

/** An entry of `additionalPrinterColumns`. */
export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date';
  readonly jsonPath: string;
  /** Only with `-o wide`. */
  readonly isWide: boolean;
}

/** A kind as its CustomResourceDefinition says. */
export interface Definition {
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly columns: readonly Column[];
  readonly schema: ObjectSchema;
}
