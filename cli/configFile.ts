import { lstat } from 'node:fs/promises';
import { type Environment, pathVariable } from '../registry/config/variables.ts';
import { isAbsent } from './absence.ts';
import { Failure } from './failure.ts';

/** Where the images of distribution have theirs: version 3’s, and version 2’s. */
export const usualConfigFiles = ['/etc/distribution/config.yml', '/etc/docker/registry/config.yml'] as const;

const rootVariable = 'REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY';

/** The configuration of a replica that none is named for: the one that the environment names, or the first of `usual` that is there; `undefined`: none. */
export async function unnamedConfigFile(
  environment: Environment,
  usual: readonly string[],
): Promise<string | undefined> {
  const named = environment[pathVariable];
  if (named !== undefined && named !== '') return named;
  for (const file of usual) if (await isThere(file)) return file;
  return undefined;
}

/** The same for what removes: a storage that nobody named is nobody's to collect. `undefined`: no file, and the environment names the storage. */
export async function configFileOfStorage(
  environment: Environment,
  usual: readonly string[],
): Promise<string | undefined> {
  const file = await unnamedConfigFile(environment, usual);
  const root = environment[rootVariable];
  if (file !== undefined || (root !== undefined && root !== '')) return file;
  throw new Failure(
    'usage',
    `which storage? Give CONFIG.yml (${usual.join(', ')}: none is there) or set ${rootVariable}`,
  );
}

async function isThere(file: string): Promise<boolean> {
  try {
    await lstat(file); // a link to nothing is a configuration that is gone, and reading it says so
    return true;
  } catch (cause) {
    if (isAbsent(cause)) return false;
    throw new Failure('usage', `cannot tell whether there is a configuration: ${String(cause)}`, { cause });
  }
}
