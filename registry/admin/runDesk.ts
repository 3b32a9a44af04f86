import { isDeepStrictEqual } from 'node:util';
import { parseRunId, type RunId } from '../../core/window/identity.ts';
import { StorageError } from '../storage/driver.ts';
import { executeRun } from '../collector/run/executor.ts';
import type { RunInput } from '../collector/run/input.ts';
import type { CollectionSettings, RunPorts } from '../collector/run/ports.ts';
import { waitForTurn } from '../collector/run/queued.ts';
import type { RunReport } from '../collector/run/report.ts';
import type { Log } from '../window/ports.ts';
import type { ItemsRequest, Page } from '../../core/admin/paging.ts';
import { LastRun } from './lastRun.ts';
import { pageOf } from './page.ts';
import { itemsOf } from './planItems.ts';
import { Problem } from '../../core/admin/problem.ts';
import { parseRunOrder } from './runInput.ts';
import { queuedView, readReport, viewOf } from './runView.ts';
import type { RunItem, RunOrder, RunView } from '../../core/admin/schema.ts';
import type { Runs } from './storageAdministration.ts';

export interface RunDeskPorts {
  readonly run: RunPorts;
  readonly settings: CollectionSettings;
  readonly log: Log;
  /** A run of this process has ended. */
  readonly onEnded: (report: RunReport) => void;
}

/** A run that was ordered here, while this process lives. */
interface Ordered {
  readonly order: RunOrder;
  readonly input: RunInput;
  readonly cancelling: AbortController;
  /** Resolves once its order is on record, here or because another process was first. */
  recorded: Promise<void>;
  /** Resolves when its turn has come, or it has ended before. */
  waiting: Promise<RunReport | undefined>;
  view: RunView;
}

/** Of a run's name on the storage. */
type Standing =
  | { readonly is: 'unknown' | 'abandoned'; readonly storageNow: number }
  | { readonly is: 'elsewhere'; readonly view: RunView };

/** An executor that lives writes its report every two seconds. */
const silentMs = 30_000;
const remembered = 1000;

/**
 * Takes orders for runs and carries them out, one after the other, in this process. What a run was asked and what came of it lies on the storage, so any
 * process tells it; the order itself, and with it approving and cancelling, is known where it was taken.
 */
export class RunDesk implements Runs {
  readonly #ports: RunDeskPorts;
  readonly #ordered = new Map<string, Ordered>();
  readonly #lastRun: LastRun;
  /** Resolves when all that were taken so far have ended. */
  #last: Promise<void> = Promise.resolve();
  /** How many of them have not ended. */
  #going = 0;

  constructor(ports: RunDeskPorts) {
    this.#ports = ports;
    this.#lastRun = new LastRun(ports.run.records.runs);
  }

  async beginRun(order: RunOrder, by: string, signal: AbortSignal): Promise<RunView> {
    const input = parseRunOrder(order);
    const here = this.#ordered.get(order.id);
    if (here !== undefined) return same(here, input);
    const standing = await this.#standing(input, signal);
    if (standing.is === 'elsewhere') return standing.view;
    // Asked again while the storage was read.
    const meanwhile = this.#ordered.get(order.id);
    if (meanwhile !== undefined) return same(meanwhile, input);
    const view = queuedView(input, this.#ports.run.executor.name, standing.storageNow);
    const nothing = Promise.resolve(undefined);
    const ordered: Ordered = {
      ...{ order, input, cancelling: new AbortController(), waiting: nothing, view },
      recorded: Promise.resolve(),
    };
    this.#ordered.set(order.id, ordered);
    ordered.recorded = this.#record(ordered, standing.is === 'abandoned', by);
    return same(ordered, input);
  }

  async run(id: string, signal: AbortSignal): Promise<RunView> {
    const here = this.#ordered.get(id);
    if (here !== undefined) return here.view;
    const { runs } = this.#ports.run.records;
    const run = known(id);
    const report = await runs.readReport(run, readReport, signal);
    if (report !== undefined) return report.document;
    // Taken up elsewhere, and not begun: so that whichever replica is asked, `unknown` is true of the storage.
    const stored = await runs.readInput(run, modeOf, signal);
    if (stored === undefined) throw new Problem('RUN_UNKNOWN', `there is no run ${id}`);
    return queuedView({ id: run, mode: stored.document }, 'another process', stored.modifiedAt);
  }

  async items(id: string, { of, ...page }: ItemsRequest, signal: AbortSignal): Promise<Page<RunItem>> {
    const { plans } = await this.run(id, signal);
    const { runs } = this.#ports.run.records;
    const plan =
      of === undefined
        ? await runs.readPlan(known(id), itemsOf, signal)
        : await runs.readPlanOf(known(id), of, itemsOf, signal);
    if (of !== undefined && plan === undefined)
      throw new Problem('RUN_NOT_PLANNED', `the run ${id} has no plan of ${of}`);
    if (of === undefined && plans !== undefined)
      throw new Problem('INVALID', `the run ${id} made several plans: say whose by ?of=KIND/NAMESPACE/NAME`);
    return pageOf(plan?.document ?? [], ({ n }) => String(n).padStart(12, '0'), page);
  }

  async approve(id: string, plan: string, by: string, signal: AbortSignal): Promise<RunView> {
    const view = await this.run(id, signal);
    if (view.plan === undefined) throw new Problem('RUN_NOT_PLANNED', `the run ${id} has no plan`);
    if (view.plan.digest !== plan) throw new Problem('PLAN_CHANGED', `the plan of ${id} is ${view.plan.digest}`);
    const here = this.#ordered.get(id);
    if (here === undefined) throw new Problem('RUN_ELSEWHERE', `${view.executor} took the order for ${id}`);
    const order: RunOrder = { ...here.order, id: `${id.slice(0, 54)}-approved`, mode: 'execute', approvedPlan: plan };
    return this.beginRun(order, by, signal);
  }

  async cancel(id: string, by: string, signal: AbortSignal): Promise<RunView> {
    const here = this.#ordered.get(id);
    if (here !== undefined) {
      if (here.view.ended === undefined) this.#ports.log.info({ run: id, by }, 'a run was cancelled');
      here.cancelling.abort(new Problem('BUSY', 'the run was cancelled'));
      await here.recorded;
      await here.waiting; // one whose turn had not come has ended by then
      return here.view;
    }
    const view = await this.run(id, signal);
    if (view.ended === undefined) throw new Problem('RUN_ELSEWHERE', `${view.executor} carries out ${id}`);
    return view;
  }

  last(signal: AbortSignal): Promise<RunView | undefined> {
    return this.#lastRun.find(signal);
  }

  /** Cancels what goes on and what waits, and resolves when all of it has ended in order. */
  async close(): Promise<void> {
    for (const { cancelling } of this.#ordered.values())
      cancelling.abort(new Problem('BUSY', 'the process is stopping'));
    await Promise.allSettled([...this.#ordered.values()].map(({ recorded }) => recorded));
    await this.#last;
  }

  /** What the storage knows of a run of this name. */
  async #standing(input: RunInput, signal: AbortSignal): Promise<Standing> {
    const { driver, records } = this.#ports.run;
    const stored = await records.runs.readInput(input.id, (value) => value, signal);
    const storageNow = await driver.now(signal);
    if (stored === undefined) return { is: 'unknown', storageNow };
    refuseOther(input, stored.document);
    const report = await records.runs.readReport(input.id, readReport, signal);
    const isOver = report?.document.ended !== undefined;
    // Its executor wrote nothing for so long that it is gone: the order still stands, so it is carried out here.
    const isSilent = storageNow - (report?.modifiedAt ?? stored.modifiedAt) > silentMs;
    if (!isOver && isSilent) return { is: 'abandoned', storageNow };
    return { is: 'elsewhere', view: report?.document ?? queuedView(input, 'another process', storageNow) };
  }

  /** Before anybody is told of the run: any process of this storage knows it from then on. */
  async #record(ordered: Ordered, isAbandoned: boolean, by: string): Promise<void> {
    const { records } = this.#ports.run;
    const { signal } = new AbortController(); // whoever asked may go; others may have asked for the same meanwhile
    const { input } = ordered;
    try {
      const created = await records.runs.createInput(input.id, input, signal);
      // Between our look and our order another process was given the same.
      const standing = created === 'exists' && !isAbandoned ? await this.#standing(input, signal) : undefined;
      if (standing?.is !== 'elsewhere') {
        this.#take(ordered, by);
        return;
      }
      ordered.view = standing.view;
    } catch (error) {
      this.#ordered.delete(input.id);
      throw error;
    }
    this.#ordered.delete(input.id);
  }

  #take(ordered: Ordered, by: string): void {
    const { run, log } = this.#ports;
    const { input, cancelling } = ordered;
    log.info({ run: input.id, mode: input.mode, by }, 'a run was ordered');
    this.#forgetOldest();
    const turn = this.#last;
    if (this.#going > 0) {
      ordered.view = { ...ordered.view, progress: { phase: 'Queued', done: 0, total: 0 } };
      ordered.waiting = waitForTurn(run, input, turn, listenerOf(ordered), cancelling.signal);
    }
    this.#going++;
    const over = this.#carryOut(ordered).finally(() => this.#going--);
    this.#last = Promise.all([turn, over]).then(() => undefined);
  }

  /** Never rejects: what went wrong is how the run ended. */
  async #carryOut(ordered: Ordered): Promise<void> {
    const { run, settings, log, onEnded } = this.#ports;
    const { input, cancelling } = ordered;
    try {
      const report =
        (await ordered.waiting) ?? (await executeRun(run, settings, input, listenerOf(ordered), cancelling.signal));
      ordered.view = viewOf(report);
      log.info({ run: input.id, reason: report.ended?.reason, message: report.ended?.message }, 'a run ended');
      onEnded(report);
    } catch (error) {
      log.error({ err: error, run: input.id }, 'a run failed');
      const reason = error instanceof StorageError ? 'StorageError' : 'InternalError';
      const message = error instanceof Error ? error.message : String(error);
      const ended = { at: ordered.view.startedAt, succeeded: false, reason, message };
      ordered.view = { ...ordered.view, ended };
    }
  }

  #forgetOldest(): void {
    for (const [id, { view }] of this.#ordered) {
      if (this.#ordered.size <= remembered) return;
      if (view.ended !== undefined) this.#ordered.delete(id);
    }
  }
}

function modeOf(input: unknown): RunInput['mode'] {
  const mode = typeof input === 'object' && input !== null && 'mode' in input ? input.mode : undefined;
  if (mode === 'plan' || mode === 'execute') return mode;
  throw new Error('not understood: the input of a run has another shape');
}

function known(id: string): RunId {
  const run = parseRunId(id);
  if (run === undefined) throw new Problem('RUN_UNKNOWN', `there is no run ${id}`);
  return run;
}

async function same(here: Ordered, input: RunInput): Promise<RunView> {
  refuseOther(input, asStored(here.input));
  await here.recorded;
  return here.view;
}

function listenerOf(ordered: Ordered): (report: RunReport) => void {
  return (report) => {
    ordered.view = viewOf(report);
  };
}

/** The same name is the same run: for another order it takes another name. */
function refuseOther(input: RunInput, stored: unknown): void {
  if (!isDeepStrictEqual(asStored(input), stored)) {
    throw new Problem('RUN_DIFFERS', `${input.id} was ordered otherwise before`);
  }
}

function asStored(input: RunInput): unknown {
  return JSON.parse(JSON.stringify(input));
}
