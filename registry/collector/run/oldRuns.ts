import type { RunId } from '../../../core/window/identity.ts';
import type { Records } from '../../records/records.ts';
import type { RunTimes } from '../../records/runs.ts';
import { approvableMs } from './approval.ts';

const runsKept = 50;
/** Whoever carries out a run writes its report every few seconds, so that an hour without a word is its end. */
const silentMs = 3_600_000;

/**
 * Takes away what runs of long ago left: all but the fifty that were reported last, this one, those whose plan may still be approved, and those that may
 * be going on. What has no input is no run but the heartbeat of an attempt that died. And what plans held that nobody may approve any more.
 */
export async function removeOldRuns(
  { runs, plans }: Pick<Records, 'runs' | 'plans'>,
  present: RunId,
  storageNow: number,
  signal: AbortSignal,
): Promise<void> {
  const known: { readonly run: RunId; readonly times: RunTimes }[] = [];
  for (const run of await runs.list(signal)) known.push({ run, times: await runs.times(run, signal) });
  const reported = known.filter(({ times }) => times.input !== undefined && times.report !== undefined);
  const newest = reported.toSorted((one, other) => (other.times.report ?? 0) - (one.times.report ?? 0));
  const kept = new Set([present, ...newest.slice(0, runsKept).map(({ run }) => run)]);
  for (const { run, times } of known) {
    if (kept.has(run) || mayBeAskedFor(times, storageNow)) continue;
    await runs.remove(run, signal);
  }
  await plans.removeOlder(storageNow - approvableMs, signal);
}

/** A folder with nothing in it yet is of a run that is just beginning. */
function mayBeAskedFor({ folder, input, plan, report }: RunTimes, now: number): boolean {
  const written = [input, plan, report].filter((time) => time !== undefined);
  const last = written.length > 0 ? Math.max(...written) : (folder ?? 0);
  return now - last <= silentMs || (plan !== undefined && now - plan <= approvableMs);
}
