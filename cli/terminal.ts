import type { Writable } from 'node:stream';
import { table } from './table.ts';

/** Where results (`out`) and everything else (`err`) go. */
export interface Terminal {
  readonly out: Writable;
  readonly err: Writable;
  /** Somebody watches `err`: progress may overwrite its line there. */
  readonly isWatched: boolean;
}

export type OutputFormat = 'text' | 'json';

export function say(terminal: Terminal, text: string): void {
  terminal.out.write(`${text}\n`);
}

export function note(terminal: Terminal, text: string): void {
  terminal.err.write(`${text}\n`);
}

/** One JSON document, or aligned columns under a heading. */
export function sayRows(
  terminal: Terminal,
  format: OutputFormat,
  document: unknown,
  heading: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  if (format === 'json') say(terminal, JSON.stringify(document, undefined, 2));
  else for (const line of table(heading, rows)) say(terminal, line);
}
