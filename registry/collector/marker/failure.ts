import { Doubt } from '../../../core/reach/doubt.ts';
import { StorageError } from '../../storage/driver.ts';

/** An error on its way between threads, where classes are lost. */
export interface Failure {
  readonly name: string;
  readonly message: string;
  /** Of a `Doubt` its object, of a `StorageError` its path. */
  readonly about?: string;
  readonly cause?: string;
}

export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const about = error instanceof Doubt ? error.object : error instanceof StorageError ? error.path : undefined;
  const cause = error.cause instanceof Error ? error.cause.message : undefined;
  return {
    name: error.name,
    message: error.message,
    ...(about === undefined ? {} : { about }),
    ...(cause === undefined ? {} : { cause }),
  };
}

export function errorOf({ name, message, about, cause }: Failure): Error {
  const options = { cause };
  // A fault in the mark's thread leaves the graph unknown, like anything else that could not be told (G1).
  if (about === undefined) return new Doubt('the mark', `${name}: ${message}`, options);
  const says = message.startsWith(`${about}: `) ? message.slice(about.length + 2) : message;
  return name === 'Doubt' ? new Doubt(about, says, options) : new StorageError(about, says, options);
}
