/** What a file system call failed of: `ENOENT`; `undefined` is no failure of one. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** There is nothing of this name, or of one on the way to it. */
export function isAbsent(error: unknown): boolean {
  return codeOf(error) === 'ENOENT';
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A file of the state directory cannot be used; the message names it. */
export class StateError extends Error {
  override readonly name = 'StateError';

  constructor(file: string, says: string, options?: ErrorOptions) {
    super(`${file}: ${says}`, options);
  }
}
