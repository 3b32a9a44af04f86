import Type, { type Static } from 'typebox';
import { Check } from 'typebox/value';
import type { RunInput } from '../collector/run/input.ts';
import type { EachPlanReport, PlanCountsReport, PlanReport, RunReport } from '../collector/run/report.ts';
import { moment } from './page.ts';
import { type EachPlan, RunView } from '../../core/admin/schema.ts';

/** The report of a run, as it is told: field by field, so that what a report gains is not told before the schema says so. */
export function viewOf(report: RunReport): RunView {
  const { id, mode, executor, alreadyAbsent, ended, windows, plan, plans, audit } = report;
  const { phase, done, total, estimatedSeconds } = report.progress;
  const { repositories, tags, manifests, layers, blobs, seconds } = report.mark;
  return {
    id,
    mode,
    executor,
    startedAt: moment(report.startedAt),
    ...(ended === undefined ? {} : { ended: endedView(ended) }),
    progress: { phase, done, total, ...(estimatedSeconds === undefined ? {} : { estimatedSeconds }) },
    windows: { count: windows.count, longestMs: windows.longestMs },
    mark: { repositories, tags, manifests, layers, blobs, seconds },
    alreadyAbsent: [...alreadyAbsent],
    ...(plan === undefined ? {} : { plan: planView(plan) }),
    ...(plans === undefined ? {} : { plans: plans.map(eachView) }),
    sweep: sweepView(report.sweep),
    ...(audit === undefined ? {} : { audit: auditView(audit) }),
  };
}

function planView(plan: PlanReport): RunView['plan'] & object {
  const { suspects, items, gone } = plan;
  return { ...countsView(plan), suspects, items, ...(gone === undefined ? {} : { gone }) };
}

function eachView(plan: EachPlanReport): EachPlan {
  const { kind, name, items } = plan;
  return { kind, name, ...countsView(plan), items };
}

function countsView(counts: PlanCountsReport): Omit<EachPlan, 'kind' | 'name' | 'items'> {
  const { digest, entries, repositories, tags, manifests, uniqueBytes, topRepositories, brake } = counts;
  return {
    ...{ digest, entries, repositories, tags, manifests, uniqueBytes, protected: counts.protected },
    topRepositories: topRepositories.map((top) => ({
      ...{ repository: top.repository, tags: top.tags, manifests: top.manifests },
    })),
    ...(brake === undefined ? {} : { brake }),
  };
}

function endedView({ at, succeeded, reason, message }: NonNullable<RunReport['ended']>): RunView['ended'] & object {
  return { at: moment(at), succeeded, reason, message };
}

function sweepView(sweep: RunReport['sweep']): RunView['sweep'] {
  const { suspects, removed, spared, bytes, undoableUntil } = sweep;
  const { request, tag, untagged, manifest, layer, data } = sweep.removedBySteps;
  const removedBySteps = { request, tag, untagged, manifest, layer, data };
  const view = { suspects, removed, removedBySteps, spared, bytes };
  return undoableUntil === undefined ? view : { ...view, undoableUntil: moment(undoableUntil) };
}

function auditView(audit: NonNullable<RunReport['audit']>): RunView['audit'] & object {
  const { manifests, missing, putBack, missingItems } = audit;
  return { manifests, missing, putBack, missingItems: [...missingItems] };
}

/** Ordered, and nothing has come of it yet. */
export function queuedView({ id, mode }: Pick<RunInput, 'id' | 'mode'>, executor: string, storageNow: number): RunView {
  const removedBySteps = { request: 0, tag: 0, untagged: 0, manifest: 0, layer: 0, data: 0 };
  return {
    id,
    mode,
    executor,
    startedAt: moment(storageNow),
    progress: { phase: 'Starting', done: 0, total: 0 },
    windows: { count: 0, longestMs: 0 },
    mark: { repositories: 0, tags: 0, manifests: 0, layers: 0, blobs: 0, seconds: 0 },
    alreadyAbsent: [],
    sweep: { suspects: 0, removed: 0, removedBySteps, spared: 0, bytes: 0 },
  };
}

/** A report as it lies on the storage. One of another shape is not understood, and rejects: it is no run that never was. */
export function readReport(value: unknown): RunView {
  if (Check(storedReport, value)) {
    const view = viewOf(withoutUncounted(value) as unknown as RunReport);
    if (Check(RunView, view)) return view;
  }
  throw new Error('not understood: the report of a run has another shape');
}

/**
 * An earlier version wrote down of a plan its digest and how many items it had, and nothing else. Counts of zero would be wrong, so such a run is told
 * without its plan; by its digest the plan can be approved all the same, in the order for another run.
 */
function withoutUncounted({ plan, ...report }: Static<typeof storedReport>): Static<typeof storedReport> {
  return plan === undefined || !Check(counted, plan) ? report : { ...report, plan };
}

const anything = Type.Object({});
const counted = Type.Object({ entries: Type.Integer(), topRepositories: Type.Array(anything) });
const storedReport = Type.Object({
  startedAt: Type.Number(),
  ended: Type.Optional(Type.Object({ at: Type.Number() })),
  progress: anything,
  windows: anything,
  mark: anything,
  alreadyAbsent: Type.Array(Type.String()),
  plan: Type.Optional(anything),
  plans: Type.Optional(Type.Array(counted)),
  sweep: Type.Object({ removedBySteps: anything, undoableUntil: Type.Optional(Type.Number()) }),
  audit: Type.Optional(Type.Object({ missingItems: Type.Array(Type.String()) })),
});
