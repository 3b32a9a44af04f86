import type { RepositoryName } from '../../../core/oci/reference.ts';
import { parseWindowId } from '../../../core/window/identity.ts';
import type { Fence, ReadableStore, Remover } from '../../storage/driver.ts';
import { layout } from '../../storage/layout.ts';

export interface UploadPorts {
  readonly driver: ReadableStore & Remover & Fence;
  readonly fresh: () => string;
}

/**
 * Takes away upload sessions in which nothing happened since `before` (storage time, ms), and says how many. Each goes whole, by one rename through a
 * door of its own, and lies in the trash for a while. Nobody has to hold for it: a session promises nothing, and a client that comes back after so
 * long hears that it is gone.
 */
export async function removeAbandonedUploads(
  { driver, fresh }: UploadPorts,
  repositories: readonly RepositoryName[],
  before: number,
  signal: AbortSignal,
): Promise<number> {
  const abandoned: string[] = [];
  for (const repository of repositories) {
    abandoned.push(...(await abandonedUploads(driver, repository, before, signal)));
  }
  if (abandoned.length === 0) return 0;
  const window = parseWindowId(fresh());
  if (window === undefined) throw new Error('`fresh` gives names that are no window’s');
  await driver.openWindow(window, signal);
  let removed = 0;
  for (const session of abandoned) if ((await driver.remove(window, session, signal)) === 'removed') removed++;
  await driver.settleRemovals(window, signal);
  await driver.endWindow(window, signal);
  return removed;
}

/** The paths of a repository's upload sessions in which nothing happened since `before` (storage time, ms). */
export async function abandonedUploads(
  store: ReadableStore,
  repository: RepositoryName,
  before: number,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const abandoned: string[] = [];
  for (const { name } of (await store.list(layout.uploads(repository), signal)) ?? []) {
    const session = `${layout.uploads(repository)}/${name}`;
    if (await isAbandoned(store, session, before, signal)) abandoned.push(session);
  }
  return abandoned;
}

/** Its own time tells when a file came or went, its files' times when somebody wrote. */
async function isAbandoned(
  store: ReadableStore,
  session: string,
  before: number,
  signal: AbortSignal,
): Promise<boolean> {
  const own = await store.stat(session, signal);
  if (own === undefined || own.modifiedAt >= before) return false;
  for (const { name } of (await store.list(session, signal)) ?? []) {
    const file = await store.stat(`${session}/${name}`, signal);
    if (file === undefined || file.modifiedAt >= before) return false;
  }
  return true;
}
