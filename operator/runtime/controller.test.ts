import { AssertionError } from 'node:assert';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Conflict, keyText, type ObjectKey } from '../resources/home.ts';
import { Controller, type ControllerSettings } from './controller.ts';
import { RuntimeMetrics } from './metrics.ts';
import type { Outcome, Reconcile } from './reconcile.ts';
import { HandClock, idle } from './testing/handClock.ts';
import { keyNamed } from './testing/scriptedHome.ts';
import { pause } from './timers.ts';

let clock: HandClock;
let metrics: Registry;
let logged: { readonly msg: string; readonly err?: { readonly stack: string } }[];
let controller: Controller;
let running: Promise<void>;

beforeEach(() => {
  clock = new HandClock();
  metrics = new Registry();
  logged = [];
  running = Promise.resolve();
});
afterEach(async () => {
  await controller.stop(0);
  await running;
  expect(clock.armed).toBe(0);
});

const settled: Outcome = { kind: 'settled' };
const a = keyNamed('a');

function start(reconcile: Reconcile, more: Partial<ControllerSettings> = {}): void {
  const { mono, timers } = clock;
  const log = pino({}, { write: (line: string) => logged.push(JSON.parse(line) as (typeof logged)[number]) });
  const settings = { name: 'deleterequest', reconcile, watches: [], ...more };
  controller = new Controller(settings, { mono, timers, metrics: new RuntimeMetrics(metrics), log });
  running = controller.run();
}

/** Reconciles whose answers are listed; the last one is given from then on. Returns when each began. */
function answering(...answers: (() => Outcome)[]): number[] {
  const began: number[] = [];
  start(async () => {
    began.push(clock.mono());
    const answer = answers[Math.min(began.length, answers.length) - 1];
    return answer?.() ?? settled;
  });
  controller.poke(a);
  return began;
}

function throwing(error: unknown): () => never {
  return () => {
    throw error;
  };
}

async function value(name: string, labels: Record<string, string> = {}): Promise<number | undefined> {
  const figures = await metrics.getSingleMetric(name)?.get();
  return figures?.values.find((at) => Object.entries(labels).every(([label, is]) => at.labels[label] === is))?.value;
}

async function result(of: string): Promise<number | undefined> {
  return value('controller_runtime_reconcile_total', { controller: 'deleterequest', result: of });
}

it('leaves a key that settled until it is brought back', async () => {
  const began = answering(() => settled);
  await clock.advance(10_000_000);
  expect(began).toEqual([0]);
  controller.poke(a);
  controller.poke(a, 500);
  await clock.advance(1000);
  expect(began).toEqual([0, 10_000_000, 10_000_500]);
  expect(await result('success')).toBe(3);
});

it('brings a key back after the time that it asked for', async () => {
  const began = answering(
    () => ({ kind: 'again', afterMs: 250, why: 'the run goes on' }),
    () => settled,
  );
  await clock.advance(10_000);
  expect(began).toEqual([0, 250]);
  expect([await result('requeue_after'), await result('success')]).toEqual([1, 1]);
});

it('does not go round where a reconcile asks for itself at once, for ever', async () => {
  const began = answering(() => ({ kind: 'again', afterMs: 0, why: 'a mistake' }));
  await clock.advance(10_000);
  expect(began.slice(0, 4)).toEqual([0, 5, 15, 35]);
  expect(began.length).toBeLessThan(15);
  expect(await result('requeue')).toBe(began.length);
});

it('leaves a key that waits for a person, and counts it apart from errors', async () => {
  const began = answering(() => ({ kind: 'stalled', reason: 'ApprovalRequired', message: 'set spec.approvedPlan' }));
  await clock.advance(10_000_000);
  expect(began).toEqual([0]);
  expect(await value('controller_runtime_terminal_reconcile_errors_total')).toBe(1);
  expect([await result('success'), await result('error')]).toEqual([1, 0]);
});

it('tries again after a failure, each time later, and starts over once it went well', async () => {
  const broken = throwing(new Error('connect ECONNREFUSED'));
  const began = answering(
    broken,
    broken,
    broken,
    () => settled,
    broken,
    () => settled,
  );
  await clock.advance(1000);
  expect(began).toEqual([0, 5, 15, 35]);
  controller.poke(a);
  await clock.advance(1000);
  expect(began.slice(4)).toEqual([1000, 1005]);
  expect(await result('error')).toBe(4);
  expect(await value('controller_runtime_reconcile_errors_total')).toBe(4);
  expect(await value('controller_runtime_reconcile_panics_total')).toBe(0);
  expect(logged.filter(({ msg }) => msg === 'reconcile failed')).toHaveLength(4);
});

it('looks again soon after a conflict, and counts no error', async () => {
  const began = answering(throwing(new Conflict('a newer version')), () => settled);
  await clock.advance(1000);
  expect(began).toEqual([0, 5]);
  expect([await result('requeue'), await result('error'), await result('success')]).toEqual([1, 0, 1]);
  expect(logged).toEqual([]);
});

const faults: { name: string; thrown: unknown; isPanic: boolean }[] = [
  { name: 'a TypeError', thrown: new TypeError('undefined is not a function'), isPanic: true },
  { name: 'a ReferenceError', thrown: new ReferenceError('x is not defined'), isPanic: true },
  { name: 'a RangeError', thrown: new RangeError('Maximum call stack size exceeded'), isPanic: true },
  { name: 'an AssertionError', thrown: new AssertionError({ message: 'never' }), isPanic: true },
  { name: 'a string', thrown: 'no error at all', isPanic: true },
  { name: 'what is undefined', thrown: undefined, isPanic: true },
  { name: 'a plain Error', thrown: new Error('connect ECONNREFUSED'), isPanic: false },
  { name: 'JSON of others', thrown: new SyntaxError('Unexpected end of JSON input'), isPanic: false },
  {
    name: 'a fetch that failed',
    thrown: new TypeError('fetch failed', { cause: new Error('ECONNRESET') }),
    isPanic: false,
  },
];
it.each(faults)('goes on after $name; a panic: $isPanic', async ({ thrown, isPanic }) => {
  const began = answering(throwing(thrown), () => settled);
  await clock.advance(1000);
  expect(began).toEqual([0, 5]);
  expect(await value('controller_runtime_reconcile_panics_total')).toBe(isPanic ? 1 : 0);
  expect(await result('error')).toBe(1);
  const told = logged.find(({ msg }) => msg.startsWith(isPanic ? 'reconcile panicked' : 'reconcile failed'));
  expect(told?.err?.stack).toMatch(/\n {4}at /);
});

it('takes a time that is none for a panic', async () => {
  const began = answering(
    () => ({ kind: 'again', afterMs: NaN, why: 'a mistake' }),
    () => settled,
  );
  await clock.advance(1000);
  expect(began).toEqual([0, 5]);
  expect(await value('controller_runtime_reconcile_panics_total')).toBe(1);
});

it('aborts a reconcile at its deadline, and tries again', async () => {
  const reasons: unknown[] = [];
  start(
    async (_, signal) => {
      if (reasons.length > 0) return settled;
      await pause(clock.timers, 60_000, signal).finally(() => reasons.push(signal.reason));
      return settled;
    },
    { deadlineMs: 1000 },
  );
  controller.poke(a);
  await clock.advance(10_000);
  expect(String(reasons[0])).toBe('DeadlinePassed: the reconcile did not end within 1000 ms');
  expect([await result('error'), await result('success')]).toEqual([1, 1]);
  expect(controller.ailments()).toEqual([]);
});

it('runs one key by one worker, and as many keys at once as it has workers', async () => {
  const active = new Set<string>();
  let most = 0;
  start(
    async (key, signal) => {
      expect(active.has(keyText(key))).toBe(false);
      active.add(keyText(key));
      most = Math.max(most, active.size);
      await pause(clock.timers, 100, signal);
      active.delete(keyText(key));
      return settled;
    },
    { workers: 3 },
  );
  for (let round = 0; round < 5; round += 1) {
    for (const name of ['a', 'b', 'c', 'd', 'e']) controller.poke(keyNamed(name));
    await clock.advance(70);
  }
  await clock.advance(10_000);
  expect(most).toBe(3);
  expect(await result('error')).toBe(0);
});

it('says that a worker is stuck once it has been at a key for twice its deadline', async () => {
  const freed = Promise.withResolvers<Outcome>();
  start(() => freed.promise, { deadlineMs: 1000 });
  controller.poke(a);
  await clock.advance(2000);
  expect(controller.ailments()).toEqual([]);
  await clock.advance(1000);
  expect(controller.ailments()).toEqual([
    'deleterequest: a worker has been at default/a for 3 s and does not heed its deadline',
  ]);
  expect(await value('workqueue_longest_running_processor_seconds')).toBe(3);
  freed.resolve(settled);
  await idle();
  expect(controller.ailments()).toEqual([]);
});

/** Reconciles that end when they are told to, or with their signal. */
function holding(): { readonly ended: string[]; readonly begun: ObjectKey[] } {
  const record = { ended: [] as string[], begun: [] as ObjectKey[] };
  start(async (key, signal) => {
    record.begun.push(key);
    await pause(clock.timers, 1000, signal).catch((error: unknown) => {
      record.ended.push('aborted');
      throw error;
    });
    record.ended.push('whole');
    return settled;
  });
  return record;
}

it('lets what is on end within the grace of a stop, and begins nothing more', async () => {
  const record = holding();
  controller.poke(a);
  controller.poke(keyNamed('b'));
  await clock.advance(500);
  const stopping = controller.stop(600);
  await clock.advance(500);
  await stopping;
  await running;
  expect(record).toEqual({ begun: [a], ended: ['whole'] });
});

it('aborts what is on after the grace of a stop, and takes that for no error', async () => {
  const record = holding();
  controller.poke(a);
  await clock.advance(500);
  const stopping = controller.stop(300);
  await clock.advance(300);
  await stopping;
  await running;
  expect(record).toEqual({ begun: [a], ended: ['aborted'] });
  expect(await result('error')).toBe(0);
});

it('leaves behind what heeds no signal, and says so', async () => {
  const freed = Promise.withResolvers<Outcome>();
  start(() => freed.promise);
  controller.poke(a);
  await idle();
  const stopping = controller.stop(1000);
  await clock.advance(6000);
  await stopping;
  expect(logged.map(({ msg }) => msg)).toEqual(['reconciles were left behind: they do not heed their signal']);
  freed.resolve(settled);
});
