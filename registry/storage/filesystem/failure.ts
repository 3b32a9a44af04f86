import { StorageError, StorageFull } from '../driver.ts';

/** The name of an error of the operating system (`ENOENT`), else `undefined`. */
export function codeOf(error: unknown): string | undefined {
  return isSystemError(error) ? error.code : undefined;
}

/** Not there, or (on NFS) a handle of what is not there any more. */
export function isGone(error: unknown): boolean {
  return ['ENOENT', 'ESTALE'].includes(codeOf(error) ?? '');
}

/** The one place where errors of the operating system become errors of the storage; everything else passes as it is. */
export async function naming<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    const isFull = error.code === 'ENOSPC' || error.code === 'EDQUOT';
    throw new (isFull ? StorageFull : StorageError)(path, error.message, { cause: error });
  }
}

interface SystemError extends Error {
  readonly code: string;
}

function isSystemError(error: unknown): error is SystemError {
  return error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string';
}
