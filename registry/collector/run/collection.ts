import { Doubt } from '../../../core/reach/doubt.ts';
import type { RunId } from '../../../core/window/identity.ts';
import { pause } from '../../window/waiting.ts';
import type { Marker, MarkSummary } from '../marker/marker.ts';
import { PlannedRemovals } from '../sweep/plannedRemovals.ts';
import { emptyTrash } from '../sweep/trash.ts';
import { removeAbandonedUploads } from '../sweep/uploads.ts';
import type { Work } from './attempt.ts';
import { doubtAboutCensus, writeCensus } from './census.ts';
import { finalAudit } from './finalAudit.ts';
import type { RunInput } from './input.ts';
import { removeOldRuns } from './oldRuns.ts';
import { isStillOurs } from './ownMark.ts';
import { type Planned, Planning } from './planning.ts';
import type { CollectionSettings, RunPorts } from './ports.ts';
import type { RunProgress } from './progress.ts';
import { Stop } from './stop.ts';
import type { Windows } from './windows.ts';

/** How often a mark that goes on is interrupted for requests that wait. */
const lookMs = 50;

/** What one attempt at a collection does: mark, plan, and after its windows the audit. */
export class Collection implements Work {
  readonly #ports: RunPorts;
  readonly #settings: CollectionSettings;
  readonly #input: RunInput;
  readonly #run: RunId;
  readonly #marker: Marker;
  readonly #progress: RunProgress;
  readonly #cancelled: AbortSignal;
  readonly #signal: AbortSignal;
  #marking: Promise<MarkSummary> | undefined;
  #marked: MarkSummary | undefined;
  #acknowledgedAt = 0;

  constructor(
    ports: RunPorts,
    settings: CollectionSettings,
    input: RunInput,
    attempt: {
      readonly run: RunId;
      readonly marker: Marker;
      readonly progress: RunProgress;
      readonly cancelled: AbortSignal;
    },
    signal: AbortSignal,
  ) {
    this.#ports = ports;
    this.#settings = settings;
    this.#input = input;
    this.#run = attempt.run;
    this.#marker = attempt.marker;
    this.#progress = attempt.progress;
    this.#cancelled = attempt.cancelled;
    this.#signal = signal;
  }

  async mark(acknowledgedAt: number, windowsWait: () => Promise<boolean>): Promise<'marked' | 'requestsWait'> {
    if (this.#marking === undefined) {
      this.#acknowledgedAt = acknowledgedAt;
      this.#marking = this.#begin();
      this.#marking.catch(() => undefined); // it may fail while a window stands; whoever waits for it hears of it
    }
    for (;;) {
      const marked = await Promise.race([this.#marking, pause(this.#ports.timers, lookMs, this.#signal)]);
      if (await windowsWait()) return 'requestsWait';
      if (marked === undefined) continue;
      this.#marked = marked;
      this.#progress.marked(marked.counts);
      return 'marked';
    }
  }

  /** Everything that can end the run before anything of it was removed is asked here, and what this mark found is written down whatever the answer. */
  async plan(windows: Windows): Promise<boolean> {
    const { driver, records } = this.#ports;
    const marked = this.#complete();
    const doubt = await doubtAboutCensus({ driver, tombstones: records.tombstones }, marked.census, this.#signal);
    if (doubt !== undefined && this.#input.acceptMissing !== true) throw await this.#unlessOvertaken(doubt);
    const planned = await this.#planned(marked);
    await this.#marker.remember(this.#run);
    await writeCensus(driver, marked.now, marked.census, undefined, this.#signal);
    await this.#mayGoOn(planned, marked.now);
    await writeCensus(driver, marked.now, marked.census, planned?.document, this.#signal);
    windows.carryOut(
      new PlannedRemovals(
        this.#ports,
        this.#marker,
        this.#progress,
        { acknowledgedAt: this.#acknowledgedAt, requests: planned?.requests ?? [], run: this.#run },
        this.#signal,
      ),
    );
    return true;
  }

  /** After the last window, the gate open: adds what is missing where it can, takes away what nobody will ask for. */
  async finish(): Promise<void> {
    const { driver, records } = this.#ports;
    const marked = this.#complete();
    const trash = await emptyTrash(
      driver,
      marked.now - this.#settings.trashTTLMs,
      async (digests) => new Set(await this.#marker.reached(digests)),
      this.#signal,
    );
    const { uploadsMs } = this.#settings;
    const uploads =
      uploadsMs === undefined
        ? 0
        : await removeAbandonedUploads(this.#ports, marked.census.repositories, marked.now - uploadsMs, this.#signal);
    this.#progress.cleaned({ trash, uploads });
    for (const id of marked.spent) await records.tombstones.remove(id, this.#signal);
    await removeOldRuns(records, this.#input.id, marked.now, this.#signal);
    this.#progress.enter('Auditing');
    const audit = await finalAudit(driver, this.#marker, this.#signal);
    this.#progress.audited(audit);
    const [missed] = audit.missingItems;
    if (missed !== undefined)
      throw new Doubt(missed, `is needed and missing since the mark, as ${audit.missing - 1} others (G6)`);
  }

  async #begin(): Promise<MarkSummary> {
    const { protections } = await this.#protections();
    const gate = await this.#ports.records.gates.read(this.#signal);
    if (gate === undefined) throw new Doubt('gate', 'is gone');
    return this.#marker.mark({
      // A promise renews only what is older than a quarter of its time, so one given today may look a quarter older.
      freshMs: gate.durations.promiseTTLMs * 1.25,
      minAgeMs: this.#settings.minAgeMs,
      untagged: this.#input.untagged ?? this.#settings.untagged,
      ...{ protections, policies: this.#input.policies },
    });
  }

  /** `undefined`: several plans were made, none of which is carried out. */
  async #planned(marked: MarkSummary): Promise<Planned | undefined> {
    const { driver, records } = this.#ports;
    const ports = { driver, records, marker: this.#marker, progress: this.#progress, cancelled: this.#cancelled };
    const planning = new Planning(ports, this.#input, this.#settings, this.#signal);
    if (this.#input.plans !== 'each') return planning.together(marked);
    await planning.each();
    return undefined;
  }

  async #mayGoOn(planned: Planned | undefined, storageNow: number): Promise<void> {
    if (planned?.unapproved !== undefined) throw new Stop('PlanChanged', planned.unapproved);
    const identity = await this.#ports.records.storage.read(this.#signal);
    if (identity === undefined) throw new Doubt('storage.json', 'is gone');
    if (!identity.adopted) {
      await this.#ports.records.storage.adopt(this.#signal);
      throw new Stop('Preview', 'others wrote this storage: its first run only shows what the next would remove');
    }
    if (this.#input.mode === 'plan' || planned === undefined) {
      // Where everything is in preview no other run ever comes to it.
      await removeOldRuns(this.#ports.records, this.#input.id, storageNow, this.#signal);
      throw new Stop('Preview', 'nothing was asked to be removed');
    }
    const { unsure } = await this.#protections();
    const [source] = unsure;
    if (source !== undefined) throw new Stop('ProtectionsStale', `protections of ${source.source} are ${source.why}`);
    const { brake } = planned;
    if (brake !== undefined && this.#input.approvedPlan === undefined) throw new Stop('LimitExceeded', brake);
  }

  /** A mark that slept long enough compares what it listed with the census of a later one, and misses what was pushed in between. */
  async #unlessOvertaken(doubt: Doubt): Promise<Error> {
    if (await isStillOurs(this.#ports, this.#run, this.#signal)) return doubt;
    return new Stop('Superseded', 'another executor moved the gate on while this one marked');
  }

  async #protections(): ReturnType<RunPorts['records']['protections']['state']> {
    return this.#ports.records.protections.state(await this.#ports.driver.now(this.#signal), this.#signal);
  }

  #complete(): MarkSummary {
    if (this.#marked === undefined) throw new Error('the mark is not complete');
    return this.#marked;
  }
}
