import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Searched } from './testing/explorer/exhaustive.ts';
import { brokenSearches, searches } from './testing/explorer/searches.ts';
import { Threads } from './testing/threads.ts';

const threads = 2;

let states = 0;
let crowd: Threads<string, Searched>;
beforeAll(() => {
  crowd = Threads.start(new URL('testing/explorer/searchWorker.ts', import.meta.url), threads);
});
afterAll(async () => {
  await crowd.end();
  console.log(`${states} states in all`);
});

describe.concurrent('every order of steps in a small world', () => {
  it.each(searches)('W1, G2: keeps what is pushed, with $name', async ({ name, limit }) => {
    const found = await crowd.ask(name);
    states += found.states;
    console.log(`${name}: ${found.states} states, ${found.isComplete ? 'complete' : 'bounded'}`);
    expect(found.history?.join('\n')).toBeUndefined();
    expect(found.pushes).toBeGreaterThan(0);
    expect(found.isComplete).toBe(limit === undefined);
  });

  it.each(brokenSearches)('loses a push without $name', async ({ name }) => {
    const { history, states: needed } = await crowd.ask(name);
    console.log(`without ${name}: lost after ${(history?.length ?? 0) - 1} steps, ${needed} states`);
    expect(history?.at(-1)).toContain('G2: tag:t0 refers to m0, and data:b0 is missing');
  });
});

it('every order of steps in small worlds reaches a million states', () => {
  expect(states).toBeGreaterThanOrEqual(1_000_000);
});
