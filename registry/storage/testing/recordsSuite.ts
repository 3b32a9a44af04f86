import { expect, it } from 'vitest';
import type { Driver } from '../driver.ts';
import { StorageError } from '../driver.ts';
import { layout } from '../layout.ts';
import { lifeId, namesAt, signal, textAt, utf8, windowId } from './testStorage.ts';

const path = layout.gate(1);
const racers = Array.from({ length: 16 }, (_, n) => n);

export function describeRecords(another: () => Driver): void {
  it('creates once, makes the parents, and leaves what is there', async () => {
    const driver = another();
    expect(await driver.create(path, utf8('first'), signal)).toBe('created');
    expect(await driver.create(path, utf8('second'), signal)).toBe('exists');
    expect(await textAt(driver, path)).toBe('first');
    expect(await namesAt(driver, layout.gates)).toEqual(['0000000000000001']);
  });

  it('lets one of sixteen creators win, with its own bytes', async () => {
    const outcomes = await Promise.all(racers.map(async (n) => another().create(path, utf8(`by ${n}`), signal)));
    expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1);
    expect(await textAt(another(), path)).toBe(`by ${outcomes.indexOf('created')}`);
  });

  it('writes over what is there, and a reader sees the old bytes or the new, never a part', async () => {
    const [old, young] = ['o'.repeat(4000), 'y'.repeat(3000)];
    const writer = another();
    await writer.write(path, utf8(old), signal);
    const reader = another();
    const read: (string | undefined)[] = [];
    const stop = new AbortController();
    const reading = (async (): Promise<void> => {
      while (!stop.signal.aborted) read.push(await textAt(reader, path));
    })();
    for (let round = 0; round < 10; round += 1) await writer.write(path, utf8(round % 2 === 0 ? young : old), signal);
    stop.abort();
    await reading;
    expect(read.filter((text) => text !== old && text !== young)).toEqual([]);
    expect(await textAt(reader, path)).toBe(old);
  });

  it('moves a file once, making the parents, and says absent afterwards', async () => {
    const driver = another();
    const to = layout.claimed(windowId('w1'), 'a');
    await driver.create(layout.request('a'), utf8('delete it'), signal);
    expect(await driver.move(layout.request('a'), to, signal)).toBe('moved');
    expect(await driver.move(layout.request('a'), to, signal)).toBe('absent');
    expect(await textAt(driver, to)).toBe('delete it');
    expect(await namesAt(driver, layout.requests)).toEqual([]);
  });

  it('says absent where nothing ever was', async () => {
    expect(await another().move(layout.request('a'), layout.done('a'), signal)).toBe('absent');
  });

  it('does not move onto what stands', async () => {
    const driver = another();
    await driver.create(layout.request('a'), utf8('one'), signal);
    await driver.create(layout.done('a'), utf8('other'), signal);
    expect(await driver.move(layout.request('a'), layout.done('a'), signal)).toBe('exists');
    expect(await textAt(driver, layout.done('a'))).toBe('other');
    expect(await textAt(driver, layout.request('a'))).toBe('one');
  });

  it('lets one of sixteen movers to sixteen places win', async () => {
    await another().create(layout.request('a'), utf8('delete it'), signal);
    const places = racers.map((n) => layout.claimed(windowId(`w${n}`), 'a'));
    const outcomes = await Promise.all(places.map(async (to) => another().move(layout.request('a'), to, signal)));
    expect(outcomes.filter((outcome) => outcome === 'moved')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'absent')).toHaveLength(racers.length - 1);
    const found = await Promise.all(places.map(async (to) => textAt(another(), to)));
    expect(found.flatMap((text, n) => (text === undefined ? [] : [n]))).toEqual([outcomes.indexOf('moved')]);
  });

  it('moves a whole directory, with its time', async () => {
    const driver = another();
    await driver.write('/coppice/v1/runs/r1/plan.json', utf8('{}'), signal);
    const before = await driver.stat('/coppice/v1/runs/r1/plan.json', signal);
    expect(await driver.move('/coppice/v1/runs/r1', '/coppice/v1/graph/r1', signal)).toBe('moved');
    expect(await driver.stat('/coppice/v1/graph/r1/plan.json', signal)).toEqual(before);
  });

  it('discards a file, a directory with all below it, and what is not there', async () => {
    const driver = another();
    await driver.write('/coppice/v1/runs/r1/plan.json', utf8(''), signal);
    await driver.write('/coppice/v1/runs/r1/deep/down', utf8(''), signal);
    await driver.write('/coppice/v1/runs/r2/plan.json', utf8(''), signal);
    await driver.discard('/coppice/v1/runs/r1', signal);
    await driver.discard('/coppice/v1/runs/r1', signal);
    await driver.discard('/coppice/v1/runs/r2/plan.json', signal);
    expect(await namesAt(driver, '/coppice/v1/runs')).toEqual(['r2']);
    expect(await namesAt(driver, '/coppice/v1/runs/r2')).toEqual([]);
  });

  it('discards an upload session, and refuses what registries serve', async () => {
    const driver = another();
    const repository = '/docker/registry/v2/repositories/library/alpine';
    await driver.write(`${repository}/_uploads/u1/state.json`, utf8('{}'), signal);
    await driver.write(`${repository}/_layers/sha256/ab/link`, utf8('sha256:ab'), signal);
    await driver.discard(`${repository}/_uploads/u1`, signal);
    expect(await namesAt(driver, `${repository}/_uploads`)).toEqual([]);
    for (const served of [`${repository}/_layers/sha256/ab`, repository, '/docker', layout.own, '/']) {
      await expect(driver.discard(served, signal)).rejects.toThrow(StorageError);
    }
    expect(await textAt(driver, `${repository}/_layers/sha256/ab/link`)).toBe('sha256:ab');
  });

  it('W1: makes neither a stage nor a door on the way of a record', async () => {
    const driver = another();
    await driver.create(layout.request('a'), utf8(''), signal);
    for (const fenced of [layout.stage(lifeId('l1')), layout.door(windowId('w1'))]) {
      await expect(driver.write(`${fenced}/x`, utf8(''), signal)).rejects.toThrow(StorageError);
      await expect(driver.create(`${fenced}/x`, utf8(''), signal)).rejects.toThrow(StorageError);
      await expect(driver.move(layout.request('a'), `${fenced}/x`, signal)).rejects.toThrow(StorageError);
      expect(await driver.stat(fenced, signal)).toBeUndefined();
    }
  });
}
