import { expect, it } from 'vitest';
import type { Driver } from '../driver.ts';
import { StorageError } from '../driver.ts';
import { layout } from '../layout.ts';
import { trashOf } from '../trash.ts';
import { known, lifeId, signal, textAt, utf8, windowId } from './testStorage.ts';

const life = lifeId('l1');
const window = windowId('w1');
const blob = '/docker/registry/v2/blobs/sha256/ab/ab12';
const longTag = `/docker/registry/v2/repositories/${'abcdefgh/'.repeat(28)}x/_manifests/tags/${'v.'.repeat(64)}`;

export function describeRemovals(another: () => Driver): void {
  it('removes a directory whole, and what went through the door lies in the trash under its old path', async () => {
    const driver = another();
    await driver.write(`${blob}/data`, utf8('bytes'), signal);
    await driver.openWindow(window, signal);
    expect(await driver.remove(window, blob, signal)).toBe('removed');
    expect(await driver.stat(blob, signal)).toBeUndefined();
    await driver.settleRemovals(window, signal);
    await driver.endWindow(window, signal);
    const [trashed, ...more] = await trashOf(driver, window, signal);
    expect(more).toEqual([]);
    expect(trashed?.from).toBe(blob);
    expect(await textAt(driver, `${known(trashed).at}/data`)).toBe('bytes');
  });

  it('brings a removal back with one move', async () => {
    const driver = another();
    await driver.write(`${blob}/data`, utf8('bytes'), signal);
    const before = await driver.stat(`${blob}/data`, signal);
    await driver.openWindow(window, signal);
    await driver.remove(window, blob, signal);
    await driver.endWindow(window, signal);
    for (const { at, from } of await trashOf(driver, window, signal)) {
      expect(await driver.move(at, known(from), signal)).toBe('moved');
    }
    expect(await driver.stat(`${blob}/data`, signal)).toEqual(before);
    expect(await trashOf(driver, window, signal)).toEqual([]);
  });

  it('removes a file, and a path that is longer than any file name', async () => {
    const driver = another();
    const paths = [`${longTag}/current/link`, longTag, `${longTag}2`];
    for (const path of [`${longTag}/current/link`, `${longTag}/index/x`, `${longTag}2/current/link`]) {
      await driver.write(path, utf8(path), signal);
    }
    await driver.openWindow(window, signal);
    for (const path of paths) expect(await driver.remove(window, path, signal)).toBe('removed');
    await Promise.all(Array.from({ length: 4 }, async () => another().endWindow(window, signal)));
    expect(await driver.openWindows(signal)).toEqual([]);
    const trashed = await trashOf(driver, window, signal);
    expect(trashed.map(({ from }) => from).toSorted()).toEqual(paths.toSorted());
    const whole = known(trashed.find(({ from }) => from === `${longTag}2`));
    expect(await textAt(driver, `${whole.at}/current/link`)).toBe(`${longTag}2/current/link`);
  });

  it('tells what is absent from a window that is over', async () => {
    const driver = another();
    await driver.openWindow(window, signal);
    expect(await driver.remove(window, blob, signal)).toBe('absent');
    expect(await driver.remove(window, longTag, signal)).toBe('absent');
    await another().endWindow(window, signal);
    expect(await driver.remove(window, blob, signal)).toBe('windowOver');
    expect(await driver.remove(window, longTag, signal)).toBe('windowOver');
  });

  it('W5: refuses every removal of a window that has ended, or never opened, and changes nothing', async () => {
    const driver = another();
    await driver.openWindow(window, signal);
    await another().endWindow(window, signal);
    for (const path of [blob, longTag]) {
      await driver.write(`${path}/data`, utf8('bytes'), signal);
      expect(await driver.remove(window, path, signal)).toBe('windowOver');
      expect(await driver.remove(windowId('never'), path, signal)).toBe('windowOver');
      expect(await textAt(driver, `${path}/data`)).toBe('bytes');
    }
    expect(await driver.openWindows(signal)).toEqual([]);
  });

  it('W5: nothing is removed after the end of the window, whatever was in flight', async () => {
    const driver = another();
    await driver.openWindow(window, signal);
    const long = longTag.slice(0, -3);
    const paths = Array.from({ length: 24 }, (_, n) => (n % 2 === 0 ? `${blob}${n}` : `${long}${n}`));
    for (const path of paths) await driver.write(`${path}/data`, utf8(path), signal);
    const standing = async (): Promise<string[]> => {
      const found = await Promise.all(paths.map(async (path) => ((await driver.stat(path, signal)) ? [path] : [])));
      return found.flat();
    };
    const removals = paths.map(async (path) => driver.remove(window, path, signal));
    await Promise.race(removals);
    await Promise.all([another().endWindow(window, signal), another().endWindow(window, signal)]);
    const atTheEnd = await standing();
    const outcomes = await Promise.all(removals);
    expect(await standing()).toEqual(atTheEnd);
    expect(paths.filter((_, n) => outcomes[n] === 'windowOver')).toEqual(atTheEnd);
    const trashed = (await trashOf(driver, window, signal)).map(({ from }) => from);
    expect(trashed.toSorted()).toEqual(paths.filter((_, n) => outcomes[n] === 'removed').toSorted());
  });

  it('removes a path once, by however many', async () => {
    const driver = another();
    await driver.write(`${blob}/data`, utf8('bytes'), signal);
    await driver.openWindow(window, signal);
    const outcomes = await Promise.all(Array.from({ length: 8 }, async () => another().remove(window, blob, signal)));
    expect(outcomes.filter((outcome) => outcome === 'removed')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'absent')).toHaveLength(7);
  });

  it('rejects a second removal of what was pushed again in the same window', async () => {
    const driver = another();
    await driver.beginLife(life, signal);
    await driver.openWindow(window, signal);
    await driver.commit(life, `${blob}/data`, utf8('bytes'), signal);
    await driver.remove(window, blob, signal);
    await driver.commit(life, `${blob}/data`, utf8('bytes'), signal);
    await expect(driver.remove(window, blob, signal)).rejects.toThrow(StorageError);
    expect(await textAt(driver, `${blob}/data`)).toBe('bytes');
  });

  it('keeps the same path in the trashes of two windows apart', async () => {
    const driver = another();
    for (const each of [window, windowId('w2')]) {
      await driver.write(`${blob}/data`, utf8(each), signal);
      await driver.openWindow(each, signal);
      await driver.remove(each, blob, signal);
      await driver.endWindow(each, signal);
    }
    const [first] = await trashOf(driver, window, signal);
    expect(await textAt(driver, `${known(first).at}/data`)).toBe(window);
    expect(await trashOf(driver, windowId('w2'), signal)).toHaveLength(1);
  });

  it('does not renew what has been removed', async () => {
    const driver = another();
    await driver.write(`${blob}/link`, utf8('sha256:ab'), signal);
    await driver.openWindow(window, signal);
    await driver.remove(window, blob, signal);
    expect(await driver.renew(`${blob}/link`, signal)).toEqual({ renewed: false });
  });

  it('settles a window in which more directories were changed than are settled at a time', async () => {
    const driver = another();
    await driver.openWindow(window, signal);
    const paths = Array.from({ length: 50 }, (_, at) => `${layout.blobs}/sha256/ab/${at}/data`);
    for (const path of paths) await driver.write(path, utf8('bytes'), signal);
    for (const path of paths) expect(await driver.remove(window, path, signal)).toBe('removed');
    await driver.settleRemovals(window, signal);
    for (const path of paths) expect(await driver.stat(path, signal)).toBeUndefined();
  });

  it('settles a window in which nothing was removed, and settles twice', async () => {
    const driver = another();
    await driver.openWindow(window, signal);
    await driver.settleRemovals(window, signal);
    await driver.write(`${blob}/data`, utf8(''), signal);
    await driver.remove(window, `${blob}/data`, signal);
    await driver.remove(window, blob, signal); // the directory that would have to be synced is gone itself
    await driver.settleRemovals(window, signal);
    await driver.settleRemovals(window, signal);
    expect(await driver.stat(layout.blobs, signal)).toMatchObject({ kind: 'directory' });
  });
}
