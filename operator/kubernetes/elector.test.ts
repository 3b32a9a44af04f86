import { describe, expect, it } from 'vitest';
import { Conflict } from '../resources/home.ts';
import { HandClock, idle } from '../runtime/testing/handClock.ts';
import { Elector } from './elector.ts';
import { ApiError, LeadershipLost } from './failure.ts';
import type { Claim, Lease, LeaseStand } from './lease.ts';

const { signal } = new AbortController();

/** As an API server keeps a Lease; it can be made not to answer. */
class Stand implements LeaseStand {
  current: Lease | undefined;
  readonly claims: Claim[] = [];
  fails: Error | undefined;
  /** Carries out the next write and loses its answer. */
  losesAnswer = false;
  #version = 0;

  async read(): Promise<Lease | undefined> {
    if (this.fails !== undefined) throw this.fails;
    return this.current;
  }

  async create(claim: Claim): Promise<Lease | 'exists'> {
    if (this.fails !== undefined) throw this.fails;
    return this.current === undefined ? this.put(claim) : 'exists';
  }

  async write(over: Lease, claim: Claim): Promise<Lease> {
    if (this.fails !== undefined) throw this.fails;
    if (over.resourceVersion !== this.current?.resourceVersion) throw new Conflict('the object has been modified');
    const written = this.put(claim);
    if (!this.losesAnswer) return written;
    this.losesAnswer = false;
    throw unanswered;
  }

  put(claim: Claim): Lease {
    this.claims.push(claim);
    const { durationMs, transitions, holder } = claim;
    const resourceVersion = String((this.#version += 1));
    this.current = { durationMs, transitions, resourceVersion, whole: {}, ...(holder !== undefined && { holder }) };
    return this.current;
  }
}

const unanswered = new ApiError('PUT /lease', 'none came');

/** Operators of one lease, each with a wall clock of its own, on one clock that the test moves. */
class Field {
  readonly stand = new Stand();
  readonly clock = new HandClock();
  readonly leading = new Map<string, boolean>();
  readonly standingBy = new Set<string>();
  /** ms that passed while the processes were stopped, and no timer ran. */
  stoppedMs = 0;

  elector(identity: string, wall = 0, stand: LeaseStand = this.stand): Elector {
    const { timers } = this.clock;
    const mono = (): number => this.clock.mono() + this.stoppedMs;
    return new Elector({
      lease: stand,
      identity,
      now: () => wall + mono(),
      ...{ mono, timers, random: () => 0 },
      metrics: { leads: (isLeader) => void this.leading.set(identity, isLeader) },
      log: { info: () => undefined, warn: () => undefined } as never,
      onStandby: () => void this.standingBy.add(identity),
    });
  }

  /** Leads, and holds on until `stop`. */
  async leader(
    identity: string,
    wall = 0,
  ): Promise<{ elector: Elector; stop: AbortController; end: Promise<unknown> }> {
    const elector = this.elector(identity, wall);
    await elector.lead(signal);
    const stop = new AbortController();
    return { elector, stop, end: elector.hold(stop.signal).catch((error: unknown) => error) };
  }

  /** Whether it led within so long. */
  async leadsWithin(elector: Elector, ms: number): Promise<number | undefined> {
    const began = this.clock.mono();
    let led: number | undefined;
    const stop = new AbortController();
    const trying = elector.lead(stop.signal).then(
      () => (led = this.clock.mono() - began),
      () => undefined,
    );
    for (let at = 0; at < ms && led === undefined; at += 500) await this.clock.advance(500);
    stop.abort();
    await trying;
    return led;
  }
}

describe('elector', () => {
  it('makes the lease where there is none, and leads', async () => {
    const field = new Field();
    await field.elector('a', 1_000).lead(signal);
    expect(field.stand.claims).toEqual([
      { holder: 'a', durationMs: 15_000, transitions: 0, acquiredAt: 1_000, renewedAt: 1_000 },
    ]);
    expect(field.leading.get('a')).toBe(true);
  });

  it('W3: waits a whole duration without change by its own clock, whatever time the lease tells', async () => {
    const field = new Field();
    field.stand.put({ holder: 'dead', durationMs: 15_000, transitions: 3, renewedAt: -1e12 });
    const led = await field.leadsWithin(field.elector('b', 1e12), 60_000);
    expect(led).toBeGreaterThan(15_000);
    expect(led).toBeLessThan(18_000);
    expect(field.stand.current).toMatchObject({ holder: 'b', transitions: 4 });
  });

  it('waits as long as the holder asks for, where that is longer', async () => {
    const field = new Field();
    field.stand.put({ holder: 'dead', durationMs: 40_000, transitions: 0, renewedAt: 0 });
    expect(await field.leadsWithin(field.elector('b'), 60_000)).toBeGreaterThan(40_000);
  });

  it('stands by as long as another renews', async () => {
    const field = new Field();
    const { stop, end } = await field.leader('a', 1e12);
    expect(await field.leadsWithin(field.elector('b', -1e12), 120_000)).toBeUndefined();
    expect(field.leading).toEqual(
      new Map([
        ['a', true],
        ['b', false],
      ]),
    );
    expect([...field.standingBy]).toEqual(['b']);
    stop.abort();
    await end;
  });

  it('hands over at once what is released', async () => {
    const field = new Field();
    const { elector, stop, end } = await field.leader('a');
    stop.abort();
    expect(await end).toBeUndefined();
    await elector.release(signal);
    expect(field.stand.current?.holder).toBeUndefined();
    expect(field.leading.get('a')).toBe(false);
    expect(await field.leadsWithin(field.elector('b'), 5_000)).toBeLessThan(1_000);
  });

  it('lets one of several lead who find a free lease at the same time', async () => {
    const field = new Field();
    field.stand.put({ durationMs: 1_000, transitions: 0, renewedAt: 0 });
    const stop = new AbortController();
    const all = ['a', 'b', 'c'].map((identity) =>
      field
        .elector(identity)
        .lead(stop.signal)
        .catch(() => undefined),
    );
    await field.clock.advance(10_000);
    expect([...field.leading.values()].filter((leads) => leads)).toHaveLength(1);
    stop.abort();
    await Promise.all(all);
  });

  it('stops leading when it cannot renew, before another may take over', async () => {
    const field = new Field();
    const { end } = await field.leader('a');
    await field.clock.advance(4_000);
    const renewed = field.clock.mono();
    field.stand.fails = unanswered;
    let lostAt: number | undefined;
    void end.then(() => (lostAt = field.clock.mono()));
    for (let at = 0; at < 20_000 && lostAt === undefined; at += 500) await field.clock.advance(500);
    expect(await end).toBeInstanceOf(LeadershipLost);
    expect(lostAt).toBe(renewed + 10_000);
    expect(field.leading.get('a')).toBe(false);
  });

  it('stops leading at once when another holds the lease', async () => {
    const field = new Field();
    const { elector, end } = await field.leader('a');
    field.stand.put({ holder: 'b', durationMs: 15_000, transitions: 1, renewedAt: 0 });
    await field.clock.advance(2_000);
    expect(await end).toEqual(new LeadershipLost('another operator leads: b'));
    await elector.release(signal);
    expect(field.stand.current?.holder).toBe('b');
  });

  it('does not renew after it was stopped for too long', async () => {
    const field = new Field();
    const { end } = await field.leader('a');
    await field.clock.advance(3_000);
    const writes = field.stand.claims.length;
    field.stoppedMs = 11_000;
    await field.clock.advance(3_000);
    expect(await end).toBeInstanceOf(LeadershipLost);
    expect(field.stand.claims.length).toBe(writes);
  });

  it('goes on leading after a failure that passes, and after an answer that was lost', async () => {
    const field = new Field();
    const { stop, end } = await field.leader('a');
    field.stand.fails = unanswered;
    await field.clock.advance(7_000);
    field.stand.fails = undefined;
    await field.clock.advance(4_000);
    field.stand.losesAnswer = true;
    await field.clock.advance(60_000);
    expect(field.stand.losesAnswer).toBe(false);
    expect(field.leading.get('a')).toBe(true);
    stop.abort();
    expect(await end).toBeUndefined();
  });

  it('waits for an API server that does not answer, until it is not wanted any more', async () => {
    const field = new Field();
    field.stand.fails = unanswered;
    const stop = new AbortController();
    const leading = field.elector('a').lead(stop.signal);
    await field.clock.advance(60_000);
    expect(field.standingBy.size).toBe(0); // who may not even read the lease is not ready
    stop.abort(new Error('enough'));
    await expect(leading).rejects.toThrow('enough');
    await idle();
    expect(field.clock.armed).toBe(0);
  });
});
