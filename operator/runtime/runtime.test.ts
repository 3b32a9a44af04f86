import { once } from 'node:events';
import { type DestinationStream, pino } from 'pino';
import { Registry } from 'prom-client';
import { beforeEach, expect, it } from 'vitest';
import type { Kinds } from '../api/types.ts';
import { Conflict, type ObjectKey } from '../resources/home.ts';
import { Controller, type ControllerSettings } from './controller.ts';
import { RuntimeMetrics } from './metrics.ts';
import type { Outcome } from './reconcile.ts';
import { Runtime, type RuntimeParts } from './runtime.ts';
import { HandClock, idle } from './testing/handClock.ts';
import { keyNamed, requestBody, ScriptedHome } from './testing/scriptedHome.ts';
import { pause } from './timers.ts';
import { intentChanged, watchDependency, watchOwn } from './watch.ts';

let clock: HandClock;
let home: ScriptedHome;
let metrics: Registry;
let stop: AbortController;
let reconciled: string[];
let logged: string[];

beforeEach(() => {
  clock = new HandClock();
  home = new ScriptedHome();
  metrics = new Registry();
  stop = new AbortController();
  reconciled = [];
  logged = [];
});

const settled: Outcome = { kind: 'settled' };
const sink: DestinationStream = { write: (line) => logged.push((JSON.parse(line) as { msg: string }).msg) };

function build(settings: Partial<ControllerSettings> = {}, parts: Partial<RuntimeParts> = {}): Runtime {
  const { mono, timers } = clock;
  const log = pino({}, sink);
  const usual: ControllerSettings = {
    name: 'deleterequest',
    watches: [watchOwn('DeleteRequest')],
    reconcile: async ({ name }) => {
      reconciled.push(name);
      return settled;
    },
  };
  const ports = { mono, timers, metrics: new RuntimeMetrics(metrics), log };
  const controllers = [new Controller({ ...usual, ...settings }, ports)];
  return new Runtime({ home, mono, timers, random: () => 0, log, controllers, ...parts });
}

it('begins no work before every kind was listed', async () => {
  const { DeleteRequest, Registry: registries } = home.shelves;
  DeleteRequest.put('a', requestBody());
  registries.failures.push(new Error('not there yet'));
  const watches = [watchOwn('DeleteRequest'), watchDependency({ kind: 'Registry', toKeys: () => [] })];
  const runtime = build({ watches });
  const running = runtime.run(stop.signal);
  await idle();
  expect([runtime.isReady, reconciled]).toEqual([false, []]);
  await clock.advance(800);
  expect([runtime.isReady, reconciled]).toEqual([true, ['a']]);
  expect(home.shelves.CollectionRun.lists).toBe(0);
  stop.abort();
  await running;
  expect(runtime.isReady).toBe(false);
});

it('stops also where nothing was ever listed', async () => {
  home.shelves.DeleteRequest.failures.push(...Array.from({ length: 9 }, () => new Error('not there')));
  const running = build().run(stop.signal);
  await clock.advance(5000);
  stop.abort();
  await idle();
  await running;
  expect(reconciled).toEqual([]);
  expect(logged).not.toContain('operator begins: every kind was listed');
  expect(clock.armed).toBe(0);
});

it('stops in order: no more keys, then reconciles that are on, then tasks, then what is to be flushed', async () => {
  const order: string[] = [];
  home.shelves.DeleteRequest.put('a', requestBody());
  home.shelves.DeleteRequest.put('b', requestBody());
  const running = build(
    {
      reconcile: async ({ name }, signal) => {
        await pause(clock.timers, 1000, signal);
        order.push(`reconciled ${name}`);
        return settled;
      },
    },
    {
      tasks: [
        async (signal) => {
          await once(signal, 'abort');
          order.push('task ended');
        },
      ],
      flush: async () => {
        order.push('flushed');
      },
    },
  ).run(stop.signal);
  await clock.advance(500);
  stop.abort();
  await clock.advance(500);
  await running;
  expect(order).toEqual(['reconciled a', 'task ended', 'flushed']);
  expect(clock.armed).toBe(0);
});

it('ends everything at once with the reason of a task that fails, and flushes nonetheless', async () => {
  const order: string[] = [];
  home.shelves.DeleteRequest.put('a', requestBody());
  const lost = Promise.withResolvers<undefined>();
  const running = build(
    {
      reconcile: async (_, signal) => {
        await pause(clock.timers, 60_000, signal).catch(() => order.push('aborted'));
        return settled;
      },
    },
    {
      tasks: [
        async () => {
          await lost.promise;
        },
      ],
      flush: async () => {
        order.push('flushed');
      },
    },
  ).run(stop.signal);
  await idle();
  lost.reject(new Error('another operator took over'));
  await expect(running).rejects.toThrow('another operator took over');
  expect(order).toEqual(['aborted', 'flushed']);
  expect(clock.armed).toBe(0);
});

it('goes on beside a task that ends', async () => {
  const running = build({}, { tasks: [async () => undefined] }).run(stop.signal);
  await idle();
  home.shelves.DeleteRequest.put('a', requestBody());
  await idle();
  expect(reconciled).toEqual(['a']);
  stop.abort();
  await running;
});

it('leaves a task behind that heeds no signal, and says so', async () => {
  const running = build({}, { tasks: [() => new Promise(() => undefined)] }).run(stop.signal);
  await idle();
  stop.abort();
  await clock.advance(5000);
  await running;
  expect(logged).toContain('something of the operator was left behind: it does not heed its signal');
});

/** Writes its status as a reconciler does: first that it is at it, then what came of it; the first write meets a conflict where it is told to. */
function writing(conflicts: Set<string>): (key: ObjectKey) => Promise<Outcome> {
  const { DeleteRequest } = home.shelves;
  const counts = new Map<string, number>();
  return async (key) => {
    reconciled.push(key.name);
    const observed = DeleteRequest.get(key);
    if (observed === undefined) return settled;
    if (conflicts.delete(key.name)) throw new Conflict('a newer version');
    const count = (counts.get(key.name) ?? 0) + 1;
    counts.set(key.name, count);
    const { generation } = observed.metadata;
    const status: Kinds['DeleteRequest']['status'] = { observedGeneration: count === 1 ? 0 : generation };
    DeleteRequest.put(key.name, { spec: observed.spec, status });
    return count === 1 ? { kind: 'again', afterMs: 250, why: 'the run goes on' } : settled;
  };
}

it.each([
  { name: 'that sees only intent', matters: intentChanged, each: 2 },
  // Its own two writes each bring it back once more, and the same status written over itself is no change in a home.
  { name: 'that sees its own status too', matters: undefined, each: 4 },
])(
  'settles 2,000 objects by a controller $name in $each reconciles each at most, and rests then',
  async (row) => {
    const { DeleteRequest } = home.shelves;
    const names = Array.from({ length: 2000 }, (_, at) => `request-${at}`);
    for (const name of names) DeleteRequest.put(name, requestBody());
    const conflicting = new Set(names.slice(0, 50));
    const inner = writing(new Set(conflicting));
    const reconcile = async (key: ObjectKey): Promise<Outcome> => {
      const status = DeleteRequest.get(key)?.status.observedGeneration;
      if (status !== 1) return inner(key);
      reconciled.push(key.name);
      return settled;
    };
    const running = build({ watches: [watchOwn('DeleteRequest', row.matters)], reconcile, workers: 4 }).run(
      stop.signal,
    );
    await clock.advance(60_000);
    expect(names.every((name) => DeleteRequest.get(keyNamed(name))?.status.observedGeneration === 1)).toBe(true);
    const counts = Map.groupBy(reconciled, (name) => name);
    for (const name of names) {
      const most = row.each + (conflicting.has(name) ? 1 : 0);
      expect(counts.get(name)?.length ?? 0).toBeLessThanOrEqual(most);
    }
    const total = reconciled.length;
    if (row.matters !== undefined) expect(total).toBe(2000 * 2 + 50);
    await clock.advance(3_600_000);
    expect(reconciled.length).toBe(total);
    stop.abort();
    await running;
  },
  60_000,
);
