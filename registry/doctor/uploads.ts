import type { RepositoryName } from '../../core/oci/reference.ts';
import { abandonedUploads } from '../collector/sweep/uploads.ts';
import { type ReadableStore, StorageError } from '../storage/driver.ts';
import { layout } from '../storage/layout.ts';
import type { Scene } from './scene.ts';

/** The upload sessions of a repository, and those in which nothing happened since `before` (ms). */
export async function examineUploads(
  { looks, found, counts }: Scene,
  store: ReadableStore,
  repository: RepositoryName,
  before: number,
  signal: AbortSignal,
): Promise<void> {
  const sessions = await looks.names(layout.uploads(repository));
  counts.uploads += sessions.length;
  if (sessions.length === 0) return;
  const mend = { take: 'uploads', repository } as const;
  try {
    for (const session of await abandonedUploads(store, repository, before, signal)) {
      const bytes = await sizeOf(store, session, signal);
      found({
        name: 'AbandonedUpload',
        object: session,
        says: `${bytes} bytes, and nobody goes on with it`,
        bytes,
        mend,
      });
    }
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    found({ name: 'Unreadable', object: error.path, says: error.message });
  }
}

async function sizeOf(store: ReadableStore, session: string, signal: AbortSignal): Promise<number> {
  let bytes = 0;
  for (const { name, kind } of (await store.list(session, signal)) ?? [])
    if (kind === 'file') bytes += (await store.stat(`${session}/${name}`, signal))?.sizeBytes ?? 0;
  return bytes;
}
