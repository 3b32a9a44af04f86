import { expect, it } from 'vitest';
import type { Driver } from '../driver.ts';
import { StorageError } from '../driver.ts';
import { layout } from '../layout.ts';
import { lifeId, namesAt, signal, utf8, windowId } from './testStorage.ts';

const life = lifeId('l1');
const window = windowId('w1');

export function describeFence(another: () => Driver): void {
  it('has no lives and no windows at first', async () => {
    const driver = another();
    expect(await driver.stagedLives(signal)).toEqual([]);
    expect(await driver.openWindows(signal)).toEqual([]);
    expect(await driver.standsLife(life, signal)).toBe(false);
  });

  it('begins a life once, and every driver sees it until it ends', async () => {
    const driver = another();
    await driver.beginLife(life, signal);
    await expect(another().beginLife(life, signal)).rejects.toThrow(StorageError);
    expect(await another().standsLife(life, signal)).toBe(true);
    expect(await another().stagedLives(signal)).toEqual([life]);
    await another().endLife(life, signal);
    expect(await driver.standsLife(life, signal)).toBe(false);
    expect(await driver.stagedLives(signal)).toEqual([]);
  });

  it('ends a life again and again, by many at once, also one that never began', async () => {
    await another().beginLife(life, signal);
    await Promise.all(Array.from({ length: 8 }, async () => another().endLife(life, signal)));
    await another().endLife(life, signal);
    await another().endLife(lifeId('never'), signal);
    expect(await another().standsLife(life, signal)).toBe(false);
  });

  it('opens a window once, and tells when its door was last changed', async () => {
    const driver = another();
    const before = await driver.now(signal);
    await driver.openWindow(window, signal);
    await expect(another().openWindow(window, signal)).rejects.toThrow(StorageError);
    const [opened, ...more] = await another().openWindows(signal);
    expect(opened?.window).toBe(window);
    expect(opened?.modifiedAt).toBeGreaterThanOrEqual(before);
    expect(more).toEqual([]);
  });

  it('W5: ends a window again and again, by many at once, also one that never opened', async () => {
    const driver = another();
    await driver.openWindow(window, signal);
    const paths = Array.from({ length: 40 }, (_, n) => `/docker/registry/v2/repositories/r${n}`);
    for (const path of paths) await driver.write(`${path}/x`, utf8(path), signal);
    for (const path of paths) expect(await driver.remove(window, path, signal)).toBe('removed');
    await Promise.all(Array.from({ length: 8 }, async () => another().endWindow(window, signal)));
    await another().endWindow(window, signal);
    await another().endWindow(windowId('never'), signal);
    expect(await driver.openWindows(signal)).toEqual([]);
    expect(await namesAt(driver, layout.trash(window))).toHaveLength(paths.length);
    expect(await namesAt(driver, layout.trash(windowId('never')))).toBeUndefined();
  });

  it('leaves no trash behind a window in which nothing was removed', async () => {
    const driver = another();
    await driver.openWindow(window, signal);
    await driver.endWindow(window, signal);
    expect(await namesAt(driver, layout.trash(window))).toBeUndefined();
  });
}
