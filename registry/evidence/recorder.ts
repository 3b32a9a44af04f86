import type { RepositoryName } from '../../core/oci/reference.ts';
import type { PullStore } from '../records/pulls.ts';
import type { PullJournal } from './journal.ts';
import type { Log, Timers } from '../window/ports.ts';
import { repeatMs } from './merge.ts';
import { pullIdOf, type Reference } from './pulled.ts';
import { packPulls, type PullEntry } from './pullTable.ts';

/** How often a recorder says a word, heard or not, ms: by that others know that it records. */
const wordEveryMs = 15_000;
/** Most that is held at once, some 40 MiB: more of what was told already is forgotten and told again, more of what was not is lost, and said to be. */
const limit = 100_000;

export interface RecorderPorts {
  readonly pulls: PullStore;
  /** Absent: what was heard since the last word goes with the process. */
  readonly journal?: PullJournal;
  readonly mono: () => number;
  readonly timers: Timers;
  readonly log: Log;
  /** Aborted when nothing may go on. */
  readonly running: AbortSignal;
}

export interface RecorderSettings {
  /** A name that was never used. */
  readonly recorder: string;
  /** As in the record of each life of this process. */
  readonly instance: string;
  /** Whether clients pull from this process. */
  readonly serves: boolean;
  readonly everyMs?: number;
}

/**
 * Writes down what is pulled from this process: hears of it in memory and notes it in a journal, which outlives a kill, and says what is new in it with each
 * word.
 */
export class PullRecorder {
  readonly #ports: RecorderPorts;
  readonly #settings: RecorderSettings;
  #saying = Promise.resolve();
  /** When what was pulled was told last, since the last hour and in the one before. */
  #told = new Map<string, number>();
  #toldBefore = new Map<string, number>();
  #toldSince = 0;
  #untold = new Map<string, Pull>();
  #lost = false;
  #next = 0;
  #saidAt = 0;
  #isOver = false;
  #timer: { cancel(): void } | undefined;

  constructor(ports: RecorderPorts, settings: RecorderSettings) {
    this.#ports = ports;
    this.#settings = settings;
  }

  /** Costs no more than a look into a map where this was pulled a short time ago. */
  hear(repository: RepositoryName, reference: Reference): void {
    const name = `${repository}${reference}`;
    const now = this.#ports.mono();
    const told = this.#told.get(name) ?? this.#toldBefore.get(name);
    if (told !== undefined && now - told < repeatMs) return;
    if (this.#untold.size >= limit && !this.#untold.has(name)) {
      this.#lost = true;
      this.#ports.journal?.end();
      return;
    }
    if (this.#told.size >= limit || now - this.#toldSince > repeatMs) this.#forget(now);
    this.#told.set(name, now);
    const id = pullIdOf(repository, reference); // hashed now, so that no word waits for all at once
    this.#untold.set(name, { id, at: now });
    this.#ports.journal?.add(id);
  }

  /** Before the life that serves is registered: whoever sees that life must find that it is recorded. */
  async begin(signal: AbortSignal): Promise<void> {
    await this.#say(false, signal);
    if (this.#settings.serves) this.#wait();
  }

  /** Says what it has heard so far, now. Rejects if that cannot be written; it is kept for the next word. */
  async say(signal: AbortSignal): Promise<void> {
    await this.#say(false, signal);
  }

  /** After that life has left, and the last answer. Without its last word, what it may have heard is a gap in the evidence. */
  async end(signal: AbortSignal): Promise<void> {
    this.#isOver = true;
    this.#timer?.cancel();
    if (this.#next > 0) await this.#say(true, signal);
    this.#ports.journal?.end();
  }

  #wait(): void {
    this.#timer = this.#ports.timers.after(this.#settings.everyMs ?? wordEveryMs, () => void this.#sayAgain());
  }

  async #sayAgain(): Promise<void> {
    try {
      await this.#say(false, this.#ports.running);
    } catch (error) {
      const untold = this.#untold.size;
      this.#ports.log.warn({ err: error, untold }, 'pulls could not be recorded; they are kept in memory');
    }
    if (!this.#isOver) this.#wait();
  }

  /** One word after the other. */
  #say(ended: boolean, signal: AbortSignal): Promise<void> {
    const said = this.#saying.then(() => this.#sayNow(ended, signal));
    this.#saying = said.catch(() => undefined); // who asked for it hears of it
    return said;
  }

  async #sayNow(ended: boolean, signal: AbortSignal): Promise<void> {
    const { mono, pulls } = this.#ports;
    const { recorder, instance, serves } = this.#settings;
    const now = mono();
    const [untold, lost] = [this.#untold, this.#lost];
    this.#untold = new Map();
    this.#lost = false;
    const head = { instance, serves, afterMs: this.#next === 0 ? 0 : now - this.#saidAt, ended, lost };
    let said: 'created' | 'exists' | undefined;
    try {
      const table = packPulls([...untold.values()].map((pull) => entryOf(pull, now)));
      said = await pulls.say(recorder, this.#next, { head, table }, signal);
    } finally {
      if (said !== 'created') this.#takeBack(untold, lost);
    }
    this.#next += 1;
    this.#saidAt = mono();
    // An attempt that failed was written all the same: this one comes after it, and holds all that it held.
    if (said === 'exists') await this.#sayNow(ended, signal);
    else this.#clearJournal();
  }

  #takeBack(untold: ReadonlyMap<string, Pull>, lost: boolean): void {
    this.#lost ||= lost;
    for (const [name, pull] of untold) if (!this.#untold.has(name)) this.#untold.set(name, pull);
  }

  #clearJournal(): void {
    if (this.#untold.size === 0 && !this.#lost) this.#ports.journal?.clear(); // else with a later word
  }

  #forget(now: number): void {
    this.#toldBefore = this.#told;
    this.#told = new Map();
    this.#toldSince = now;
  }
}

interface Pull {
  readonly id: Buffer;
  readonly at: number;
}

function entryOf({ id, at }: Pull, now: number): PullEntry {
  return { id, number: Math.floor((now - at) / 1000) };
}
