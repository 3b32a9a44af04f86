import fc from 'fast-check';
import { beforeEach, expect, it } from 'vitest';
import { WorkQueue } from './queue.ts';
import { RateLimiter } from './rateLimiter.ts';
import { HandClock, idle } from './testing/handClock.ts';
import { pause } from './timers.ts';

const told = {
  onAdded: () => undefined,
  onTaken: () => undefined,
  onDone: () => undefined,
  onRetried: () => undefined,
};

function build(clock: HandClock): WorkQueue<string> {
  const { mono, timers } = clock;
  return new WorkQueue({ text: (item) => item, mono, timers, limiter: new RateLimiter(mono), metrics: told });
}

let clock: HandClock;
let queue: WorkQueue<string>;
beforeEach(() => {
  clock = new HandClock();
  queue = build(clock);
});

it('hands out in the order of adding, each once however often it was added', async () => {
  for (const item of ['a', 'b', 'a', 'c', 'b']) queue.add(item);
  expect([await queue.take(), await queue.take(), await queue.take()]).toEqual(['a', 'b', 'c']);
  expect(queue.standing().depth).toBe(0);
});

it('brings an item that is added while it is worked on back after, and not before', async () => {
  queue.add('a');
  await queue.take();
  queue.add('a');
  queue.add('a');
  const next = queue.take();
  let isTaken = false;
  void next.then(() => (isTaken = true));
  await idle();
  expect(isTaken).toBe(false);
  expect(queue.standing().depth).toBe(1);
  queue.done('a');
  expect(await next).toBe('a');
  queue.done('a');
  expect(queue.standing()).toEqual({ depth: 0, workingMs: [] });
});

it('counts an item once while it waits, from its first adding on', async () => {
  const { mono, timers } = clock;
  const waits: number[] = [];
  let adds = 0;
  const metrics = { ...told, onAdded: () => (adds += 1), onTaken: (ms: number) => waits.push(ms) };
  queue = new WorkQueue({ text: (item) => item, mono, timers, limiter: new RateLimiter(mono), metrics });
  const addTwice = async (): Promise<void> => {
    queue.add('a');
    await clock.advance(70);
    queue.add('a');
    await clock.advance(30);
  };
  await addTwice();
  expect([adds, await queue.take()]).toEqual([1, 'a']);
  await addTwice();
  queue.done('a');
  expect([adds, await queue.take()]).toEqual([2, 'a']);
  expect(waits).toEqual([100, 100]);
});

it('hands an item to one who waited for it', async () => {
  const taken = [queue.take(), queue.take()];
  queue.add('a');
  queue.add('b');
  expect(await Promise.all(taken)).toEqual(['a', 'b']);
});

it('keeps the earliest of several times', async () => {
  queue.addAfter('a', 500);
  queue.addAfter('a', 100);
  queue.addAfter('a', 900);
  await clock.advance(99);
  expect(queue.standing().depth).toBe(0);
  await clock.advance(1);
  expect(await queue.take()).toBe('a');
  queue.done('a');
  await clock.advance(10_000);
  expect(queue.standing().depth).toBe(0);
});

it('waits for a time a year ahead in stretches that a timer of Node’s can hold', async () => {
  const longest = 2 ** 31 - 1;
  const asked: number[] = [];
  const timers = {
    after: (ms: number, run: () => void) => {
      asked.push(ms);
      return clock.timers.after(ms, run);
    },
  };
  const { mono } = clock;
  queue = new WorkQueue({ text: (item) => item, mono, timers, limiter: new RateLimiter(mono), metrics: told });
  const year = 365 * 24 * 3_600_000;
  queue.addAfter('a', year);
  await clock.advance(year - 1);
  expect(queue.standing().depth).toBe(0);
  await clock.advance(1);
  expect(queue.standing().depth).toBe(1);
  expect(Math.max(...asked)).toBeLessThan(longest);
});

it('refuses a time that is none', () => {
  expect(() => {
    queue.addAfter('a', NaN);
  }).toThrow(RangeError);
});

it('refuses the end of what nobody took', () => {
  queue.add('a');
  expect(() => {
    queue.done('a');
  }).toThrow('nobody works on it');
});

it('doubles the wait of an item that fails, up to 1000 s, until its failures are forgotten', () => {
  const waits = Array.from({ length: 20 }, () => queue.addRateLimited('a'));
  expect(waits.slice(0, 4)).toEqual([5, 10, 20, 40]);
  expect(waits.slice(-3)).toEqual([655_360, 1_000_000, 1_000_000]);
  expect(queue.failures('a')).toBe(20);
  queue.forget('a');
  expect(queue.addRateLimited('a')).toBe(5);
  expect(queue.addRateLimited('b')).toBe(5);
});

it('lets a hundred failures come back at once, and then ten a second', async () => {
  const fail = (count: number, of: string): number[] =>
    Array.from({ length: count }, (_, at) => queue.addRateLimited(`${of}${at}`));
  expect(new Set(fail(100, 'a'))).toEqual(new Set([5]));
  expect(fail(3, 'b')).toEqual([100, 200, 300]);
  await clock.advance(1300);
  expect(fail(11, 'c')).toEqual([...Array.from({ length: 10 }, () => 5), 100]);
  await clock.advance(3_600_000);
  expect(fail(101, 'd').slice(-2)).toEqual([5, 100]); // an hour of quiet saves up no more than a hundred
});

it('hands out nothing once it is shut, and is drained when the last item is done', async () => {
  queue.add('a');
  queue.add('b');
  queue.addAfter('c', 10);
  await queue.take();
  const waiting = queue.take();
  queue.done('b');
  const more = [queue.take()];
  queue.shutDown();
  let isDrained = false;
  void queue.drained().then(() => (isDrained = true));
  queue.add('d');
  queue.addAfter('e', 10);
  expect(await Promise.all([waiting, ...more, queue.take()])).toEqual(['b', undefined, undefined]);
  await idle();
  expect(isDrained).toBe(false);
  queue.add('a');
  queue.done('a');
  await queue.drained();
  expect(clock.armed).toBe(0);
});

type Step =
  | { readonly do: 'add'; readonly item: string }
  | { readonly do: 'addAfter'; readonly item: string; readonly ms: number }
  | { readonly do: 'advance'; readonly ms: number };

const items = fc.constantFrom('a', 'b', 'c');
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('add' as const), item: items }),
    fc.record({ do: fc.constant('addAfter' as const), item: items, ms: fc.integer({ min: 0, max: 60 }) }),
    fc.record({ do: fc.constant('advance' as const), ms: fc.integer({ min: 0, max: 25 }) }),
  ),
  { maxLength: 40 },
);

it('never gives one item to two workers, loses no add, and does no work that nobody asked for', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1 }), async (script, durations) => {
      const clock = new HandClock();
      const queue = build(clock);
      const active = new Set<string>();
      const begun: { readonly item: string; readonly turn: number; readonly at: number }[] = [];
      const asked: { readonly item: string; readonly turn: number; readonly dueAt: number }[] = [];
      let turn = 0;
      const work = async (): Promise<void> => {
        for (let item = await queue.take(); item !== undefined; item = await queue.take()) {
          expect(active.has(item)).toBe(false);
          active.add(item);
          begun.push({ item, turn: (turn += 1), at: clock.mono() });
          const ms = durations[begun.length % durations.length] ?? 0;
          await pause(clock.timers, ms, new AbortController().signal);
          active.delete(item);
          queue.done(item);
        }
      };
      const workers = [work(), work(), work()];
      for (const step of script) {
        if (step.do === 'advance') {
          await clock.advance(step.ms);
          continue;
        }
        const ms = step.do === 'add' ? 0 : step.ms;
        asked.push({ item: step.item, turn: (turn += 1), dueAt: clock.mono() + ms });
        if (step.do === 'add') queue.add(step.item);
        else queue.addAfter(step.item, ms);
      }
      await clock.advance(10_000);
      for (const { item, turn: at } of asked)
        expect(begun.some((work) => work.item === item && work.turn > at)).toBe(true);
      for (const { item, turn: at, at: ms } of begun)
        expect(asked.some((ask) => ask.item === item && ask.turn < at && ask.dueAt <= ms)).toBe(true);
      for (const item of new Set(begun.map((work) => work.item)))
        expect(begun.filter((work) => work.item === item).length).toBeLessThanOrEqual(
          asked.filter((ask) => ask.item === item).length,
        );
      queue.shutDown();
      await Promise.all(workers);
      await queue.drained();
    }),
  );
});
