import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type AdminServer, buildAdminServer } from '../registry/admin/server.ts';
import { StorageAdministration } from '../registry/admin/storageAdministration.ts';
import { FixedRuns } from '../registry/admin/testing/fixedRuns.ts';
import { openRecords } from '../registry/records/records.ts';
import { FilesystemDriver } from '../registry/storage/filesystem/driver.ts';
import { systemTimers } from '../registry/window/timers.ts';
import { Command } from './testing/command.ts';

/** An admin API whose runs go on until they are cancelled. */
let directory: string;
let server: AdminServer;
let runs: FixedRuns;
let args: readonly string[];

const token = 'a-token-that-is-only-used-here';

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'coppice-asking-'));
  const driver = new FilesystemDriver(directory);
  runs = new FixedRuns();
  const administration = new StorageAdministration({
    driver,
    records: openRecords(driver, { fresh: randomUUID, onPruningFailed: () => undefined }),
    runs,
    undelete: () => Promise.reject(new Error('not asked for here')),
    audit: () => Promise.reject(new Error('not asked for here')),
    mono: () => performance.now(),
    timers: systemTimers,
    version: '0.0.0',
  });
  const log = pino({ enabled: false });
  server = buildAdminServer({
    administration: () => administration,
    nudge: async (epoch) => ({ life: 'a', epoch }),
    keys: [
      { name: 'ci', sha256: createHash('sha256').update(token).digest('hex'), verbs: ['read', 'plan', 'execute'] },
    ],
    hosts: [],
    audit: log,
    log,
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
  await writeFile(join(directory, 'token'), `${token}\n`);
  args = ['--admin', `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`];
});
afterEach(async () => {
  await server.close();
  await rm(directory, { recursive: true });
});

it('cancels its run on Ctrl-C, waits for its end, and exits with 130', async () => {
  const command = new Command(['collect', ...args], { COPPICE_ADMIN_TOKEN_FILE: join(directory, 'token') });
  await expect.poll(() => runs.begun.size, { timeout: 10_000 }).toBe(1);
  command.signal('SIGINT');
  const { code, out } = await command.ended();
  expect({ code, out }).toEqual({ code: 130, out: expect.stringContaining('Cancelled') as string });
  expect([...runs.begun.values()].map(({ view, by }) => [view.ended?.reason, by])).toEqual([['Cancelled', 'ci']]);
});

it('says what is wrong with its key, and shows no token', async () => {
  await writeFile(join(directory, 'other'), 'another-token');
  const refused = await new Command(['collect', ...args, '--token-file', join(directory, 'other')]).ended();
  expect(refused).toMatchObject({ code: 1, err: 'coppice collect: this key or token is not known\n' });
  const none = await new Command(['collect', ...args]).ended();
  expect(none).toMatchObject({ code: 1, err: 'coppice collect: send a key or token as Authorization: Bearer\n' });
  expect(runs.begun.size).toBe(0);
});
