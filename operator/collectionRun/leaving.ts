import { Problem } from '../../core/admin/problem.ts';
import { Unanswered } from '../admin/client.ts';
import type { Replicas } from '../admin/replicas.ts';
import type { ResourceHome } from '../resources/home.ts';
import type { RunFollower } from '../runs/runFollower.ts';
import type { Outcome } from '../runtime/reconcile.ts';
import { type CollectionRun, finalizer, hasFinalizer } from './observed.ts';

interface LeavingPorts {
  readonly home: ResourceHome;
  readonly follower: RunFollower;
  readonly now: () => number;
}

const askMs = 2000;
const againMs = 250;
/** After this the object goes in any case; its run was told, or ends by itself. */
const giveUpMs = 5000;

/** A CollectionRun that is to be deleted stops its run first. */
export async function leave(
  { home, follower, now }: LeavingPorts,
  object: CollectionRun,
  replicas: Replicas | undefined,
  signal: AbortSignal,
): Promise<Outcome> {
  if (!hasFinalizer(object)) return { kind: 'settled' };
  const { deletionTimestamp = '', finalizers = [] } = object.metadata;
  const id = object.status.runRef?.name;
  const isOver = id === undefined || replicas === undefined || (await isEnded(follower, replicas, id, signal));
  if (!isOver && now() - Date.parse(deletionTimestamp) < giveUpMs) {
    return { kind: 'again', afterMs: againMs, why: 'its run ends at the next batch' };
  }
  if (!isOver) {
    const message = `the end of its run ${id} was not waited for any longer`;
    home.record(object, { type: 'Warning', reason: 'RunLeft', message });
  }
  await home.setFinalizers(
    object,
    finalizers.filter((one) => one !== finalizer),
    signal,
  );
  return { kind: 'settled' };
}

async function isEnded(follower: RunFollower, replicas: Replicas, id: string, signal: AbortSignal): Promise<boolean> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(askMs)]);
  try {
    const followed = await follower.look(replicas, id, limited);
    if (followed === undefined || followed.view.ended !== undefined) return true;
    await follower.cancel(replicas, id, limited);
    return false;
  } catch (error) {
    signal.throwIfAborted();
    if (limited.aborted || error instanceof Problem || error instanceof Unanswered) return false;
    throw error;
  }
}
