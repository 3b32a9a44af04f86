import { type Digest, digestOf } from '../../../core/oci/digest.ts';
import { parseWindowId, type WindowId } from '../../../core/window/identity.ts';
import type { RecordStore } from '../../storage/driver.ts';
import { layout } from '../../storage/layout.ts';
import { type Trashed, trashOf } from '../../storage/trash.ts';

/** The digest whose bytes lie in the trash here; `undefined` for links, uploads, and what is not understood. */
function bytesOf({ from }: Trashed): Digest | undefined {
  const [, algorithm, hex] =
    /^\/docker\/registry\/v2\/blobs\/(sha256|sha512)\/[0-9a-f]{2}\/([0-9a-f]+)$/.exec(from ?? '') ?? [];
  if (hex === undefined || (algorithm !== 'sha256' && algorithm !== 'sha512')) return undefined;
  return digestOf(algorithm, hex);
}

/** Windows that left something in the trash, with the time at which each ended. */
async function trashedWindows(
  store: RecordStore,
  signal: AbortSignal,
): Promise<readonly { readonly window: WindowId; readonly endedAt: number }[]> {
  const windows = [];
  for (const { name } of (await store.list(layout.trashes, signal)) ?? []) {
    const window = parseWindowId(name);
    const stat = window && (await store.stat(layout.trash(window), signal));
    if (window !== undefined && stat !== undefined) windows.push({ window, endedAt: stat.modifiedAt });
  }
  return windows;
}

/** G6: puts back the bytes of these digests as far as they are in the trash, and says which. */
export async function putBack(
  store: RecordStore,
  missing: ReadonlySet<Digest>,
  signal: AbortSignal,
): Promise<ReadonlySet<Digest>> {
  const back = new Set<Digest>();
  for (const { window } of await trashedWindows(store, signal)) {
    for (const trashed of await trashOf(store, window, signal)) {
      const digest = bytesOf(trashed);
      if (digest === undefined || !missing.has(digest) || back.has(digest)) continue;
      if ((await store.move(trashed.at, layout.blobDirectory(digest), signal)) === 'moved') back.add(digest);
    }
  }
  return back;
}

/**
 * Empties the trash of windows that ended before `before` (storage time, ms), after a mark that began later: bytes that it reached go back, unless they
 * are there again; all else is gone for good. What is not understood stays.
 */
export async function emptyTrash(
  store: RecordStore,
  before: number,
  reached: (digests: readonly Digest[]) => Promise<ReadonlySet<Digest>>,
  signal: AbortSignal,
): Promise<{ readonly discarded: number; readonly putBack: number }> {
  const counts = { discarded: 0, putBack: 0 };
  for (const { window, endedAt } of await trashedWindows(store, signal)) {
    if (endedAt >= before) continue;
    const all = await trashOf(store, window, signal);
    const needed = await reached(all.map(bytesOf).filter((digest) => digest !== undefined));
    for (const trashed of all) {
      const digest = bytesOf(trashed);
      const isBack = digest !== undefined && needed.has(digest) && (await moveBack(store, trashed, digest, signal));
      if (isBack) counts.putBack++;
      else if (trashed.from !== undefined) {
        await store.discard(trashed.at, signal);
        counts.discarded++;
      }
    }
    if (all.every(({ from }) => from !== undefined)) await store.discard(layout.trash(window), signal);
  }
  return counts;
}

async function moveBack(store: RecordStore, { at }: Trashed, digest: Digest, signal: AbortSignal): Promise<boolean> {
  return (await store.move(at, layout.blobDirectory(digest), signal)) === 'moved';
}
