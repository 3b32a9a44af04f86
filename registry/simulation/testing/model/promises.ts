import type { Scheduler } from '../kernel/scheduler.ts';
import type { Look } from './register.ts';

interface Promised {
  readonly from: number;
  readonly until: number;
  readonly fromMs: number;
}

/** Something on its way to a blob or manifest; `until` is `Infinity` as long as nobody knows that it is over. */
export interface Span {
  readonly from: number;
  until: number;
}

export interface Removal extends Span {
  /** It was acknowledged: it did take effect. */
  isCertain: boolean;
}

/** What was promised of one blob or manifest of a repository, by an answer on which a client builds, and who asked for its removal, or brought it back. */
export class Promises {
  readonly #scheduler: Scheduler;
  #promised: Promised[] = [];
  #removals: Removal[] = [];
  readonly #arrivals: Span[] = [];

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** For as long as promises last, counted from when the answer was asked for. */
  promise(from: number, fromMs: number): void {
    this.#promised.push({ from, fromMs, until: this.#scheduler.moment() });
  }

  removalBegins(): Removal {
    const removal = { from: this.#scheduler.moment(), until: Infinity, isCertain: false };
    this.#removals.push(removal);
    return removal;
  }

  removalEnds(removal: Removal, isCertain: boolean): void {
    removal.until = this.#scheduler.moment();
    removal.isCertain = isCertain;
  }

  /** A push or an undelete, whatever comes of it. */
  arrivalBegins(): Span {
    const arrival = { from: this.#scheduler.moment(), until: Infinity };
    this.#arrivals.push(arrival);
    return arrival;
  }

  arrivalEnds(arrival: Span): void {
    arrival.until = this.#scheduler.moment();
  }

  withdraw(removal: Removal): void {
    this.#removals = this.#removals.filter((each) => each !== removal);
  }

  /** Whether a look must not have found it: its removal was acknowledged, and nobody has brought it since. */
  isGone(look: Look): boolean {
    return this.#removals.some(
      (removal) =>
        removal.isCertain &&
        removal.until < look.from &&
        !this.#arrivals.some((arrival) => arrival.from < look.until && arrival.until > removal.from),
    );
  }

  /** Whether a look must have found it. */
  binds(look: Look, promiseMs: number): boolean {
    return this.#promised.some(
      ({ from, until, fromMs }) =>
        until < look.from &&
        look.untilMs - fromMs < promiseMs &&
        !this.#removals.some((removal) => removal.from < look.until && removal.until > from),
    );
  }
}
