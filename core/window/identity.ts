declare const lifeBrand: unique symbol;
declare const windowBrand: unique symbol;
declare const runBrand: unique symbol;
declare const storageBrand: unique symbol;

/** One registry process's right to write, fresh at every start and after every lapse of its permit. */
export type LifeId = string & { readonly [lifeBrand]: true };
/** One window, named at random by the executor that opens it. */
export type WindowId = string & { readonly [windowBrand]: true };
/** One collection, or one run of requests. Names sort by their beginning: a later run's id is greater. */
export type RunId = string & { readonly [runBrand]: true };
/** One storage, named at random when it is first used. */
export type StorageId = string & { readonly [storageBrand]: true };

// These names become file names, so nothing that could leave its folder passes.
const grammar = /^[a-z0-9][a-z0-9-]{0,62}$/;

export function parseLifeId(text: string): LifeId | undefined {
  return grammar.test(text) ? (text as LifeId) : undefined;
}

export function parseWindowId(text: string): WindowId | undefined {
  return grammar.test(text) ? (text as WindowId) : undefined;
}

export function parseRunId(text: string): RunId | undefined {
  return grammar.test(text) ? (text as RunId) : undefined;
}

export function parseStorageId(text: string): StorageId | undefined {
  return grammar.test(text) ? (text as StorageId) : undefined;
}
