import Type from 'typebox';
import { Check } from 'typebox/value';
import { parseDigest } from '../../../core/oci/digest.ts';
import type { Records } from '../../records/records.ts';

/** So long after it was made last, a plan can be carried out by its digest, ms. */
export const approvableMs = 24 * 3_600_000;
/** Run ids sort by their beginning only among those of one maker, so the reports of all that are kept are looked at, up to this many. */
const lookedAt = 1000;

/**
 * What a plan that somebody approved held, by its digest. `undefined`: no such plan was made on this storage, or one that is too old to be carried out.
 * The storage has moved on since, so only what it held may go (G7).
 */
export async function approvedKeys(
  { plans, runs }: Pick<Records, 'plans' | 'runs'>,
  approved: string,
  storageNow: number,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  const digest = parseDigest(approved);
  if (digest === undefined) return undefined;
  const plan = (await plans.read(digest, signal)) ?? (await planOfOlderVersion(runs, approved, signal));
  return plan === undefined || storageNow - plan.modifiedAt > approvableMs ? undefined : plan.keys;
}

/** An earlier version kept a plan with its run alone. Its report, which is small, says which plan that is. */
async function planOfOlderVersion(
  runs: Records['runs'],
  digest: string,
  signal: AbortSignal,
): Promise<{ readonly keys: readonly string[]; readonly modifiedAt: number } | undefined> {
  for (const run of (await runs.list(signal)).slice(-lookedAt).toReversed()) {
    const report = await runs.readReport(run, (value) => value, signal);
    if (!Check(reported, report?.document) || report.document.plan.digest !== digest) continue;
    const plan = await runs.readPlan(run, (value) => value, signal);
    if (!Check(held, plan?.document) || plan.document.digest !== digest) continue;
    return { keys: plan.document.keys, modifiedAt: plan.modifiedAt };
  }
  return undefined;
}

const reported = Type.Object({ plan: Type.Object({ digest: Type.String() }) });
/** Of another shape it was written by a version that we do not know, and approves nothing. */
const held = Type.Object({ digest: Type.String(), keys: Type.Array(Type.String()) });
