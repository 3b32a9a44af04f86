import type { RunOrder } from '../../core/admin/schema.ts';
import { keyOf, keyText, type Resource } from '../resources/home.ts';
import { runName } from '../runs/runName.ts';
import { type CollectionRun, removes } from './observed.ts';

/**
 * What is ordered: the storage is collected, and no policy or request carried out. An object that was made again under its name, with the same spec, finds
 * the run that was ordered before.
 */
export function orderOf(object: CollectionRun, { spec }: Resource<'Registry'>, attempt: number): RunOrder {
  const untagged = object.spec.untagged ?? spec.collection?.untagged;
  const { maxDeletesPerRun, maxDeletePercent } = object.spec.limits ?? spec.limits ?? {};
  const limits = {
    ...(maxDeletesPerRun === undefined ? {} : { maxDeletesPerRun }),
    ...(maxDeletePercent === undefined ? {} : { maxDeletePercent }),
  };
  const order = {
    mode: removes(object) ? ('execute' as const) : ('plan' as const),
    input: {
      policies: [],
      requests: [],
      collect: true,
      ...(untagged === undefined ? {} : { untagged }),
      ...(Object.keys(limits).length === 0 ? {} : { limits }),
    },
  };
  const id = runName(object.metadata.name, [keyText(keyOf(object)), object.spec.registryRef.name, order, attempt]);
  return { id, ...order };
}
