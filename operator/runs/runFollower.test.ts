import { describe, expect, it } from 'vitest';
import { Problem } from '../../core/admin/problem.ts';
import type { RunOrder } from '../../core/admin/schema.ts';
import { FakeReplicas } from '../admin/testing/fakeReplicas.ts';
import { Unanswered } from '../admin/client.ts';
import { isLost, isSilent, RunFollower, type Followed } from './runFollower.ts';

const { signal } = new AbortController();
const order: RunOrder = { id: 'a-run', mode: 'execute', input: { policies: [], requests: [] } };

function setting() {
  const replicas = new FakeReplicas();
  const clock = { ms: 0 };
  return { replicas, clock, follower: new RunFollower(() => clock.ms) };
}

async function followed(answer: Promise<Followed | 'differs' | undefined>): Promise<Followed> {
  const one = await answer;
  if (one === undefined || one === 'differs') throw new Error(`the run is not there: ${String(one)}`);
  return one;
}

describe('following a run', () => {
  it('orders it where no replica knows it, and only then', async () => {
    const { replicas, follower } = setting();
    expect(await follower.look(replicas, order.id, signal)).toBeUndefined();
    await follower.follow(replicas, order, signal);
    await follower.follow(replicas, order, signal);
    expect(replicas.begun).toEqual(['a-run']);
    replicas.lose(order.id);
    await follower.follow(replicas, order, signal);
    expect(replicas.begun).toEqual(['a-run', 'a-run']);
  });

  it('looks every quarter of a second at first, and every two seconds later', async () => {
    const { replicas, clock, follower } = setting();
    await follower.order(replicas, order, signal);
    const looks = [];
    for (const ms of [0, 250, 1000, 3000, 60_000]) {
      clock.ms = ms;
      looks.push((await followed(follower.look(replicas, order.id, signal))).pauseMs);
    }
    expect(looks).toEqual([250, 250, 500, 1500, 2000]);
  });

  it('orders it again after 15 s without a change, and then again only after 15 s more', async () => {
    const { replicas, clock, follower } = setting();
    await follower.follow(replicas, order, signal);
    for (const [ms, times] of [
      [14_999, 1],
      [15_000, 2],
      [20_000, 2],
      [30_000, 3],
    ] as const) {
      clock.ms = ms;
      await follower.follow(replicas, order, signal);
      expect(replicas.begun).toHaveLength(times);
    }
    expect(replicas.orders).toHaveLength(1);
  });

  it('leaves one that changes, and one that has ended, as it is', async () => {
    const { replicas, clock, follower } = setting();
    await follower.follow(replicas, order, signal);
    clock.ms = 10_000;
    replicas.show({ ...replicas.view(order.id), progress: { phase: 'Marking', done: 1, total: 2 } });
    await follower.follow(replicas, order, signal);
    clock.ms = 24_000;
    await follower.follow(replicas, order, signal);
    replicas.end(order.id);
    await follower.follow(replicas, order, signal);
    clock.ms = 1_000_000;
    const ended = await followed(follower.follow(replicas, order, signal));
    expect(ended.unchangedMs).toBe(976_000);
    expect(isSilent(ended) || isLost(ended)).toBe(false);
    expect(replicas.begun).toHaveLength(1);
  });

  it('stops one that was ordered otherwise, and says so', async () => {
    const { replicas, follower } = setting();
    await follower.follow(replicas, order, signal);
    const other = { ...order, approvedPlan: `sha256:${'a'.repeat(64)}` };
    expect(await follower.order(replicas, other, signal)).toBe('differs');
    expect(replicas.cancelled).toEqual(['a-run']);
  });

  it('says where nobody can be asked to stop one, and rejects where nobody can say how it stands', async () => {
    const { replicas, follower } = setting();
    await follower.follow(replicas, order, signal);
    replicas.isSilent = true;
    expect(await follower.cancel(replicas, order.id, signal)).toBe('notNow');
    await expect(follower.follow(replicas, order, signal)).rejects.toThrow(Unanswered);
    replicas.isSilent = false;
    replicas.refusal = new Problem('RUN_ELSEWHERE', 'registry-2 carries it out');
    expect(await follower.cancel(replicas, order.id, signal)).toBe('notNow');
    replicas.refusal = new Problem('FORBIDDEN', 'this key may not');
    await expect(follower.cancel(replicas, order.id, signal)).rejects.toThrow('may not');
  });

  it('counts one as lost that was not heard of for a minute', async () => {
    const { replicas, clock, follower } = setting();
    await follower.order(replicas, order, signal);
    await follower.look(replicas, order.id, signal);
    clock.ms = 59_999;
    expect(isLost(await followed(follower.look(replicas, order.id, signal)))).toBe(false);
    clock.ms = 60_000;
    expect(isLost(await followed(follower.look(replicas, order.id, signal)))).toBe(true);
  });
});
