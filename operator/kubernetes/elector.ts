import type { Logger } from 'pino';
import { Conflict } from '../resources/home.ts';
import { pause, type Timers } from '../runtime/timers.ts';
import { ApiError, LeadershipLost } from './failure.ts';
import type { Claim, Lease, LeaseStand } from './lease.ts';
import type { LeaderMetrics } from './metrics.ts';

export interface ElectorPorts {
  readonly lease: LeaseStand;
  /** Of this process alone, and of no earlier one. */
  readonly identity: string;
  /** This machine's clock, ms since 1970. It is only written down for people; nobody compares it. */
  readonly now: () => number;
  /** A clock that never goes back, ms. */
  readonly mono: () => number;
  readonly timers: Timers;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly metrics: LeaderMetrics;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  /** Another one leads, and this one could take over. */
  readonly onStandby: () => void;
}

/**
 * As client-go has them: a lease that did not change for `leaseMs` is free; who could not renew for `renewMs` stops leading, before anybody may take over;
 * every `retryMs` is tried.
 */
const { leaseMs, renewMs, retryMs } = { leaseMs: 15_000, renewMs: 10_000, retryMs: 2_000 };
/** How long letting go may take. */
const releaseMs = 3_000;

interface Held {
  readonly lease: Lease;
  readonly since: number;
}

/** What was last seen of the lease, and since when it did not change: by our own clock. */
interface Sight {
  readonly version: string;
  readonly since: number;
}

/**
 *   waiting ──(free, or unchanged for its duration)──▶ leading ──(released)──▶ ended
 *                                                          └──(not renewed in time, or another's)──▶ lost
 *
 * One of several operators leads. Rights count from before the request that renewed them, and the clocks of two machines are never compared (W3). It keeps
 * the others from doing the same work; what protects the objects is that every write is over the version observed, and what protects the registry is its gate.
 */
export class Elector {
  readonly #ports: ElectorPorts;
  #sight: Sight | undefined;
  /** While this one leads: what it wrote last, and the moment before it did. */
  #held: Held | undefined;
  #toldHolder: string | undefined;

  constructor(ports: ElectorPorts) {
    this.#ports = ports;
    ports.metrics.leads(false);
  }

  /** Resolves once this one leads. Rejects with the reason of `signal` alone: an API server that does not answer is waited for. */
  async lead(signal: AbortSignal): Promise<void> {
    const { timers, random, metrics, log, identity } = this.#ports;
    for (;;) {
      try {
        if (await this.#tryToLead(signal)) break;
      } catch (err) {
        signal.throwIfAborted();
        if (!(err instanceof Conflict) && !(err instanceof ApiError)) throw err;
        log.warn({ err }, 'the lease of the leader could not be had; trying again');
      }
      await pause(timers, retryMs * (1 + random() / 5), signal);
    }
    metrics.leads(true);
    log.info({ identity }, 'this operator leads');
  }

  /** Renews until `signal` is aborted. Rejects with `LeadershipLost`. */
  readonly hold = async (signal: AbortSignal): Promise<void> => {
    const { timers, mono } = this.#ports;
    try {
      while (this.#held !== undefined) {
        const leftMs = this.#held.since + renewMs - mono();
        if (leftMs <= 0) throw new LeadershipLost(`the lease could not be renewed within ${renewMs} ms`);
        await pause(timers, Math.min(retryMs, leftMs), signal);
        if (this.#held.since + renewMs > mono()) await this.#renew(this.#held, signal);
      }
    } catch (error) {
      if (signal.aborted) return;
      this.#held = undefined;
      this.#ports.metrics.leads(false);
      throw error;
    }
  };

  /** Lets the next one lead at once; nothing, where this one does not. */
  async release(signal: AbortSignal): Promise<void> {
    const { lease, now, log, metrics } = this.#ports;
    if (this.#held === undefined) return;
    const { transitions } = this.#held.lease;
    try {
      const claim = { durationMs: 1000, transitions, renewedAt: now() };
      await lease.write(this.#held.lease, claim, releaseMs, signal);
    } catch (err) {
      log.warn({ err }, 'the lease could not be released: the next operator waits until it lapses');
    }
    this.#held = undefined;
    metrics.leads(false);
  }

  async #tryToLead(signal: AbortSignal): Promise<boolean> {
    const { lease, mono, identity } = this.#ports;
    const standing = await lease.read(signal);
    if (standing === undefined) {
      const since = mono();
      const made = await lease.create(this.#claim(0), signal);
      if (made !== 'exists') this.#held = { lease: made, since };
      return made !== 'exists';
    }
    if (!this.#isFree(standing)) return false;
    const since = mono();
    const transitions = standing.transitions + (standing.holder === identity ? 0 : 1);
    this.#held = {
      lease: await lease.write(standing, this.#claim(transitions), renewMs, signal),
      since,
    };
    return true;
  }

  #isFree({ holder, durationMs, resourceVersion }: Lease): boolean {
    const { mono, identity, log, onStandby } = this.#ports;
    if (this.#sight?.version !== resourceVersion) this.#sight = { version: resourceVersion, since: mono() };
    if (holder === undefined || holder === identity) return true;
    if (holder !== this.#toldHolder) log.info({ holder }, 'another operator leads; standing by');
    this.#toldHolder = holder;
    onStandby();
    return mono() - this.#sight.since > Math.max(durationMs, leaseMs);
  }

  async #renew({ lease, since: renewedBefore }: Held, signal: AbortSignal): Promise<void> {
    const { lease: stand, mono, now, identity, log } = this.#ports;
    const since = mono();
    const claim = { holder: identity, durationMs: leaseMs, transitions: lease.transitions, renewedAt: now() };
    try {
      const written = await stand.write(lease, claim, renewedBefore + renewMs - since, signal);
      this.#held = { lease: written, since };
    } catch (err) {
      if (err instanceof Conflict) await this.#lookAgain(renewedBefore, signal);
      else if (err instanceof ApiError) log.warn({ err }, 'the lease was not renewed; trying again');
      else throw err;
    }
  }

  /** An answer of ours that was lost may be what changed it; then it is written over the next time. */
  async #lookAgain(since: number, signal: AbortSignal): Promise<void> {
    const { lease, identity, log } = this.#ports;
    try {
      const standing = await lease.read(signal);
      if (standing?.holder !== identity)
        throw new LeadershipLost(`another operator leads: ${standing?.holder ?? 'nobody'}`);
      this.#held = { lease: standing, since };
    } catch (err) {
      if (!(err instanceof ApiError)) throw err;
      log.warn({ err }, 'the lease could not be read; trying again');
    }
  }

  #claim(transitions: number): Claim {
    const { identity, now } = this.#ports;
    const at = now();
    return { holder: identity, durationMs: leaseMs, transitions, acquiredAt: at, renewedAt: at };
  }
}
