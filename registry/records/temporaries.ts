import type { RecordStore } from '../storage/driver.ts';
import { layout } from '../storage/layout.ts';

/** Takes away what was left by writers that died: records on their way since before `before` (storage time, ms). One that only slept finds its file gone, and fails. */
export async function pruneTemporaries(
  store: Pick<RecordStore, 'list' | 'stat' | 'discard'>,
  before: number,
  signal: AbortSignal,
): Promise<void> {
  for (const { name } of (await store.list(layout.temporaries, signal)) ?? []) {
    const path = `${layout.temporaries}/${name}`;
    const stat = await store.stat(path, signal);
    if (stat !== undefined && stat.modifiedAt < before) await store.discard(path, signal);
  }
}
