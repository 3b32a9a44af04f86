import { AssertionError } from 'node:assert';
import { inspect } from 'node:util';
import { Conflict } from '../resources/home.ts';

/** Why a reconcile threw. */
export type Fault =
  /** Somebody else wrote first: look again. Not an error. */
  | { readonly is: 'conflict' }
  /** The world did not answer as it should. */
  | { readonly is: 'error'; readonly err: Error }
  /** This program is wrong: what Go would call a panic. */
  | { readonly is: 'panic'; readonly err: Error };

export function faultOf(thrown: unknown): Fault {
  if (!(thrown instanceof Error)) return { is: 'panic', err: new Error(`thrown, but no Error: ${inspect(thrown)}`) };
  if (thrown instanceof Conflict) return { is: 'conflict' };
  return { is: isOfTheProgram(thrown) ? 'panic' : 'error', err: thrown };
}

/**
 * Errors that the language throws at wrong code. Not SyntaxError and URIError, which JSON, a pattern or an address from elsewhere can bring about; nor
 * one with a cause, which tells of something else: `fetch` says TypeError to a connection that broke.
 */
function isOfTheProgram(error: Error): boolean {
  const isOfTheLanguage = error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
  return error instanceof AssertionError || (isOfTheLanguage && error.cause === undefined);
}
