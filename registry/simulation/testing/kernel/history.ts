import { createHash } from 'node:crypto';
import type { Scheduler } from './scheduler.ts';
import { wordsOf } from './words.ts';

/** Of a history as it is told: `words`, what people need to follow it; `calls`, each call on the storage besides. */
export type Telling = 'nothing' | 'words' | 'calls';

/** What happened, in words and as one number: two histories with the same number are the same. */
export class History {
  readonly #scheduler: Scheduler;
  readonly #hash = createHash('sha256');
  readonly #telling: Telling;
  #unhashed = '';
  /** What is told, if anything is. */
  readonly lines: string[] = [];
  /** How often what happened. */
  readonly counts = new Map<string, number>();

  constructor(scheduler: Scheduler, telling: Telling) {
    this.#scheduler = scheduler;
    this.#telling = telling;
  }

  digest(): string {
    return this.#hash.copy().update(this.#unhashed).digest('hex');
  }

  /** A call on the storage as it takes effect. */
  call(process: string, call: string, about: string): void {
    this.#add(`${process} ${call} ${about}`);
    if (this.#telling === 'calls') this.#tell(`${process} ${call} ${about}`);
    if (this.#telling !== 'words') return;
    const words = wordsOf(call, about);
    if (words !== undefined) this.#tell(`${process} ${words}`);
  }

  /** What somebody did, or what became of it. */
  say(who: string, what: string): void {
    this.#add(`${who}: ${what}`);
    if (this.#telling !== 'nothing') this.#tell(`${who}: ${what}`);
  }

  count(what: string, times = 1): void {
    if (times > 0) this.counts.set(what, (this.counts.get(what) ?? 0) + times);
  }

  #add(text: string): void {
    this.#unhashed += `${this.#scheduler.now} ${text}\n`;
    if (this.#unhashed.length <= 100_000) return;
    this.#hash.update(this.#unhashed);
    this.#unhashed = '';
  }

  #tell(text: string): void {
    this.lines.push(`${this.#scheduler.now.toFixed(3).padStart(11)} ${text}`);
  }
}
