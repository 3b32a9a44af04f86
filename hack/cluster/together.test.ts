import { once } from 'node:events';
import { expect, it } from 'vitest';
import { startTogether } from './together.ts';

const { signal } = new AbortController();

it('resolves when all have started', async () => {
  const started: string[] = [];
  const starting = ['first', 'second'].map((name) => async () => started.push(name));
  await startTogether(starting, signal);
  expect(started).toEqual(['first', 'second']);
});

it('gives the others up where one fails, waits until they have stopped, and says why the one did', async () => {
  const seen: string[] = [];
  const patient = async (its: AbortSignal): Promise<void> => {
    await once(its, 'abort');
    await Promise.resolve();
    seen.push('stopped');
    throw new Error('given up');
  };
  const failing = async (): Promise<void> => {
    throw new Error('the port is taken');
  };
  await expect(startTogether([patient, failing], signal)).rejects.toThrow('the port is taken');
  expect(seen).toEqual(['stopped']);
});

it('is given up by its caller', async () => {
  const calling = new AbortController();
  const starting = startTogether(
    [(its) => once(its, 'abort').then(() => Promise.reject(its.reason as Error))],
    calling.signal,
  );
  calling.abort(new Error('no patience'));
  await expect(starting).rejects.toThrow('no patience');
});
