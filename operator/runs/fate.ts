import type { RunView } from '../../core/admin/schema.ts';

/** What a run that a reconciler ordered came to, as far as it decides what is next. */
export type RunFate =
  | { readonly is: 'going'; readonly view: RunView }
  | { readonly is: 'succeeded'; readonly view: RunView }
  /** Passes by itself: another attempt under another name. */
  | { readonly is: 'retry'; readonly reason: string; readonly message: string; readonly view: RunView }
  /** Waits for a person. */
  | { readonly is: 'refused'; readonly reason: string; readonly message: string; readonly view: RunView };

const passing: ReadonlySet<string> = new Set([
  ...['Busy', 'Superseded', 'Fenced', 'StorageError', 'Overflow', 'ReadOnly', 'ProtectionsStale', 'Cancelled'],
  ...['InternalError', 'Preview'],
]);

/** `Preview` ends an order that was to remove when others wrote the storage: its first run only shows, and the next one removes (G1). */
export function fateOf(view: RunView): RunFate {
  const { ended } = view;
  if (ended === undefined) return { is: 'going', view };
  const { reason, message, succeeded } = ended;
  if (succeeded && (reason === 'Completed' || view.mode === 'plan')) return { is: 'succeeded', view };
  return { is: passing.has(reason) ? 'retry' : 'refused', reason, message, view };
}

const shortestPauseMs = 1000;
const longestPauseMs = 300_000;

/** How long after attempt `attempt` (from 1 on) ended for `reason` the next one is ordered, ms. A run that was stopped only waits to be resumed. */
export function pauseBeforeNext(reason: string, attempt: number): number {
  if (reason === 'Cancelled') return 0;
  return Math.min(shortestPauseMs * 2 ** Math.min(attempt - 1, 20), longestPauseMs);
}
