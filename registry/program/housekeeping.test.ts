import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { reserveBytes } from '../records/reserve.ts';
import { layout } from '../storage/layout.ts';
import type { Timers } from '../window/ports.ts';
import { keepHouse } from './housekeeping.ts';
import { type StorageParts, storageParts } from './storage.ts';

const minute = 60_000;
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

describe('housekeeping', () => {
  let root: string;
  let storage: StorageParts;
  let running: AbortController;
  beforeEach(() => {
    running = new AbortController();
    root = mkdtempSync(join(tmpdir(), 'coppice-house-'));
    storage = storageParts({ rootDirectory: root }, { fresh: randomUUID, random: randomBytes }, silent);
  });
  afterEach(() => {
    running.abort();
    rmSync(root, { recursive: true, force: true });
  });

  function leave(path: string, ageMs: number, now: number): void {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), 'left over');
    utimesSync(join(root, path), (now - ageMs) / 1000, (now - ageMs) / 1000);
  }

  it('takes away what died on its way and answers that nobody asked for, and sets the reserve aside', async () => {
    const { signal } = running;
    const now = await storage.driver.now(signal);
    leave(layout.temporary('dead'), 11 * minute, now);
    leave(layout.temporary('alive'), 9 * minute, now);
    leave(layout.withdrawn('forgotten'), 61 * minute, now);
    leave(layout.withdrawn('waited-for'), 59 * minute, now);
    const round = Promise.withResolvers<undefined>();
    let pauses = 0;
    const timers: Timers = {
      after: (_ms, run) => {
        if (pauses++ === 0) setImmediate(run);
        else round.resolve(undefined); // a whole round is over
        return { cancel: () => undefined };
      },
    };
    const warned: unknown[] = [];
    const log = { ...silent, warn: (fields: object, says: string) => warned.push([fields, says]) };
    const house = keepHouse({ storage, timers, log, fresh: randomUUID }, signal);
    await round.promise;
    running.abort();
    await house;
    expect(warned).toEqual([]);
    const left = [layout.temporary('dead'), layout.temporary('alive')];
    left.push(layout.withdrawn('forgotten'), layout.withdrawn('waited-for'));
    expect(left.map((path) => existsSync(join(root, path)))).toEqual([false, true, false, true]);
    expect(statSync(join(root, layout.reserve)).size).toBe(reserveBytes);
  });
});
