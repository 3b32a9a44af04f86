import type { RunView } from '../../core/admin/schema.ts';
import type { RegistryStatus } from '../api/types.ts';
import { isTrue } from '../resources/conditions.ts';
import type { Resource } from '../resources/home.ts';

type Run = Resource<'CollectionRun'>;
type LastRun = NonNullable<RegistryStatus['lastRun']>;

const usualLimit = 3;

export function isFinished({ status }: Run): boolean {
  return status.conditions?.some((one) => one.type === 'Succeeded' && one.status !== 'Unknown') ?? false;
}

/** Made by the schedule of this very Registry: those that people made are theirs. */
export function isOwnedBy({ metadata }: Run, registry: Resource<'Registry'>): boolean {
  return metadata.ownerReferences?.some(({ uid }) => uid === registry.metadata.uid) ?? false;
}

/** The oldest finished ones beyond `successfulRunsHistoryLimit` and `failedRunsHistoryLimit`. */
export function beyondHistory(registry: Resource<'Registry'>, runs: readonly Run[]): readonly Run[] {
  const { successfulRunsHistoryLimit: good = usualLimit, failedRunsHistoryLimit: bad = usualLimit } =
    registry.spec.collection ?? {};
  const own = runs
    .filter((run) => isOwnedBy(run, registry) && isFinished(run) && run.metadata.deletionTimestamp === undefined)
    .toSorted(newestFirst);
  const [succeeded, failed] = [own.filter(hasSucceeded), own.filter((run) => !hasSucceeded(run))];
  return [...succeeded.slice(good), ...failed.slice(bad)];
}

/** The newest that ended: of its CollectionRuns, of what it told before, and of what a replica tells of runs that removed for others. */
export function lastRunOf(
  runs: readonly Run[],
  before: LastRun | undefined,
  told: RunView | undefined,
): LastRun | undefined {
  const candidates = [...(before === undefined ? [] : [before]), ...runs.flatMap((run) => ofRun(run) ?? [])];
  const known = new Set(runs.flatMap(({ status }) => status.runRef?.name ?? []));
  const ofReplica = told === undefined || known.has(told.id) ? undefined : ofView(told);
  if (ofReplica !== undefined) candidates.push(ofReplica);
  return candidates.reduce<LastRun | undefined>(
    (newest, one) => (newest === undefined || endOf(one) > endOf(newest) ? one : newest),
    undefined,
  );
}

function ofRun(run: Run): LastRun | undefined {
  const { completionTime, sweep, conditions } = run.status;
  if (!isFinished(run) || completionTime === undefined) return undefined;
  const failure = conditions?.find(({ type }) => type === 'Succeeded')?.reason ?? 'Failed';
  return {
    name: run.metadata.name,
    result: hasSucceeded(run) ? 'Succeeded' : failure,
    completionTime,
    reclaimedBytes: sweep?.bytes ?? 0,
  };
}

/** A run that only planned is no run of the registry. */
function ofView({ id, mode, ended, sweep }: RunView): LastRun | undefined {
  if (ended === undefined || mode === 'plan') return undefined;
  const result = ended.succeeded ? 'Succeeded' : ended.reason;
  return { name: id, result, completionTime: ended.at, reclaimedBytes: sweep.bytes };
}

function endOf({ completionTime }: LastRun): number {
  return completionTime === undefined ? 0 : Date.parse(completionTime);
}

function hasSucceeded({ status }: Run): boolean {
  return isTrue(status.conditions, 'Succeeded');
}

function newestFirst(a: Run, b: Run): number {
  const [at, bt] = [a.metadata.creationTimestamp, b.metadata.creationTimestamp];
  if (at !== bt) return at < bt ? 1 : -1;
  return a.metadata.name < b.metadata.name ? 1 : -1;
}
