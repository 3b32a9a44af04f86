import type { RunView } from '../../core/admin/schema.ts';
import type { RunId } from '../../core/window/identity.ts';
import type { RunStore } from '../records/runs.ts';
import { readReport } from './runView.ts';

const lookedAt = 1000;

/** The run that began last, of all on a storage. The report of a run that has ended does not change any more, and is read once. */
export class LastRun {
  readonly #runs: RunStore;
  #ended: ReadonlyMap<RunId, RunView> = new Map();

  constructor(runs: RunStore) {
    this.#runs = runs;
  }

  async find(signal: AbortSignal): Promise<RunView | undefined> {
    const ended = new Map<RunId, RunView>();
    let last: RunView | undefined;
    for (const run of (await this.#runs.list(signal)).slice(-lookedAt)) {
      const view = this.#ended.get(run) ?? (await this.#runs.readReport(run, readReport, signal))?.document;
      if (view?.ended !== undefined) ended.set(run, view);
      if (view !== undefined && (last === undefined || view.startedAt > last.startedAt)) last = view;
    }
    this.#ended = ended;
    return last;
  }
}
