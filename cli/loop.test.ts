import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { request } from 'node:http';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { coppice, type Ended } from './testing/command.ts';
import { ServedStorage } from './testing/servedStorage.ts';

let served: ServedStorage;

beforeEach(async () => {
  served = await ServedStorage.start();
});
afterEach(async () => {
  await served.remove();
});

const head = 'apiVersion: coppice.dev/v1alpha1\nmetadata: {name: NAME, namespace: test}\n';

async function resources(
  ...documents: readonly (readonly [kind: string, name: string, spec: object])[]
): Promise<string> {
  const file = join(served.directory, 'resources.yaml');
  const texts = documents.map(
    ([kind, name, spec]) => `${head.replace('NAME', name)}kind: ${kind}\nspec: ${JSON.stringify(spec)}\n`,
  );
  await writeFile(file, texts.join('---\n'));
  return file;
}

const policy = {
  registryRef: { name: 'main' },
  mode: 'Enforce',
  repositories: { include: ['**'] },
  rules: [{ name: 'old', tags: { glob: ['pr-*'] }, keep: { latest: 1 } }],
};

function parsed(ended: Ended): { run: Record<string, unknown>; items: readonly Record<string, unknown>[] } {
  return JSON.parse(ended.out) as ReturnType<typeof parsed>;
}

describe('a replica and the command', () => {
  it('G7, D4: carries out the plan that was shown and approved, and brings a deletion back', async () => {
    const digest = await served.push('team/app', 'v1');
    for (const tag of ['pr-1', 'pr-2', 'pr-3', 'pr-4']) await served.push('team/web', tag);
    await served.age();
    const request = { registryRef: { name: 'main' }, targets: [{ repository: 'team/app', digest }], mode: 'Execute' };
    const file = await resources(['RetentionPolicy', 'a', policy], ['DeleteRequest', 'b', request]);
    const admin = ['--admin', served.admin];

    const planned = await coppice(['plan', '-f', file, '-o', 'json', ...admin]);
    expect(planned.code).toBe(0);
    const { run, items } = parsed(planned);
    const { digest: plan } = run['plan'] as { digest: string };
    const going = items.filter(({ fate }) => fate === 'planned').map(({ object }) => object);
    expect(going).toContain(`team/app@${digest}`);
    expect(going.filter((object) => String(object).startsWith('team/web:pr-'))).toHaveLength(3);
    expect(items.every(({ why }) => typeof why === 'string' && why !== '')).toBe(true);

    // Nobody approved the request, and most of what there is would go.
    const asks = await coppice(['collect', '-f', file, ...admin]);
    expect({ code: asks.code, out: asks.out }).toEqual({
      code: 3,
      out: expect.stringContaining('LimitExceeded') as string,
    });
    expect(await served.statusOf('/v2/team/app/manifests/v1')).toBe(200);

    const other = await coppice(['collect', '-f', file, '--approve', `sha256:${'0'.repeat(64)}`, ...admin]);
    expect({ code: other.code, out: other.out }).toEqual({
      code: 3,
      out: expect.stringContaining('PlanChanged') as string,
    });

    const done = await coppice(['collect', '-f', file, '--approve', plan, ...admin]);
    expect(done.out).toContain('audit:');
    expect(done.code).toBe(0);
    expect(await served.statusOf('/v2/team/app/manifests/v1')).toBe(404);
    expect(await (await fetch(`${served.api}/v2/team/web/tags/list`)).json()).toMatchObject({
      tags: [expect.any(String)],
    });

    const stones = await coppice(['tombstones', ...admin]);
    expect(stones.out).toContain(`team/app@${digest}`);
    // A collection of everything that nothing names takes nothing that can still be brought back.
    expect((await coppice(['collect', '--delete-untagged', ...admin])).code).toBe(0);
    const back = await coppice(['undelete', `team/app@${digest}`, ...admin]);
    expect({ code: back.code, out: back.out }).toEqual({
      code: 0,
      out: expect.stringContaining('is back with v1') as string,
    });
    expect(await served.statusOf('/v2/team/app/manifests/v1')).toBe(200);
    expect((await coppice(['audit', ...admin])).out).toContain(' 0 missing');
  });

  it('executes straight on the storage while the replica serves it, which acknowledges its windows', async () => {
    for (const tag of ['pr-1', 'pr-2', 'v1']) await served.push('team/web', tag);
    await served.age();
    const file = await resources(['RetentionPolicy', 'a', policy]);
    const where = ['--storage', served.directory];
    const planned = parsed(await coppice(['plan', '-f', file, '-o', 'json', ...where]));
    const { digest } = planned.run['plan'] as { digest: string };
    const done = await coppice(['collect', '-f', file, '--approve', digest, '-o', 'json', ...where]);
    expect(done.code).toBe(0);
    expect(parsed(done).run).toMatchObject({ ended: { reason: 'Completed' }, sweep: { removedBySteps: { tag: 1 } } });
    expect(await served.statusOf('/v2/team/web/manifests/v1')).toBe(200);

    const stones = JSON.parse((await coppice(['tombstones', '-o', 'json', ...where])).out) as { tags: string[] }[];
    const [tag] = stones[0]?.tags ?? [];
    expect(await served.statusOf(`/v2/team/web/manifests/${tag ?? ''}`)).toBe(404);
    expect((await coppice(['undelete', `team/web:${tag ?? ''}`, ...where])).code).toBe(0);
    expect(await served.statusOf(`/v2/team/web/manifests/${tag ?? ''}`)).toBe(200);
    expect((await coppice(['status', ...where])).out).toMatch(/last run +cli-.*Completed/);
  });

  it('G3: spares what a person protects, and says who did', async () => {
    for (const tag of ['pr-1', 'pr-2']) await served.push('team/web', tag);
    await served.age();
    const file = await resources(['RetentionPolicy', 'a', policy]);
    const admin = ['--admin', served.admin];
    expect((await coppice(['protections', 'put', 'legal', 'team/web:pr-1', 'team/web:pr-2', ...admin])).code).toBe(0);
    const { items } = parsed(await coppice(['plan', '-f', file, '-o', 'json', ...admin]));
    expect(items.filter(({ fate }) => fate === 'planned')).toEqual([]);
    expect(items).toContainEqual(expect.objectContaining({ fate: 'spared', why: 'protected' }));
    expect((await coppice(['protections', 'forget', 'legal', ...admin])).code).toBe(0);
    expect(parsed(await coppice(['plan', '-f', file, '-o', 'json', ...admin])).items).toContainEqual(
      expect.objectContaining({ fate: 'planned' }),
    );
  });

  it('leaves what is in mode Preview out of a collection', async () => {
    for (const tag of ['pr-1', 'pr-2']) await served.push('team/web', tag);
    await served.age();
    const file = await resources(['RetentionPolicy', 'a', { ...policy, mode: 'Preview' }]);
    const { run } = parsed(await coppice(['collect', '-f', file, '-o', 'json', '--admin', served.admin]));
    expect(run).toMatchObject({ sweep: { removedBySteps: { tag: 0 } } });
  });

  it('is read-only until somebody says otherwise', async () => {
    await served.push('team/app', 'v1');
    expect((await coppice(['read-only', 'on', '--reason', 'backup', '--admin', served.admin])).code).toBe(0);
    await expect.poll(() => served.push('team/app', 'v2').then(String, String), { timeout: 5000 }).toContain('503');
    expect(await served.statusOf('/v2/team/app/manifests/v1')).toBe(200);
    expect((await coppice(['read-only', 'off', '--storage', served.directory])).code).toBe(0);
    await expect.poll(() => served.push('team/app', 'v2').then(() => 'ok', String), { timeout: 5000 }).toBe('ok');
  });

  it('tells metrics and health on a listener of their own', async () => {
    await served.push('team/app', 'v1');
    const metrics = await (await fetch(`${served.metrics}/metrics`)).text();
    expect(metrics).toContain('registry_http_requests_total{code="201",handler="manifest",method="put"} 1');
    expect(metrics).toContain('coppice_permit 1');
    expect(metrics).toMatch(/coppice_gate_epoch [1-9]/);
    expect((await fetch(`${served.metrics}/debug/health`)).status).toBe(200);
    const page = await readFile(new URL('../docs/operations/metrics.md', import.meta.url), 'utf8');
    const [ofReplica = ''] = page.split('## The operator');
    const documented = [...ofReplica.matchAll(/^\| `([a-z_]+)` +\| (?:counter|gauge|histogram)/gm)].map(
      ([, name]) => name,
    );
    const served_ = [...metrics.matchAll(/^# TYPE ([a-z_]+) /gm)].map(([, name]) => name);
    expect(documented.toSorted()).toEqual(served_.toSorted());
  });

  it('F4: on SIGTERM answers what is on, leaves its journal behind, and exits with 0', async () => {
    await served.push('team/app', 'v1');
    served.signal('SIGTERM');
    const { code, out } = await served.ended();
    expect(code).toBe(0);
    expect(out).toContain('"the replica has stopped"');
    const [life = ''] = await readdir(join(served.directory, 'coppice/v1/member'));
    const record = JSON.parse(
      await readFile(join(served.directory, 'coppice/v1/member', life, 'life.json'), 'utf8'),
    ) as object;
    expect(record).toMatchObject({ left: true });
  });

  it('exits at once when it is asked twice', async () => {
    const started = await fetch(`${served.api}/v2/team/app/blobs/uploads/`, { method: 'POST' });
    const upload = request(started.headers.get('location') ?? '', {
      method: 'PATCH',
      headers: { 'content-length': 10, expect: '100-continue' },
    });
    upload.on('error', () => undefined); // it is cut off
    upload.flushHeaders();
    await once(upload, 'continue'); // the replica has it, and does not end before it
    upload.write('half'); // and no more: the request goes on
    served.signal('SIGTERM');
    await expect
      .poll(() =>
        fetch(`${served.api}/v2/`).then(
          () => 'serves',
          () => 'refuses',
        ),
      )
      .toBe('refuses');
    served.signal('SIGTERM');
    expect((await served.ended()).code).toBe(143);
    upload.destroy();
  });
});
