import type { RunOrder, RunView } from '../../../core/admin/schema.ts';

/** Epoch of the storage's clock in tests. */
const storageStart = '2026-11-23T02:30:00.000Z';

/** How a run is told right after its order. */
export function startingView({ id, mode }: Pick<RunOrder, 'id' | 'mode'>): RunView {
  return {
    id,
    mode,
    executor: 'registry-1',
    startedAt: storageStart,
    progress: { phase: 'Starting', done: 0, total: 0 },
    windows: { count: 0, longestMs: 0 },
    mark: { repositories: 0, tags: 0, manifests: 0, layers: 0, blobs: 0, seconds: 0 },
    alreadyAbsent: [],
    sweep: {
      suspects: 0,
      removed: 0,
      removedBySteps: { request: 0, tag: 0, untagged: 0, manifest: 0, layer: 0, data: 0 },
      spared: 0,
      bytes: 0,
    },
  };
}

/** The same run once it has ended: `Completed` and succeeded, unless said otherwise. */
export function endedView(view: RunView, ended: Partial<NonNullable<RunView['ended']>> = {}): RunView {
  const reason = ended.reason ?? 'Completed';
  return {
    ...view,
    progress: { phase: 'Ended', done: 0, total: 0 },
    ended: { at: storageStart, succeeded: reason === 'Completed', message: 'as scripted', ...ended, reason },
  };
}
