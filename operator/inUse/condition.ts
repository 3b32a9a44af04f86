import type { Wanted } from '../resources/conditions.ts';
import type { InUse } from './keeper.ts';

/** Stands on a Registry of a cluster: whether its storage knows what workloads use. Otherwise nothing is removed (R1). */
export function inUseCondition(inUse: InUse): Wanted {
  const type = 'InUseKnown';
  switch (inUse.is) {
    case 'known': {
      const { digests, tags, workloads } = inUse;
      const message = `${workloads} workloads use ${digests} digests and ${tags} tags`;
      return { type, status: 'True', reason: 'Listed', message };
    }
    case 'incomplete': {
      const kinds = inUse.unlisted.map(({ kind, why }) => `${kind}: ${why}`).join('; ');
      return {
        type,
        status: 'False',
        reason: 'KindUnlisted',
        message: `until it is listed nothing is removed: ${kinds}`,
      };
    }
    case 'untold':
      return { type, status: 'False', reason: 'Untold', message: `the replicas could not be told: ${inUse.why}` };
  }
}
