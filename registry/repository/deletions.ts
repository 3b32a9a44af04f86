import type { Digest } from '../../core/oci/digest.ts';
import type { RepositoryName, Tag } from '../../core/oci/reference.ts';

/** What a client's DELETE names. A blob is the repository's link to it. */
export type DeletionTarget =
  | {
      readonly kind: 'tag';
      readonly repository: RepositoryName;
      readonly tag: Tag;
      /** Of a repair: only while the tag names this digest, and its manifest is not there (D2). */
      readonly ifDangling?: Digest;
    }
  | {
      readonly kind: 'manifest';
      readonly repository: RepositoryName;
      readonly digest: Digest;
      /** Of a repair: only while its bytes are not there. */
      readonly ifWithoutBytes?: true;
    }
  | { readonly kind: 'blob'; readonly repository: RepositoryName; readonly digest: Digest };

export type DeletionOutcome =
  /** Gone from every replica's reads: 202. */
  | { readonly is: 'deleted' }
  | { readonly is: 'absent' }
  /** A live manifest refers to it (D3): 405. */
  | { readonly is: 'referredTo'; readonly referrers: readonly Digest[] }
  /** Withdrawn: nothing was done (open, 429), or part of it may have been and nothing more will be (claimed, 503). */
  | { readonly is: 'withdrawn'; readonly from: 'open' | 'claimed' };

/** Every removal of a link happens in a window (W1): a DELETE is a request, carried out by whoever executes, and answered when it is done. */
export interface Deletions {
  request(target: DeletionTarget, signal: AbortSignal): Promise<DeletionOutcome>;
}
