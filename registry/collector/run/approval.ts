import type { RunId } from '../../../core/window/identity.ts';
import type { RunStore } from '../../records/runs.ts';

/** So long after it was made, a plan can be carried out by its digest, ms. */
export const approvableMs = 24 * 3_600_000;
/** Run ids sort by their beginning only among those of one maker, so all that are kept are looked at, up to this many. */
const lookedAt = 1000;

/**
 * What a plan that somebody approved held, by its digest: looked for among the plans of earlier runs on this storage. `undefined`: no such plan, or one
 * that is too old to be carried out. The storage has moved on since, so only what it held may go (G7).
 */
export async function approvedKeys(
  runs: Pick<RunStore, 'list' | 'readPlan'>,
  digest: string,
  storageNow: number,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  const known: readonly RunId[] = await runs.list(signal);
  for (const run of known.slice(-lookedAt).toReversed()) {
    const plan = await runs.readPlan(run, keysOf, signal);
    if (plan?.document?.digest !== digest || storageNow - plan.modifiedAt > approvableMs) continue;
    return plan.document.keys;
  }
  return undefined;
}

/** `undefined`: written by another version, so it approves nothing. */
function keysOf(document: unknown): { readonly digest: string; readonly keys: readonly string[] } | undefined {
  if (typeof document !== 'object' || document === null || !('digest' in document) || !('keys' in document))
    return undefined;
  const { digest, keys } = document;
  if (typeof digest !== 'string' || !Array.isArray(keys)) return undefined;
  const texts = keys.filter((key) => typeof key === 'string');
  return texts.length === keys.length ? { digest, keys: texts } : undefined;
}
