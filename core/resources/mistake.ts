import { bounds } from './bounds.ts';

/** One thing wrong with a resource, told so that its author finds it: `spec.rules[1].keep.pushedWithin`, `must be an age such as 90d, got "90 days"`. */
export interface Mistake {
  /** Empty: the document as a whole. */
  readonly path: string;
  readonly says: string;
}

/** A resource whole, or every mistake in it. */
export type Parsed<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly mistakes: readonly Mistake[] };

/** Where in a document one reads, and where its mistakes are told. */
export interface Place {
  readonly path: string;
  readonly tell: (says: string) => void;
  /** A field, by its name, or an element, by its index. */
  readonly within: (step: string | number) => Place;
}

/** Reads a whole document. `read` tells at least one mistake where it answers `undefined`. */
export function parseDocument<T>(document: unknown, read: (value: unknown, at: Place) => T | undefined): Parsed<T> {
  const mistakes: Mistake[] = [];
  const value = read(document, placeAt('', mistakes));
  return value === undefined || mistakes.length > 0 ? { ok: false, mistakes } : { ok: true, value };
}

function placeAt(path: string, mistakes: Mistake[]): Place {
  return {
    path,
    tell: (says) => {
      if (mistakes.length < bounds.mistakes) mistakes.push({ path, says });
    },
    within: (step) => placeAt(`${path}${stepText(step, path === '')}`, mistakes),
  };
}

const plainStep = /^[A-Za-z0-9_-]{1,63}$/;
const longestQuote = 64;

function stepText(step: string | number, isFirst: boolean): string {
  if (typeof step === 'number') return `[${step}]`;
  if (!plainStep.test(step)) return `[${quote(step)}]`;
  return isFirst ? step : `.${step}`;
}

/** What stands there instead of what should, in the words of YAML. Never long, whatever it is. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' && value !== null ? 'a mapping' : String(value);
}

function quote(text: string): string {
  return JSON.stringify(text.length <= longestQuote ? text : `${text.slice(0, longestQuote)}…`);
}
