import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { allDone, inParallel } from './parallel.ts';

/** What has come of it by now. */
async function outcomeOf(work: Promise<unknown>): Promise<string> {
  const settled = work.then(
    () => 'resolved',
    () => 'rejected',
  );
  await setImmediate();
  return Promise.race([settled, Promise.resolve('pending')]);
}

describe('a few things at a time', () => {
  it('are no more at once than was said, and give what they gave in the order of the items', async () => {
    let [going, most] = [0, 0];
    const results = await inParallel(
      Array.from({ length: 20 }, (_, number) => number),
      async (number) => {
        going += 1;
        most = Math.max(most, going);
        for (let turn = 20 - number; turn > 0; turn -= 1) await setImmediate(); // the first takes longest
        going -= 1;
        return number * 2;
      },
      3,
    );
    expect(results).toEqual(Array.from({ length: 20 }, (_, number) => number * 2));
    expect(most).toBe(3);
  });

  it('G1: fail only when nothing of them goes on any more, and none is begun after a failure', async () => {
    const slow = Promise.withResolvers<undefined>();
    const begun: string[] = [];
    const work = inParallel(
      ['slow', 'fails', 'later'],
      async (item) => {
        begun.push(item);
        if (item === 'fails') throw new Error('EIO');
        await slow.promise;
      },
      2,
    );
    expect(await outcomeOf(work)).toBe('pending');
    slow.resolve(undefined);
    await expect(work).rejects.toThrow('EIO');
    expect(begun).toEqual(['slow', 'fails']);
  });

  it('W1: what was begun together fails only when all of it has ended', async () => {
    const slow = Promise.withResolvers<undefined>();
    const work = allDone([Promise.reject(new Error('EIO')), slow.promise]);
    expect(await outcomeOf(work)).toBe('pending');
    slow.resolve(undefined);
    await expect(work).rejects.toThrow('EIO');
  });
});
