import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestOf } from '../../core/oci/digest.ts';
import { parseRepositoryName, parseTag } from '../../core/oci/reference.ts';
import type { Driver } from '../storage/driver.ts';
import { FilesystemDriver } from '../storage/filesystem/driver.ts';
import { layout } from '../storage/layout.ts';
import { MemoryDisk } from '../storage/testing/memoryDisk.ts';
import { MemoryDriver } from '../storage/testing/memoryDriver.ts';
import { known, lifeId, namesAt, signal, utf8, windowId } from '../storage/testing/testStorage.ts';
import { DoneKeyStore } from './doneKeys.ts';
import { type DeletionRequest, type FinishedOutcome, RequestStore } from './requests.ts';

const request: DeletionRequest = {
  id: 'r1',
  life: lifeId('life'),
  target: { kind: 'tag', repository: known(parseRepositoryName('a/b')), tag: known(parseTag('v1')) },
};
const first = windowId('w1');
const second = windowId('w2');

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'coppice-requests-'));
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

const disks: { on: string; open: () => Driver }[] = [
  { on: 'a filesystem', open: () => new FilesystemDriver(root) },
  { on: 'memory', open: () => new MemoryDriver(new MemoryDisk(() => 1_000)) },
];

describe.each(disks)('requests on $on', ({ open }) => {
  let driver: Driver;
  let requests: RequestStore;
  beforeEach(async () => {
    driver = open();
    requests = new RequestStore(driver);
    await requests.open(request, signal);
  });

  it('go from open over claimed to done, with the outcome', async () => {
    expect(await requests.listOpen(signal)).toEqual([request]);
    expect(await requests.find('r1', signal)).toEqual({ is: 'open' });
    expect(await requests.claim('r1', 'open', first, signal)).toBe('won');
    expect(await requests.listOpen(signal)).toEqual([]);
    expect(await requests.listClaimed(signal)).toEqual([{ window: first, request }]);
    expect(await requests.find('r1', signal)).toEqual({ is: 'claimed', window: first });
    expect(await requests.finish('r1', first, { is: 'deleted' }, signal)).toBe('won');
    expect(await requests.find('r1', signal)).toEqual({ is: 'done', outcome: { is: 'deleted' } });
    await requests.forget('r1', signal);
    expect(await requests.find('r1', signal)).toEqual({ is: 'absent' });
  });

  it.each<FinishedOutcome>([
    { is: 'absent' },
    { is: 'referredTo', referrers: [known(digestOf('sha256', 'a'.repeat(64)))] },
  ])('tell that they are done, $is, and leave nothing behind once that was told', async (outcome) => {
    await requests.claim('r1', 'open', first, signal);
    expect(await requests.finish('r1', first, outcome, signal)).toBe('won');
    expect(await requests.find('r1', signal)).toEqual({ is: 'done', outcome });
    await requests.forget('r1', signal);
    expect(await requests.find('r1', signal)).toEqual({ is: 'absent' });
    expect(await namesAt(driver, layout.doneRequests)).toEqual([]);
  });

  it('leave no folder of a window behind once all of it is answered, for whoever waits looks through all folders', async () => {
    const folders = async (): Promise<readonly string[] | undefined> => namesAt(driver, layout.claims);
    for (const id of ['r2', 'r3']) await requests.open({ ...request, id }, signal);
    for (const id of ['r1', 'r2', 'r3']) await requests.claim(id, 'open', first, signal);
    await requests.finish('r1', first, { is: 'deleted' }, signal);
    await requests.forget('r1', signal);
    expect(await folders()).toEqual([first]); // two are still claimed
    await requests.finish('r2', first, { is: 'absent' }, signal);
    await requests.finish('r3', first, { is: 'absent' }, signal);
    await requests.forget('r2', signal);
    expect(await requests.find('r3', signal)).toEqual({ is: 'done', outcome: { is: 'absent' } });
    await requests.forget('r3', signal);
    expect(await folders()).toEqual([]);
  });

  it('are decided by one of all who try at once', async () => {
    const outcomes = await Promise.all([
      requests.claim('r1', 'open', first, signal),
      requests.claim('r1', 'open', second, signal),
      requests.withdraw('r1', 'open', signal),
      requests.withdraw('r1', 'open', signal),
    ]);
    expect(outcomes.filter((outcome) => outcome === 'won')).toHaveLength(1);
  });

  it('say from where they were withdrawn', async () => {
    await requests.open({ ...request, id: 'r2' }, signal);
    await requests.claim('r2', 'open', first, signal);
    expect(await requests.withdraw('r1', 'open', signal)).toBe('won');
    expect(await requests.withdraw('r2', first, signal)).toBe('won');
    expect(await requests.find('r1', signal)).toEqual({ is: 'withdrawn', from: 'open' });
    expect(await requests.find('r2', signal)).toEqual({ is: 'withdrawn', from: 'claimed' });
    expect(await requests.claim('r1', 'open', second, signal)).toBe('lost');
    expect(await requests.claim('r2', first, second, signal)).toBe('lost');
  });

  it('take the outcome of the window that finished them, not of one whose executor woke up late', async () => {
    await requests.claim('r1', 'open', first, signal);
    await requests.claim('r1', first, second, signal);
    expect(await requests.finish('r1', second, { is: 'deleted' }, signal)).toBe('won');
    expect(await requests.finish('r1', first, { is: 'absent' }, signal)).toBe('lost');
    expect(await requests.find('r1', signal)).toEqual({ is: 'done', outcome: { is: 'deleted' } });
  });

  it('G1: reject where one is not understood', async () => {
    await driver.write(layout.request('r2'), utf8('{"id":"r2"}'), signal);
    await expect(requests.listOpen(signal)).rejects.toThrow('not understood');
    await driver.write(layout.request('r2'), utf8(JSON.stringify(request)), signal);
    await expect(requests.listOpen(signal)).rejects.toThrow('not understood');
  });

  it('are tidied when nobody asked for their answers, and the keys of DeleteRequests are not', async () => {
    const keys = new DoneKeyStore(driver);
    const key = 'ab'.repeat(32);
    await keys.write(key, { at: 1, run: 'run' }, signal);
    await requests.claim('r1', 'open', first, signal);
    await requests.finish('r1', first, { is: 'deleted' }, signal);
    await requests.open({ ...request, id: 'r2' }, signal);
    await requests.withdraw('r2', 'open', signal);
    await requests.open({ ...request, id: 'r3' }, signal);
    await requests.claim('r3', 'open', second, signal);
    await requests.tidy(0, signal);
    expect((await requests.find('r1', signal)).is).toBe('done');
    await requests.tidy(Number.MAX_SAFE_INTEGER, signal);
    expect(await namesAt(driver, layout.doneRequests)).toEqual([key]);
    expect(await namesAt(driver, layout.withdrawnRequests)).toEqual([]);
    expect(await requests.find('r3', signal)).toEqual({ is: 'claimed', window: second });
    expect(await keys.read(key, signal)).toEqual({ at: 1, run: 'run' });
  });
});

describe('keys of DeleteRequests', () => {
  it('D1: stay as they were written first', async () => {
    const keys = new DoneKeyStore(new MemoryDriver(new MemoryDisk(() => 1)));
    const key = '0'.repeat(64);
    expect(await keys.read(key, signal)).toBeUndefined();
    await keys.write(key, { at: 1, run: 'first' }, signal);
    await keys.write(key, { at: 2, run: 'second' }, signal);
    expect(await keys.read(key, signal)).toEqual({ at: 1, run: 'first' });
    await expect(keys.read('r1', signal)).rejects.toThrow('not the key');
  });
});
