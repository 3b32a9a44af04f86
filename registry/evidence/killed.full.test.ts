import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RepositoryPulls } from '../../core/reach/pulls.ts';
import { Fleet } from '../../hack/load/fleet.ts';
import { RegistryClient } from '../../hack/load/client.ts';
import { imageOf, layer, topOf } from '../../hack/load/images.ts';
import { repositoryNamed, tagNamed } from '../collector/testing/imageTree.ts';
import { openRecords } from '../records/records.ts';
import { PullStore } from '../records/pulls.ts';
import { FilesystemDriver } from '../storage/filesystem/driver.ts';
import { kernelId } from '../storage/filesystem/kernel.ts';
import { layout } from '../storage/layout.ts';
import { known, namesAt, signal } from '../storage/testing/testStorage.ts';
import { systemTimers } from '../window/timers.ts';
import { silentMs } from './coverage.ts';
import { mergePulls } from './merge.ts';
import { type EvidencePorts, readPulls } from './pullEvidence.ts';

const app = repositoryNamed('team/app');
const [used, unused] = [tagNamed('used'), tagNamed('unused')];

let folder: string;
let fleet: Fleet;
let names = 0;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coppice-killed-'));
  fleet = await Fleet.start(1, { folder, coppice: {} }, signal);
});

afterEach(async () => {
  await fleet.end();
  await rm(folder, { recursive: true });
});

const evidenceAt = (aheadMs: number): EvidencePorts => {
  const driver = new FilesystemDriver(fleet.storage);
  const fresh = (): string => `reader-${(names += 1)}`;
  const records = openRecords(driver, { fresh, onPruningFailed: () => undefined });
  return {
    ...{ pulls: new PullStore(driver), members: records.members, fresh, kernel: kernelId },
    clock: { now: async (until) => (await driver.now(until)) + aheadMs },
    ...{ timers: systemTimers, mono: () => performance.now() },
  };
};

it('a replica that is killed right after a pull, and starts again, has it on record and goes on with its evidence', async () => {
  const [replica] = fleet.replicas;
  if (replica === undefined) throw new Error('a fleet of none');
  const image = imageOf('killed', [layer('killed', 1000)]);
  const client = new RegistryClient(replica.api, { retryAfterMs: [], pause: async () => undefined });
  for (const tag of [used, unused]) await client.push(app, image, tag, signal);
  const { since } = known(await mergePulls(evidenceAt(0), signal));

  expect((await fetch(`${replica.api}/v2/${app}/manifests/${used}`)).status).toBe(200);
  await replica.end('SIGKILL');
  await replica.start(signal);

  const driver = new FilesystemDriver(fleet.storage);
  expect(await namesAt(driver, layout.pullJournals)).toHaveLength(2);
  // Once it has been silent for long enough, its journal says what it heard; so does, by that clock, that of the replica that lives.
  expect(await mergePulls(evidenceAt(silentMs + 60_000), signal)).toMatchObject({ since, isPartial: false });
  const asOf = await driver.now(signal);
  const found: RepositoryPulls = known((await readPulls(evidenceAt(0), [app], asOf, signal))(app));
  expect(found.since).toBe(since);
  expect(found.tag(used)).toBe(asOf);
  expect(found.manifest(topOf(image).digest)).toBe(asOf);
  expect(found.tag(unused)).toBeUndefined();
});
