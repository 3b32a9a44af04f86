import { isDeepStrictEqual } from 'node:util';
import { parseRunId, type RunId } from '../../core/window/identity.ts';
import { executeRun } from '../collector/run/executor.ts';
import type { RunInput } from '../collector/run/input.ts';
import type { CollectionSettings, RunPorts } from '../collector/run/ports.ts';
import type { RunReport } from '../collector/run/report.ts';
import type { Log } from '../window/ports.ts';
import type { Page, PageRequest } from '../../core/admin/paging.ts';
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
  view: RunView;
}

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
  #last: Promise<void> = Promise.resolve();

  constructor(ports: RunDeskPorts) {
    this.#ports = ports;
  }

  async beginRun(order: RunOrder, by: string, signal: AbortSignal): Promise<RunView> {
    const input = parseRunOrder(order);
    const here = this.#ordered.get(order.id);
    if (here !== undefined) return same(here, input);
    const { driver, records } = this.#ports.run;
    const stored = await records.runs.readInput(input.id, (value) => value, signal);
    const storageNow = await driver.now(signal);
    if (stored !== undefined) {
      refuseOther(input, stored.document);
      const report = await records.runs.readReport(input.id, readReport, signal);
      const isOver = report?.document.ended !== undefined;
      // Its executor wrote nothing for so long that it is gone: the order still stands, so it is carried out here.
      const isSilent = storageNow - (report?.modifiedAt ?? stored.modifiedAt) > silentMs;
      if (isOver || !isSilent) return report?.document ?? queuedView(input, 'another process', storageNow);
    }
    // Asked again while the storage was read.
    const meanwhile = this.#ordered.get(order.id);
    if (meanwhile !== undefined) return same(meanwhile, input);
    return this.#take(order, input, by, storageNow);
  }

  async run(id: string, signal: AbortSignal): Promise<RunView> {
    const here = this.#ordered.get(id);
    if (here !== undefined) return here.view;
    const { runs } = this.#ports.run.records;
    const run = known(id);
    const report = await runs.readReport(run, readReport, signal);
    if (report === undefined) throw new Problem('RUN_UNKNOWN', `there is no run ${id}`);
    return report.document;
  }

  async items(id: string, page: PageRequest, signal: AbortSignal): Promise<Page<RunItem>> {
    await this.run(id, signal);
    const plan = await this.#ports.run.records.runs.readPlan(known(id), itemsOf, signal);
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
      return here.view;
    }
    const view = await this.run(id, signal);
    if (view.ended === undefined) throw new Problem('RUN_ELSEWHERE', `${view.executor} carries out ${id}`);
    return view;
  }

  async last(signal: AbortSignal): Promise<RunView | undefined> {
    const { runs } = this.#ports.run.records;
    let last: RunView | undefined;
    for (const run of (await runs.list(signal)).slice(-remembered)) {
      const report = (await runs.readReport(run, readReport, signal))?.document;
      if (report !== undefined && (last === undefined || report.startedAt > last.startedAt)) last = report;
    }
    return last;
  }

  /** Cancels what goes on and waits until it has ended in order. */
  async close(): Promise<void> {
    for (const { cancelling } of this.#ordered.values())
      cancelling.abort(new Problem('BUSY', 'the process is stopping'));
    await this.#last;
  }

  #take(order: RunOrder, input: RunInput, by: string, storageNow: number): RunView {
    const view = queuedView(input, this.#ports.run.executor.name, storageNow);
    const ordered: Ordered = { order, input, cancelling: new AbortController(), view };
    this.#ordered.set(order.id, ordered);
    this.#forgetOldest();
    this.#ports.log.info({ run: order.id, mode: order.mode, by }, 'a run was ordered');
    this.#last = this.#last.then(() => this.#execute(ordered));
    return view;
  }

  async #execute(ordered: Ordered): Promise<void> {
    const { run, settings, log, onEnded } = this.#ports;
    const { input, cancelling } = ordered;
    const listen = (report: RunReport): void => {
      ordered.view = viewOf(report);
    };
    try {
      const report = await executeRun(run, settings, input, listen, cancelling.signal);
      ordered.view = viewOf(report);
      log.info({ run: input.id, reason: report.ended?.reason, message: report.ended?.message }, 'a run ended');
      onEnded(report);
    } catch (error) {
      log.error({ err: error, run: input.id }, 'a run failed');
      const message = error instanceof Error ? error.message : String(error);
      const ended = { at: ordered.view.startedAt, succeeded: false, reason: 'InternalError', message };
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

function known(id: string): RunId {
  const run = parseRunId(id);
  if (run === undefined) throw new Problem('RUN_UNKNOWN', `there is no run ${id}`);
  return run;
}

function same(here: Ordered, input: RunInput): RunView {
  refuseOther(input, asStored(here.input));
  return here.view;
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
