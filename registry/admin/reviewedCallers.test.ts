import { describe, expect, it } from 'vitest';
import { ReviewedCallers } from './reviewedCallers.ts';
import { Unreviewed } from './tokenReview.ts';

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A cluster that knows one user by any token that begins with `op`, until it is down. */
class Cluster {
  nowMs = 0;
  isDown = false;
  asked: string[] = [];
  /** Where set, answers wait for it. */
  until: Promise<void> | undefined;
  readonly callers = new ReviewedCallers({
    review: async (token) => {
      this.asked.push(token);
      await this.until;
      if (this.isDown) throw new Unreviewed('the API server is down');
      return token.startsWith('op') ? 'operator' : token.startsWith('guest') ? 'guest' : undefined;
    },
    users: [{ name: 'operator', verbs: ['read', 'execute'] }],
    mono: () => this.nowMs,
    log,
    running: new AbortController().signal,
  });

  async nameOf(token: string): Promise<string | undefined> {
    return (await this.callers.callerOf(token))?.name;
  }
}

describe('callers whom a cluster knows', () => {
  it('have the verbs of their user, and none where no verbs are given to him', async () => {
    const { callers } = new Cluster();
    expect(await callers.callerOf('op')).toEqual({ name: 'operator', verbs: new Set(['read', 'execute']) });
    expect(await callers.callerOf('guest')).toEqual({ name: 'guest', verbs: new Set() });
    expect(await callers.callerOf('stranger')).toBeUndefined();
  });

  it('are asked for again after half a minute, strangers too', async () => {
    const cluster = new Cluster();
    for (const at of [0, 29_999, 30_000]) {
      cluster.nowMs = at;
      await cluster.nameOf('op');
      await cluster.nameOf('stranger');
    }
    expect(cluster.asked).toEqual(['op', 'stranger', 'op', 'stranger']);
  });

  it('are still known for a minute after they were last, where the API server is down', async () => {
    const cluster = new Cluster();
    await cluster.nameOf('op');
    cluster.isDown = true;
    cluster.nowMs = 59_999;
    expect(await cluster.nameOf('op')).toBe('operator');
    cluster.nowMs = 60_000;
    await expect(cluster.nameOf('op')).rejects.toMatchObject({ code: 'UNVERIFIED' });
    await expect(cluster.nameOf('op-another')).rejects.toMatchObject({ code: 'UNVERIFIED' });
    cluster.isDown = false;
    expect(await cluster.nameOf('op')).toBe('operator');
  });

  it('are no longer known as soon as the API server says so', async () => {
    let user: string | undefined = 'operator';
    let nowMs = 0;
    const running = new AbortController().signal;
    const ports = { review: async () => user, users: [], mono: () => nowMs, log, running };
    const callers = new ReviewedCallers(ports);
    await callers.callerOf('op');
    user = undefined;
    nowMs = 30_000;
    expect(await callers.callerOf('op')).toBeUndefined();
    nowMs = 30_001;
    expect(await callers.callerOf('op')).toBeUndefined();
  });

  it('count the age of an answer from before it was asked for', async () => {
    const cluster = new Cluster();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    cluster.until = promise;
    const slow = cluster.nameOf('op');
    cluster.nowMs = 31_000;
    resolve(undefined);
    await slow;
    await cluster.nameOf('op');
    expect(cluster.asked).toEqual(['op', 'op']);
  });

  it('that come together are asked for once; too many different ones are turned away for now', async () => {
    const cluster = new Cluster();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    cluster.until = promise;
    const asking = Array.from({ length: 64 }, (_, n) => cluster.nameOf(`op-${n % 32}`));
    await expect(cluster.nameOf('op-32')).rejects.toMatchObject({ code: 'UNVERIFIED' });
    resolve(undefined);
    expect(new Set(await Promise.all(asking))).toEqual(new Set(['operator']));
    expect(cluster.asked).toHaveLength(32);
    expect(await cluster.nameOf('op-32')).toBe('operator');
  });

  it('are forgotten, the oldest first, beyond a thousand', async () => {
    const cluster = new Cluster();
    for (let n = 0; n <= 1000; n++) await cluster.nameOf(`op-${n}`);
    cluster.asked = [];
    for (const n of [1000, 1, 0]) await cluster.nameOf(`op-${n}`);
    expect(cluster.asked).toEqual(['op-0']);
  });
});
