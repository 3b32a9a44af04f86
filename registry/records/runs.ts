import { hash } from 'node:crypto';
import { parseRunId, type RunId } from '../../core/window/identity.ts';
import type { RecordStore } from '../storage/driver.ts';
import { layout } from '../storage/layout.ts';
import { encode, parseJson, parseName } from './codec.ts';

/** A document of a run, and when it was last written (storage time, ms): a report that is not written any more is of a run that is not going on. */
export interface RunDocument<T> {
  readonly document: T;
  readonly modifiedAt: number;
}

/** When each document of a run was last written (storage time, ms), as far as it is there. */
export interface RunTimes {
  /** Its folder, which is there before the first of them. */
  readonly folder: number | undefined;
  readonly input: number | undefined;
  /** Of several, the last. */
  readonly plan: number | undefined;
  readonly report: number | undefined;
}

/** Reads a parsed document, or throws: what is not understood is no document. */
export type ReadDocument<T> = (value: unknown) => T;

const limitBytes = 512 * 1024 * 1024;

/** What a run was asked for, what it would remove (in one plan or several), and what came of it. The shapes are those of the collector; here they are JSON. */
export class RunStore {
  readonly #store: RecordStore;

  constructor(store: RecordStore) {
    this.#store = store;
  }

  /** Ids of all runs of which anything is kept, the earliest first. */
  async list(signal: AbortSignal): Promise<readonly RunId[]> {
    const entries = (await this.#store.list(layout.runs, signal)) ?? [];
    const runs = entries.map(({ name }) => parseName(layout.runs, name, parseRunId));
    return runs.filter((run) => run !== undefined).toSorted();
  }

  /** Once: the same id is the same run, whoever asks again. */
  async createInput(run: RunId, input: object, signal: AbortSignal): Promise<'created' | 'exists'> {
    return this.#store.create(layout.runInput(run), encode(input), signal);
  }

  async readInput<T>(run: RunId, read: ReadDocument<T>, signal: AbortSignal): Promise<RunDocument<T> | undefined> {
    return this.#read(layout.runInput(run), read, signal);
  }

  async writePlan(run: RunId, plan: object, signal: AbortSignal): Promise<void> {
    await this.#store.write(layout.runPlan(run), encode(plan), signal);
  }

  async readPlan<T>(run: RunId, read: ReadDocument<T>, signal: AbortSignal): Promise<RunDocument<T> | undefined> {
    return this.#read(layout.runPlan(run), read, signal);
  }

  /** Of a run that makes several plans, the one that is called so (`KIND/namespace/name`). */
  async writePlanOf(run: RunId, called: string, plan: object, signal: AbortSignal): Promise<void> {
    await this.#store.write(layout.runPlanOf(run, hash('sha256', called)), encode(plan), signal);
  }

  async readPlanOf<T>(
    run: RunId,
    called: string,
    read: ReadDocument<T>,
    signal: AbortSignal,
  ): Promise<RunDocument<T> | undefined> {
    return this.#read(layout.runPlanOf(run, hash('sha256', called)), read, signal);
  }

  /** Written again as the run goes on, by its executor alone: how far it is, and in the end what came of it. */
  async writeReport(run: RunId, report: object, signal: AbortSignal): Promise<void> {
    await this.#store.write(layout.runReport(run), encode(report), signal);
  }

  async readReport<T>(run: RunId, read: ReadDocument<T>, signal: AbortSignal): Promise<RunDocument<T> | undefined> {
    return this.#read(layout.runReport(run), read, signal);
  }

  async times(run: RunId, signal: AbortSignal): Promise<RunTimes> {
    const at = async (path: string): Promise<number | undefined> => (await this.#store.stat(path, signal))?.modifiedAt;
    return {
      folder: await at(layout.run(run)),
      input: await at(layout.runInput(run)),
      plan: (await at(layout.runPlan(run))) ?? (await at(layout.runPlans(run))),
      report: await at(layout.runReport(run)),
    };
  }

  async remove(run: RunId, signal: AbortSignal): Promise<void> {
    await this.#store.discard(layout.run(run), signal);
  }

  async #read<T>(path: string, read: ReadDocument<T>, signal: AbortSignal): Promise<RunDocument<T> | undefined> {
    const file = await this.#store.readSmall(path, limitBytes, signal);
    return file && { document: read(parseJson(path, file.bytes)), modifiedAt: file.modifiedAt };
  }
}
