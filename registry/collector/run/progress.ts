import type { PlanItem } from '../../../core/reach/planItem.ts';
import type { RunState } from '../../../core/window/run/state.ts';
import type { RunId } from '../../../core/window/identity.ts';
import { nameOf } from '../sweep/names.ts';
import type { UndoSpan } from '../sweep/deletion.ts';
import type {
  AuditReport,
  EachPlanReport,
  Ending,
  MarkReport,
  Phase,
  ProgressReport,
  RunReport,
  SweepReport,
} from './report.ts';

export interface ProgressPorts {
  readonly mono: () => number;
  /** Writes the report down; somebody who sees it no longer written takes the run for dead. */
  readonly write: (report: RunReport) => Promise<void>;
  readonly tell: (report: RunReport) => void;
}

const beatMs = 2000;
const tellMs = 250;
const itemsKept = 100;
const holdsKept = 1000;

/** Counts what a run does, and says so now and then: to whoever listens, and on the storage as a sign of life. */
export class RunProgress {
  readonly #ports: ProgressPorts;
  readonly #begun: Pick<RunReport, 'id' | 'mode' | 'executor' | 'startedAt'>;
  #phase: Phase = 'Starting';
  #phaseSince: number;
  #done = 0;
  #total = 0;
  #beatAt = -Infinity;
  #toldAt = -Infinity;
  readonly #holdsMs: number[] = [];
  #windows = 0;
  #longestMs = 0;
  #mark: MarkReport = { repositories: 0, tags: 0, manifests: 0, layers: 0, blobs: 0, seconds: 0 };
  readonly #removedBySteps = { request: 0, tag: 0, untagged: 0, manifest: 0, layer: 0, data: 0 };
  #sweep: Omit<SweepReport, 'removedBySteps' | 'sparedItems'> = {
    ...{ suspects: 0, removed: 0, spared: 0, bytes: 0, uploads: 0, trash: { discarded: 0, putBack: 0 } },
  };
  readonly #sparedItems: { object: string; why: string }[] = [];
  readonly #alreadyAbsent: string[] = [];
  #plan: RunReport['plan'];
  #plans: readonly EachPlanReport[] | undefined;
  #audit: AuditReport | undefined;

  constructor(
    begun: { id: RunId; mode: 'plan' | 'execute'; executor: string; startedAt: number },
    ports: ProgressPorts,
  ) {
    this.#begun = begun;
    this.#ports = ports;
    this.#phaseSince = ports.mono();
  }

  at(state: RunState['at']): void {
    const phase = phaseOf[state];
    if (phase !== undefined) this.enter(phase);
  }

  enter(phase: Phase): void {
    if (phase === this.#phase) return;
    this.#phase = phase;
    this.#phaseSince = this.#ports.mono();
    this.#done = 0;
    if (phase !== 'Sweeping') this.#total = 0;
  }

  read(done: number, total: number): void {
    this.#done = done;
    this.#total = total;
    this.#tell();
  }

  marked(mark: MarkReport): void {
    this.#mark = mark;
  }

  planned(plan: NonNullable<RunReport['plan']>): void {
    this.#plan = plan;
    this.#sweep = { ...this.#sweep, suspects: plan.suspects };
    this.#total = plan.items;
  }

  /** So many of the plans that policies and requests get for themselves are made. */
  planning(done: number, { suspects, plans }: { readonly suspects: number; readonly plans: number }): void {
    this.#sweep = { ...this.#sweep, suspects };
    this.read(done, plans);
  }

  /** All of them are made: a part of them would look like the whole. */
  plannedEach(plans: readonly EachPlanReport[]): void {
    this.#plans = plans;
  }

  removed(item: PlanItem, span: UndoSpan): void {
    this.#removedBySteps[item.step]++;
    const { removed, bytes } = this.#sweep;
    const undo = ['request', 'tag', 'untagged'].includes(item.step) ? { undoableUntil: span.until } : {};
    this.#sweep = {
      ...this.#sweep,
      ...undo,
      removed: removed + 1,
      bytes: bytes + (item.step === 'data' ? item.sizeBytes : 0),
    };
    this.#done++;
    this.#tell();
  }

  spared(items: readonly { readonly item: PlanItem; readonly why: string }[]): void {
    this.#sweep = { ...this.#sweep, spared: this.#sweep.spared + items.length };
    this.#done += items.length;
    for (const { item, why } of items) this.#keep({ object: nameOf(item), why });
  }

  /** A DeleteRequest that was carried out before (D1). */
  alreadyAbsent(request: string): void {
    this.#alreadyAbsent.push(request);
  }

  cleaned(cleaned: Pick<SweepReport, 'uploads' | 'trash'>): void {
    this.#sweep = { ...this.#sweep, ...cleaned };
  }

  audited(audit: AuditReport): void {
    this.#audit = audit;
  }

  windowEnded(heldMs: number): void {
    this.#windows++;
    this.#longestMs = Math.max(this.#longestMs, heldMs);
    this.#holdsMs.push(heldMs);
    if (this.#holdsMs.length > holdsKept) this.#holdsMs.shift();
  }

  /** A sign of life, if it is time for one. */
  async beat(): Promise<void> {
    if (this.#ports.mono() - this.#beatAt < beatMs) return;
    this.#beatAt = this.#ports.mono();
    await this.#ports.write(this.report());
  }

  async end(ended: Ending): Promise<RunReport> {
    this.enter('Ended');
    const report = this.report(ended);
    await this.#ports.write(report);
    this.#ports.tell(report);
    return report;
  }

  report(ended?: Ending): RunReport {
    return {
      ...this.#begun,
      progress: this.#progress(),
      windows: { count: this.#windows, longestMs: this.#longestMs, holdsMs: [...this.#holdsMs] },
      mark: this.#mark,
      sweep: { ...this.#sweep, removedBySteps: { ...this.#removedBySteps }, sparedItems: [...this.#sparedItems] },
      alreadyAbsent: [...this.#alreadyAbsent],
      ...(this.#audit === undefined ? {} : { audit: this.#audit }),
      ...(this.#plan === undefined ? {} : { plan: this.#plan }),
      ...(this.#plans === undefined ? {} : { plans: this.#plans }),
      ...(ended === undefined ? {} : { ended }),
    };
  }

  #progress(): ProgressReport {
    const [done, total] = [this.#done, this.#total];
    const spentMs = this.#ports.mono() - this.#phaseSince;
    const estimate = done > 0 && total > done ? { estimatedSeconds: ((total - done) * spentMs) / done / 1000 } : {};
    return { phase: this.#phase, done, total, ...estimate };
  }

  #keep(item: { object: string; why: string }): void {
    if (this.#sparedItems.length < itemsKept) this.#sparedItems.push(item);
  }

  #tell(): void {
    if (this.#ports.mono() - this.#toldAt < tellMs) return;
    this.#toldAt = this.#ports.mono();
    this.#ports.tell(this.report());
  }
}

/** Fencing, settling and the like belong to whatever was going on. */
const phaseOf: Partial<Record<RunState['at'], Phase>> = {
  marking: 'Marking',
  planning: 'Planning',
  sweeping: 'Sweeping',
};
