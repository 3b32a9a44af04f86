import type { DeletionTarget } from '../repository/deletions.ts';
import { Refused } from '../window/admission.ts';
import { retryAfter } from './answers.ts';
import type { RegistryContext } from './context.ts';
import { type ErrorCode, RegistryError } from './errors.ts';
import { notAllowed } from './resource.ts';

/** A client's DELETE: returns when it is done and gone from every replica's reads. */
export async function carryOutDeletion(
  { deletions, settings }: RegistryContext,
  target: DeletionTarget,
  absent: ErrorCode,
  otherwiseAllowed: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  if (!settings.deleteEnabled) throw notAllowed(otherwiseAllowed, 'deleting is disabled (storage.delete.enabled)');
  const outcome = await deletions.request(target, signal);
  switch (outcome.is) {
    case 'deleted':
      return;
    case 'absent':
      throw new RegistryError(absent);
    case 'referredTo': // D3
      throw notAllowed(otherwiseAllowed, 'a manifest refers to it: delete that one first', {
        referrers: outcome.referrers,
      });
    case 'withdrawn':
      throw outcome.from === 'open'
        ? new Refused('held', 'nothing was deleted: no window could be had; try again', 1)
        : new RegistryError('UNAVAILABLE', 'a part of it may have been deleted; try again', {
            headers: retryAfter(1),
          });
  }
}
