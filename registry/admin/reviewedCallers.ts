import { createHash } from 'node:crypto';
import type { AdminUser } from '../config/admin.ts';
import { Problem } from '../../core/admin/problem.ts';
import type { Log } from '../window/ports.ts';
import type { Caller } from './access.ts';
import { type ReviewToken, Unreviewed } from './tokenReview.ts';

export interface ReviewedCallersPorts {
  readonly review: ReviewToken;
  readonly users: readonly AdminUser[];
  /** A clock that never goes back, ms. */
  readonly mono: () => number;
  readonly log: Log;
  /** Aborted when nobody is served any more. One review may serve several requests, so that no single one may end it. */
  readonly running: AbortSignal;
}

interface Known {
  readonly user: string | undefined;
  /** From before the API server was asked: the answer is at least this old. */
  readonly askedAt: number;
}

/** So long an answer is taken as it is… */
const freshMs = 30_000;
/** …and so long where the API server cannot be asked again: a run that is on can be ended although it is down. */
const oldestMs = 60_000;
const mostKnown = 1000;
const mostAtOnce = 32;

/** Who asks, by the word of a cluster's API server, remembered by the hash of the token. */
export class ReviewedCallers {
  readonly #ports: ReviewedCallersPorts;
  readonly #verbsOf: ReadonlyMap<string, Caller['verbs']>;
  readonly #known = new Map<string, Known>();
  readonly #asking = new Map<string, Promise<Known>>();

  constructor(ports: ReviewedCallersPorts) {
    this.#ports = ports;
    this.#verbsOf = new Map(ports.users.map(({ name, verbs }) => [name, new Set(verbs)]));
  }

  /** `undefined`: the token is nobody's, or not for us. A user without verbs is somebody all the same. Throws `UNVERIFIED` where it cannot be told. */
  async callerOf(token: string): Promise<Caller | undefined> {
    const { user } = await this.#knownOf(createHash('sha256').update(token).digest('hex'), token);
    return user === undefined ? undefined : { name: user, verbs: this.#verbsOf.get(user) ?? new Set() };
  }

  async #knownOf(hash: string, token: string): Promise<Known> {
    const known = this.#known.get(hash);
    if (known !== undefined && this.#isWithin(freshMs, known)) return known;
    try {
      return await this.#ask(hash, token);
    } catch (error) {
      if (!(error instanceof Unreviewed)) throw error;
      if (known !== undefined && this.#isWithin(oldestMs, known)) return known;
      this.#ports.log.error({ err: error }, 'who asks could not be checked');
      throw new Problem('UNVERIFIED', error.message, [], { cause: error });
    }
  }

  #isWithin(ms: number, { askedAt }: Known): boolean {
    return this.#ports.mono() - askedAt < ms;
  }

  async #ask(hash: string, token: string): Promise<Known> {
    const before = this.#asking.get(hash);
    if (before !== undefined) return before;
    // Whoever sends tokens that he made up costs the API server no more than this.
    if (this.#asking.size >= mostAtOnce) throw new Unreviewed('too many callers are being checked');
    const asking = this.#review(hash, token);
    this.#asking.set(hash, asking);
    try {
      return await asking;
    } finally {
      this.#asking.delete(hash);
    }
  }

  async #review(hash: string, token: string): Promise<Known> {
    const askedAt = this.#ports.mono();
    const known = { user: await this.#ports.review(token, this.#ports.running), askedAt };
    this.#known.delete(hash);
    this.#known.set(hash, known);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= mostKnown) break;
      this.#known.delete(oldest);
    }
    return known;
  }
}
