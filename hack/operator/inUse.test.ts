import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { coppice } from '../../cli/testing/command.ts';
import { ServedStorage } from '../../cli/testing/servedStorage.ts';
import { endpointReplicas } from '../../operator/admin/endpointReplicas.ts';
import { InUseKeeper } from '../../operator/inUse/keeper.ts';
import { FakeWorkloads, workload } from '../../operator/inUse/testing/workloads.ts';
import { apiVersion, type Resource } from '../../operator/resources/home.ts';

const { signal } = new AbortController();
let served: ServedStorage;

beforeEach(async () => {
  served = await ServedStorage.start();
});
afterEach(() => served.remove());

/** All tags beginning with `pr-`. */
async function policy(): Promise<string> {
  const rules = [{ name: 'all', tags: { glob: ['pr-*'] }, keep: { latest: 0 } }];
  const spec = { registryRef: { name: 'main' }, mode: 'Enforce', repositories: { include: ['**'] }, rules };
  const file = join(served.directory, 'policy.yaml');
  const metadata = { name: 'a', namespace: 'test' };
  await writeFile(file, JSON.stringify({ apiVersion, kind: 'RetentionPolicy', metadata, spec }));
  return file;
}

function registry(): Resource<'Registry'> {
  const metadata = { namespace: 'test', name: 'main', uid: 'b7e1', resourceVersion: '1', generation: 1 };
  return {
    ...{ apiVersion, kind: 'Registry', metadata: { ...metadata, creationTimestamp: '2026-11-23T12:00:00Z' } },
    spec: { endpoints: [served.admin], protections: { aliases: ['registry.example.com'] } },
    status: { observedGeneration: -1 },
  };
}

async function tags(): Promise<readonly string[]> {
  const response = await fetch(`${served.api}/v2/team/app/tags/list`);
  return ((await response.json()) as { tags: readonly string[] }).tags;
}

it('R1, G3: what workloads of a cluster use stays, and while it is not known of one kind everything does', async () => {
  const running = await served.push('team/app', 'pr-1');
  for (const tag of ['pr-2', 'pr-3', 'v1']) await served.push('team/app', tag);
  await served.age();
  const pod = {
    spec: { containers: [{}] },
    status: { containerStatuses: [{ imageID: `any.example.com/x@${running}` }] },
  };
  const idle = workload('ReplicaSet', 'scaled-to-zero', 'registry.example.com/team/app:pr-2');
  const cluster = new FakeWorkloads({ Pod: [pod], ReplicaSet: [idle] });
  cluster.failures.set('CronJob', new Error('forbidden'));

  let nowMs = 0;
  const keeper = new InUseKeeper({ lister: cluster, replicasOf: endpointReplicas(), mono: () => nowMs });
  expect(await keeper.keep(registry(), 's', signal)).toMatchObject({ is: 'incomplete' });
  const collect = ['collect', '-f', await policy(), '--admin', served.admin];
  const stopped = await coppice(collect);
  expect(stopped.out).toContain('ProtectionsStale');
  expect(stopped.out).toContain('cluster-b7e1');
  expect(await tags()).toEqual(['pr-1', 'pr-2', 'pr-3', 'v1']);

  cluster.failures.clear();
  nowMs = 60_000;
  expect(await keeper.keep(registry(), 's', signal)).toMatchObject({ is: 'known', digests: 1, tags: 1 });
  const done = await coppice(collect);
  expect(done.code).toBe(0);
  expect(await tags()).toEqual(['pr-1', 'pr-2', 'v1']);
});
