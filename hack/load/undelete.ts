import { type Digest, parseDigest } from '../../core/oci/digest.ts';

export type UndeleteOutcome =
  | { readonly is: 'undeleted'; readonly digest: Digest; readonly tags: readonly string[] }
  /** Nothing was changed: `code` is the problem of the admin API. */
  | { readonly is: 'refused'; readonly code: string }
  | { readonly is: 'unknown' };

/** What no retry is needed for: the registry has looked, and changed nothing. */
const refusals: ReadonlySet<string> = new Set(['NOTHING_TO_UNDELETE', 'TAG_TAKEN', 'INCOMPLETE']);

/** Takes the deletion of a tag back, through a replica's admin API. */
export async function undelete(
  admin: string,
  repository: string,
  tag: string,
  signal: AbortSignal,
): Promise<UndeleteOutcome> {
  try {
    const answer = await fetch(new URL('/coppice/v1/undelete', admin), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ repository, tag }),
      signal,
    });
    return outcomeOf(answer.ok, await answer.json());
  } catch {
    signal.throwIfAborted();
    return { is: 'unknown' };
  }
}

function outcomeOf(ok: boolean, said: unknown): UndeleteOutcome {
  if (typeof said !== 'object' || said === null) return { is: 'unknown' };
  if (!ok) return 'code' in said && isRefusal(said.code) ? { is: 'refused', code: said.code } : { is: 'unknown' };
  const digest = 'digest' in said && typeof said.digest === 'string' ? parseDigest(said.digest) : undefined;
  if (digest === undefined || !('tags' in said) || !Array.isArray(said.tags)) return { is: 'unknown' };
  return { is: 'undeleted', digest, tags: said.tags.filter((tag) => typeof tag === 'string') };
}

function isRefusal(code: unknown): code is string {
  return typeof code === 'string' && refusals.has(code);
}
