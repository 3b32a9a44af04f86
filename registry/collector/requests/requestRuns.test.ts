import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { begin, fence, type Gate, isWindow } from '../../../core/window/gate.ts';
import { parseLifeId, parseWindowId } from '../../../core/window/identity.ts';
import type { Timers } from '../../window/ports.ts';
import { CollectorWorld, settings } from '../testing/collectorWorld.ts';
import { repositoryNamed, tagNamed } from '../testing/imageTree.ts';
import { RequestRuns } from './requestRuns.ts';

const executor = { name: 'another' };
let world: CollectorWorld;
beforeEach(async () => {
  world = new CollectorWorld();
  await world.open();
});
afterEach(async () => {
  await world.close();
  expect(world.failures).toEqual([]);
});

async function gateNow(): Promise<Gate> {
  const gate = await world.records.gates.read(world.signal);
  if (gate === undefined) throw new Error('no gate');
  return gate;
}

/** Another executor begins, and serves nobody. */
async function mark(): Promise<void> {
  const gate = await gateNow();
  if (isWindow(gate)) throw new Error('a window stands');
  expect(await world.records.gates.cas(begin(gate, world.freshRun(), executor), world.signal)).toBe('won');
}

/** A life that is gone, and whose fencing the next executor has to finish. */
async function fenceOne(): Promise<void> {
  const [gate, life] = [await gateNow(), parseLifeId(randomUUID())];
  if (isWindow(gate) || life === undefined) throw new Error('no gate to fence in');
  expect(await world.records.gates.cas(fence(gate, [life], await world.driver.now(world.signal)), world.signal)).toBe(
    'won',
  );
}

async function request(): Promise<string> {
  const [id, life] = [randomUUID(), parseLifeId(randomUUID())];
  if (life === undefined) throw new Error('no life');
  const target = { kind: 'tag', repository: repositoryNamed('team/app'), tag: tagNamed('v1') } as const;
  await world.records.requests.open({ id, life, target }, world.signal);
  return id;
}

async function claim(id: string): Promise<void> {
  const window = parseWindowId(randomUUID());
  if (window === undefined) throw new Error('no window');
  expect(await world.records.requests.claim(id, 'open', window, world.signal)).toBe('won');
}

/** Requests wait in one process, on a clock that goes on with its pauses; when it was that `isOver` first said so of a pause that was to come, ms. */
async function waitUntil(isOver: (from: number, to: number) => Promise<boolean>): Promise<number> {
  let now = 0;
  const over = Promise.withResolvers<number>();
  const timers: Timers = {
    after: (ms, run) => {
      setImmediate(() => {
        void isOver(now, now + ms).then((isSo) => {
          if (isSo) over.resolve(now);
          now += ms;
          run();
        });
      });
      return { cancel: () => undefined };
    },
  };
  const ports = { ...world.ports(), timers, mono: () => now };
  const runs = new RequestRuns(ports, settings, (error) => world.failures.push(error), world.signal);
  await runs.during(() => over.promise);
  await runs.idle();
  return over.promise;
}

/** A little before two polls are over. */
const lateBy = 100;

it.each<{ when: string; then: (id: string) => Promise<unknown>; anew: boolean }>([
  {
    when: 'somebody withdraws one',
    then: async (id) => world.records.requests.withdraw(id, 'open', world.signal),
    anew: false,
  },
  { when: 'the executor claims one', then: claim, anew: true },
  { when: 'another executor begins', then: mark, anew: true },
])(
  'throws a mark away that claims no request for two polls; $when shortly before: anew is $anew',
  async ({ then, anew }) => {
    const patienceMs = (await gateNow()).durations.permitTTLMs / 2;
    await mark();
    const [id] = [await request(), await request()];

    let marked: number | undefined;
    const thrownAwayAt = await waitUntil(async (from, to) => {
      const { epoch } = await gateNow();
      if (from < patienceMs - lateBy && to >= patienceMs - lateBy) {
        await then(id);
        marked = (await gateNow()).epoch;
        return false;
      }
      return marked !== undefined && epoch > marked;
    });

    const anewAt = anew ? patienceMs - lateBy : 0;
    expect(thrownAwayAt).toBeGreaterThanOrEqual(anewAt + patienceMs);
    expect(thrownAwayAt).toBeLessThan(anewAt + patienceMs + lateBy);
  },
);

it('leaves an executor alone until it has waited for the permits of fenced lives, as whoever took its mark would have to', async () => {
  const { permitTTLMs } = (await gateNow()).durations;
  await fenceOne();
  await mark();
  const { epoch } = await gateNow();
  await request();

  const thrownAwayAt = await waitUntil(async () => (await gateNow()).epoch > epoch);
  expect(thrownAwayAt).toBeGreaterThanOrEqual(permitTTLMs * 1.5);
});

it('serves what waits in several replicas though a life has to be fenced first', async () => {
  const tags = ['v1', 'v2', 'v3'];
  for (const tag of tags) world.tree.image('team/app', tag, { tag });
  const replicas = await Promise.all(tags.map(async (tag) => ({ tag, ...(await world.replica({}, 20_000)) })));
  await fenceOne();
  const answers = await Promise.all(
    replicas.map(async ({ tag, deletions }) =>
      deletions.request({ kind: 'tag', repository: repositoryNamed('team/app'), tag: tagNamed(tag) }, world.signal),
    ),
  );
  expect(answers).toEqual(tags.map(() => ({ is: 'deleted' })));
});
