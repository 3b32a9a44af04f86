import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { declareReadOnly } from '../../core/window/gate.ts';
import { repositoryNamed } from '../repository/testing/testRegistry.ts';
import { layout } from '../storage/layout.ts';
import type { Timers } from '../window/ports.ts';
import { namesOf } from './names.ts';
import { type StorageParts, storageParts, takeUp } from './storage.ts';
import { purgeUploads } from './uploadPurge.ts';

const day = 86_400_000;
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const names = namesOf({ fresh: randomUUID, now: Date.now });

describe('uploads that were given up', () => {
  let root: string;
  let storage: StorageParts;
  let running: AbortController;
  beforeEach(async () => {
    running = new AbortController();
    root = mkdtempSync(join(tmpdir(), 'coppice-purge-'));
    storage = storageParts({ rootDirectory: root }, { fresh: randomUUID, random: randomBytes }, silent);
    const durations = { permitTTLMs: 1000, windowMs: 2000, promiseTTLMs: 3000 };
    await takeUp(storage, names, durations, running.signal);
  });
  afterEach(() => {
    running.abort();
    rmSync(root, { recursive: true, force: true });
  });

  function leave(name: string, ageMs: number): string {
    const session = join(root, layout.uploads(repositoryNamed(name)), randomUUID());
    mkdirSync(session, { recursive: true });
    const at = (Date.now() - ageMs) / 1000;
    writeFileSync(join(session, 'data'), 'half of it');
    for (const path of [join(session, 'data'), session]) utimesSync(path, at, at);
    return session;
  }

  /** One round, begun by hand, of a replica that is configured so; gives how long it waited before and after. */
  async function round(config: Parameters<typeof purgeUploads>[1], chance = 255): Promise<readonly number[]> {
    const waited: number[] = [];
    const over = Promise.withResolvers<undefined>();
    const timers: Timers = {
      after: (ms, run) => {
        if (waited.push(ms) === 1) setImmediate(run);
        else over.resolve(undefined);
        return { cancel: () => undefined };
      },
    };
    const warned: unknown[] = [];
    const log = { ...silent, warn: (fields: object) => warned.push(fields) };
    const purging = purgeUploads(
      { storage, names, timers, log, random: () => Uint8Array.of(chance) },
      config,
      running.signal,
    );
    await Promise.race([over.promise, purging]);
    running.abort();
    await purging;
    expect(warned).toEqual([]);
    return waited;
  }

  it('go where they are old enough, at any depth, and nothing else does', async () => {
    const old = [leave('app', 8 * day), leave('team/only/uploads', 8 * day)];
    const young = leave('app', 6 * day);
    expect(dirname(young)).toBe(dirname(old[0] ?? ''));
    expect(await round({ uploadsMs: 7 * day, uploadsEveryMs: day })).toEqual([day / 24, day]);
    expect([...old, young].map((session) => existsSync(session))).toEqual([false, false, true]);
  });

  it('stay where purging is switched off, and while the storage is declared read-only', async () => {
    const old = leave('app', 8 * day);
    expect(await round({ uploadsMs: 7 * day })).toEqual([]);
    running = new AbortController();
    const gate = await storage.records.gates.read(running.signal);
    if (gate?.phase !== 'OPEN') throw new Error('no open gate');
    const readOnly = { owner: 'test', reason: 'backup', since: 0 };
    expect(await storage.records.gates.cas(declareReadOnly(gate, readOnly), running.signal)).toBe('won');
    expect(await round({ uploadsMs: 7 * day, uploadsEveryMs: 400 * day }, 0)).toEqual([0, 24 * day]);
    expect(existsSync(old)).toBe(true);
  });
});
