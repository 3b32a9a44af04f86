import type { Digest } from '../../../../core/oci/digest.ts';
import type { Scheduler } from '../kernel/scheduler.ts';

/** What a change makes of a tag; the last two only of one that names this digest, or is covered by a policy and not fresh. */
export type Change =
  | { readonly to: 'digest'; readonly digests: ReadonlySet<Digest> }
  | { readonly to: 'absent' }
  | { readonly to: 'absent'; readonly onlyOf: Digest }
  | { readonly to: 'absent'; readonly onlyOlderThanMs: number };

/** A change as its client saw it: it took effect at some moment between `from` and `until`, if it did. */
export interface Write {
  change: Change;
  readonly from: number;
  /** `Infinity`: it may still be on its way. */
  until: number;
  /** Storage time at which it was asked for and answered, ms. */
  readonly fromMs: number;
  untilMs: number;
  /** It was acknowledged: it did take effect. */
  isCertain: boolean;
}

/** When somebody looked. */
export interface Look {
  readonly from: number;
  readonly until: number;
  readonly untilMs: number;
}

/** One tag as a register that many write: what a look may find, given what was acknowledged, refused, and never answered. */
export class TagRegister {
  readonly #scheduler: Scheduler;
  #writes: Write[] = [];
  /** Grows with every change that is begun. */
  version = 0;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
    this.#writes.push({ change: { to: 'absent' }, from: 0, until: 0, fromMs: 0, untilMs: 0, isCertain: true });
  }

  begin(change: Change): Write {
    this.version += 1;
    const from = this.#scheduler.moment();
    const fromMs = this.#scheduler.now;
    const write = { change, from, until: Infinity, fromMs, untilMs: Infinity, isCertain: false };
    this.#writes.push(write);
    return write;
  }

  acknowledge(write: Write, change: Change = write.change): void {
    write.change = change;
    this.#settle(write);
    write.isCertain = true;
  }

  /** It was not done, or only in part; and nothing more of it will be. */
  over(write: Write): void {
    this.#settle(write);
  }

  /** It was not done, and will not be. */
  withdraw(write: Write): void {
    this.#writes = this.#writes.filter((each) => each !== write);
  }

  /** Every digest that anybody ever wanted here. */
  get digests(): ReadonlySet<Digest> {
    return new Set(this.#writes.flatMap(({ change }) => (change.to === 'digest' ? [...change.digests] : [])));
  }

  /** Whether a look may find this. `undefined`: nothing. */
  may(found: Digest | undefined, look: Look): boolean {
    if (found === undefined) return this.#mayBeAbsent(look);
    return this.#writes.some(
      (write) =>
        write.change.to === 'digest' &&
        write.change.digests.has(found) &&
        write.from < look.until &&
        !this.#writes.some((later) => isBetween(write, later, look) && replaces(later.change, found)),
    );
  }

  /** What it is beyond doubt now: nothing is on its way, and the last of all changes was acknowledged. */
  settled(): { readonly digest: Digest | undefined; readonly by: Write } | undefined {
    const last = this.#writes.reduce((latest, write) => (write.until >= latest.until ? write : latest));
    const isAlone = this.#writes.every((write) => write === last || write.until < last.from);
    if (!last.isCertain || !isAlone) return undefined;
    if (last.change.to === 'digest') {
      const [digest, ...others] = last.change.digests;
      return others.length > 0 ? undefined : { digest, by: last };
    }
    return 'onlyOf' in last.change || 'onlyOlderThanMs' in last.change ? undefined : { digest: undefined, by: last };
  }

  /** Beyond doubt, and not because it never was. */
  get isDeleted(): boolean {
    const settled = this.settled();
    return settled !== undefined && settled.digest === undefined && settled.by.from > 0;
  }

  #mayBeAbsent(look: Look): boolean {
    return this.#writes.some((write) => {
      const { change } = write;
      if (change.to !== 'absent' || write.from >= look.until) return false;
      if (this.#writes.some((later) => isBetween(write, later, look) && later.change.to === 'digest')) return false;
      if ('onlyOf' in change) {
        const moment = { from: write.from, until: Math.min(write.until, look.until), untilMs: look.untilMs };
        return this.may(change.onlyOf, moment);
      }
      return !('onlyOlderThanMs' in change) || !this.#isYounger(change.onlyOlderThanMs, look);
    });
  }

  /** Whether a push was acknowledged so lately that no policy may have taken it. */
  #isYounger(ageMs: number, look: Look): boolean {
    return this.#writes.some(
      ({ change, isCertain, until, fromMs }) =>
        change.to === 'digest' && isCertain && until < look.from && look.untilMs - fromMs < ageMs,
    );
  }

  #settle(write: Write): void {
    write.until = this.#scheduler.moment();
    write.untilMs = this.#scheduler.now;
  }
}

/** Whether `later` certainly took effect after `write` and before the look. */
function isBetween(write: Write, later: Write, look: Look): boolean {
  return later.isCertain && write.until < later.from && later.until < look.from;
}

function replaces(change: Change, found: Digest): boolean {
  if (change.to === 'digest') return true;
  if ('onlyOlderThanMs' in change) return false;
  return !('onlyOf' in change) || change.onlyOf === found;
}
