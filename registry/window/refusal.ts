import { Refused, type RefusalReason } from './admission.ts';
import type { NotAdmitted } from './life.ts';

const retryAfterSeconds: Record<RefusalReason, number> = { held: 1, noPermit: 2, lifeEnded: 1, readOnly: 30 };

export function refused(reason: RefusalReason, says: string): Refused {
  return new Refused(reason, says, retryAfterSeconds[reason]);
}

/** Why an operation that was not admitted within its budget cannot go on. */
export function refusalOf(verdict: NotAdmitted): Refused {
  switch (verdict.is) {
    case 'held':
      return refused('held', 'what this names is being removed; try again in a moment');
    case 'noPermit':
      return refused('noPermit', 'this replica has not read the gate of its storage lately');
    case 'readOnly':
      return refused('readOnly', `the registry is read-only: ${verdict.reason}`);
    case 'ended':
      return refused('lifeEnded', 'this replica is between two lives');
  }
}
