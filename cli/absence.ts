/** Whether an error of the system says that there is no such file, or that what is to hold it is no directory. */
export function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ['ENOENT', 'ENOTDIR'].includes(String(error.code));
}
