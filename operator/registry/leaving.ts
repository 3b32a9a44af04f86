import { Unanswered } from '../admin/client.ts';
import type { ReplicasOf } from '../admin/replicas.ts';
import { Problem } from '../../core/admin/problem.ts';
import type { Resource, ResourceHome } from '../resources/home.ts';
import type { Outcome } from '../runtime/reconcile.ts';
import { readOnlyFinalizer, readOnlyOwner } from './readOnly.ts';

interface LeavingPorts {
  readonly home: ResourceHome;
  readonly replicasOf: ReplicasOf;
  readonly now: () => number;
}

const askMs = 2000;
const againMs = 1000;
/** After this the Registry goes in any case: an object that cannot be deleted helps nobody. */
const giveUpMs = 5000;

/** A Registry that is to be deleted first ends what it declared. */
export async function leave(
  ports: LeavingPorts,
  registry: Resource<'Registry'>,
  signal: AbortSignal,
): Promise<Outcome> {
  const { deletionTimestamp = '', finalizers = [] } = registry.metadata;
  if (!finalizers.includes(readOnlyFinalizer)) return { kind: 'settled' };
  const failure = await withdrawn(ports, registry, signal);
  const leavingMs = ports.now() - Date.parse(deletionTimestamp);
  if (failure !== undefined && leavingMs < giveUpMs) return { kind: 'again', afterMs: againMs, why: failure };
  if (failure !== undefined) {
    const message = `the replicas may still refuse pushes; end that with "coppice read-only off": ${failure}`;
    ports.home.record(registry, { type: 'Warning', reason: 'ReadOnlyLeft', message });
  }
  await ports.home.setFinalizers(
    registry,
    finalizers.filter((one) => one !== readOnlyFinalizer),
    signal,
  );
  return { kind: 'settled' };
}

/** Why it could not be withdrawn; `undefined`: it was. */
async function withdrawn(
  { replicasOf }: LeavingPorts,
  registry: Resource<'Registry'>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(askMs)]);
  try {
    await replicasOf(registry).withdrawReadOnly(readOnlyOwner(registry), limited);
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Problem && error.code === 'READ_ONLY_OWNED') return undefined;
    if (limited.aborted) return `no replica answered within ${askMs} ms`;
    if (error instanceof Unanswered || error instanceof Problem) return error.message;
    throw error;
  }
}
