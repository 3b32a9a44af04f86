import { type Path, pathText } from './path.ts';

/** One reason why an object is not admitted, in the words of an API server. */
export interface Refusal {
  /** Of what is wrong; of what should be there, where it is absent. */
  readonly path: Path;
  /** `spec.mode: Unsupported value: "Enforced": supported values: "Preview", "Enforce"` */
  readonly says: string;
}

/** A refusal of what was understood as an object of its kind. */
export interface FieldError extends Refusal {
  /** The rules are not asked about such an object: they could not be understood of it. */
  readonly isBlocking: boolean;
}

/** Told of one object; whoever mends so many asks again. */
export const mostRefusals = 100;

const longestShown = 1024;

export const fieldError = {
  required: (path: Path, detail = ''): FieldError => made(path, ['Required value', detail], true),
  unsupported: (path: Path, value: unknown, supported: readonly (string | boolean)[]): FieldError => {
    const words = supported.map((word) => JSON.stringify(String(word))).join(', ');
    return made(path, ['Unsupported value', shown(value), `supported values: ${words}`], true);
  },
  tooLong: (path: Path, most: number): FieldError => {
    return made(path, ['Too long', `may not be more than ${counted(most, 'byte')}`], true);
  },
  tooMany: (path: Path, actual: number, most: number): FieldError => {
    return made(path, ['Too many', String(actual), `must have at most ${counted(most, 'item')}`], true);
  },
  wrongType: (path: Path, got: string, detail: string): FieldError => {
    return made(path, ['Invalid value', shown(got), detail], true);
  },
  duplicate: (path: Path, value: unknown): FieldError => made(path, ['Duplicate value', shown(value)], false),
  /** Without a value where it would be too much to read. */
  invalid: (path: Path, detail: string, value?: unknown): FieldError => {
    return made(path, ['Invalid value', ...(value === undefined ? [] : [shown(value)]), detail], false);
  },
  notAsked: {
    path: [],
    says: '<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
    isBlocking: false,
  } satisfies FieldError,
} as const;

function made(path: Path, parts: readonly string[], isBlocking: boolean): FieldError {
  return { path, says: [pathText(path), ...parts.filter((part) => part !== '')].join(': '), isBlocking };
}

function counted(count: number, of: string): string {
  return `${count} ${of}${count === 1 ? '' : 's'}`;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length <= longestShown ? text : `${text.slice(0, longestShown)}…`;
}

/** As kubectl tells what an API server found wrong with an object of this kind. */
export function invalidMessage(kind: string, name: string, refusals: readonly Refusal[]): string {
  const told = [...new Set(refusals.map(({ says }) => says))];
  const [only = ''] = told;
  const list = told.length === 1 ? ` ${only}` : told.map((says) => `\n* ${says}`).join('');
  return `The ${kind} ${JSON.stringify(name)} is invalid:${list}`;
}

/** As an API server tells what it cannot take for an object of this kind at all. */
export function badRequestMessage(kind: string, says: string): string {
  return `${kind} in version "v1alpha1" cannot be handled as a ${kind}: ${says}`;
}
