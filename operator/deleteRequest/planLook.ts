import { Problem } from '../../core/admin/problem.ts';
import type { RunItem } from '../../core/admin/schema.ts';
import type { Replicas } from '../admin/replicas.ts';
import type { Planned } from '../planning/ports.ts';
import type { Resource } from '../resources/home.ts';
import { isPassing } from '../runs/runFollower.ts';
import type { PlanLook, StatusPlan } from './observed.ts';

/** What `status.plan.items` holds at most. */
const itemsTold = 100;
const retryMs = 15_000;
/** What does not pass by itself. */
const waitsForPerson: ReadonlySet<string> = new Set(['Doubt', 'ForeignWriter', 'InvalidSpec']);

/** A plan as it goes into status, with its first items. */
export async function planLookOf(
  planned: Planned,
  object: Resource<'DeleteRequest'>,
  replicas: Replicas,
  signal: AbortSignal,
): Promise<PlanLook> {
  switch (planned.is) {
    case 'pending':
    case 'alreadyAbsent':
      return { is: planned.is };
    case 'failed':
      return { ...planned, isPassing: !waitsForPerson.has(planned.reason), retryMs };
    case 'planned':
      return withItems(planned, object, replicas, signal);
  }
}

async function withItems(
  { run, at, plan }: Extract<Planned, { is: 'planned' }>,
  { metadata: { namespace, name } }: Resource<'DeleteRequest'>,
  replicas: Replicas,
  signal: AbortSignal,
): Promise<PlanLook> {
  try {
    const page = await replicas.items(run, `DeleteRequest/${namespace}/${name}`, { n: itemsTold }, signal);
    const { digest, entries, manifests, tags, uniqueBytes, protected: kept } = plan;
    const items = page.items.slice(0, itemsTold).map(toldItem);
    const truncated = plan.items > items.length;
    const told = {
      digest,
      computedAt: at,
      run,
      entries,
      manifests,
      tags,
      uniqueBytes,
      protected: kept,
      truncated,
      items,
    };
    return { is: 'planned', plan: told };
  } catch (error) {
    const isGone = error instanceof Problem && error.code === 'RUN_UNKNOWN';
    if (!isPassing(error) && !isGone) throw error;
    return { is: 'failed', isPassing: true, isGone, reason: 'RegistryUnavailable', message: error.message, retryMs };
  }
}

function toldItem({ object, fate, why, by }: RunItem): StatusPlan['items'][number] {
  return { object, fate, why: fate === 'spared' && by !== undefined ? `${why}: ${by}` : why };
}
