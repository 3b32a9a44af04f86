import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Makes the system forget what it knows of all files, names and inodes too. `undefined`: done; else why it cannot be. */
export async function dropPageCache(): Promise<string | undefined> {
  await run('sync');
  try {
    await writeFile('/proc/sys/vm/drop_caches', '3');
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
