import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Command, coppice } from './testing/command.ts';
import { ServedStorage } from './testing/servedStorage.ts';

interface Shown {
  readonly status: {
    readonly observedGeneration: number;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason: string }[];
    readonly plan?: { readonly digest: string };
  };
  readonly metadata: { readonly generation: number };
}

let resources: string;

beforeEach(async () => {
  resources = await mkdtemp(join(tmpdir(), 'coppice-operator-'));
});
afterEach(async () => {
  await rm(resources, { recursive: true, force: true });
});

const operator = (...args: readonly string[]): Command =>
  new Command(['operator', '--resources', resources, '--metrics', '127.0.0.1:0', '--log-format', 'json', ...args]);
const begun = /the operator begins/;

function document(kind: string, name: string, spec: object, namespace = 'default'): string {
  return `---\n${stringify({ apiVersion: 'coppice.dev/v1alpha1', kind, metadata: { name, namespace }, spec })}`;
}
const unreachable = { endpoints: ['http://127.0.0.1:1'] };
const file = (name: string, ...documents: readonly string[]): Promise<void> =>
  writeFile(join(resources, name), documents.join(''));
const get = (...args: readonly string[]): ReturnType<typeof coppice> =>
  coppice(['get', ...args, '--resources', resources]);

describe('coppice operator', () => {
  it.each([
    [['--kubeconfig', '/nowhere/at/all'], 'cannot read the kubeconfig: ENOENT'],
    [['--kubeconfig', ''], '--kubeconfig needs a value'],
    [['--resources', '.', '--context', 'x'], '--context is of a cluster, --resources of a directory'],
    [['--state', '.'], '--state is of a directory of resources'],
    [['--resources', '-'], 'give --state DIR'],
    [['--resources', '/nowhere/at/all'], 'cannot read the resources: ENOENT'],
    [['--resources', '.', '--metrics', 'x'], '--metrics takes an address such as 127.0.0.1:5002, not "x"'],
    [['--resources', '.', '--log-level', 'loud'], '--log-level takes debug, info, warn, error, not "loud"'],
    [['main'], 'nothing is to be named here'],
  ])('ends %j with exit code 2 and says why', async (args, says) => {
    const { code, err } = await coppice(['operator', ...args]);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(says) as string });
    expect(err).not.toMatch(/\n\s+at /);
  });

  it('ends in order with Ctrl-C, leaves the files alone, and keeps what it knows for get', async () => {
    await file('registry.yaml', document('Registry', 'main', unreachable));
    const running = operator();
    await running.line(begun);
    expect((await get('registries')).err).toBe('');
    running.signal('SIGINT');
    const { code, out } = await running.ended();
    expect(code).toBe(0);
    expect(out.trimEnd().split('\n').at(-1)).toContain('the operator has stopped');
    expect((await readdir(resources)).toSorted()).toEqual(['.coppice', 'registry.yaml']);
    const after = await get('registries');
    expect(after).toMatchObject({ code: 0, err: expect.stringContaining('no operator is running on') as string });
    expect(after.out).toMatch(/^NAME +READY .*\nmain /);
  });

  it('works alone on a state directory', async () => {
    const first = operator();
    await first.line(begun);
    const second = await operator().ended();
    expect(second).toMatchObject({ code: 2, err: expect.stringContaining('another operator works on it') as string });
    first.signal('SIGKILL');
    await first.ended();
    const third = operator(); // nothing of one that was killed is in the way
    await third.line(begun);
    third.signal('SIGTERM');
    expect((await third.ended()).code).toBe(0);
  });

  it('tells its metrics, all of which are documented, and health', async () => {
    const running = operator();
    const { metrics: at } = JSON.parse(await running.line(begun)) as { readonly metrics: string };
    const metrics = await (await fetch(`http://${at}/metrics`)).text();
    const page = await readFile(new URL('../docs/operations/metrics.md', import.meta.url), 'utf8');
    const [, ofOperator = ''] = page.split('## The operator');
    const documented = [...ofOperator.matchAll(/^\| `([a-z_]+)` +\| (?:counter|gauge|histogram)/gm)];
    const told = [...metrics.matchAll(/^# TYPE (?!process_|nodejs_)([a-z_]+) /gm)];
    expect(documented.map(([, name]) => name).toSorted()).toEqual(told.map(([, name]) => name).toSorted());
    expect((await fetch(`http://${at}/healthz`)).status).toBe(200);
    await expect.poll(async () => (await fetch(`http://${at}/readyz`)).status).toBe(200);
    running.signal('SIGTERM');
    expect((await running.ended()).code).toBe(0);
  });

  it('takes what another program writes', async () => {
    const state = join(resources, 'state');
    const text = document('Registry', 'piped', unreachable);
    const args = ['operator', '--resources', '-', '--state', state, '--metrics', '127.0.0.1:0'];
    const running = new Command(args, {}, undefined, text);
    await running.line(begun);
    const { out } = await coppice(['get', 'cregistry', '--state', state, '-o', 'name']);
    expect(out).toBe('registry.coppice.dev/piped\n');
    running.signal('SIGTERM');
    expect((await running.ended()).code).toBe(0);
  });

  it('names a metrics address that is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const at = `127.0.0.1:${(taken.address() as AddressInfo).port}`;
    const { code, err } = await coppice(['operator', '--resources', resources, '--metrics', at]);
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringContaining(`--metrics: cannot listen at ${at}`) as string,
    });
    taken.close();
  });
});

describe('what get, describe and events show', () => {
  const rule = { name: 'r', tags: { glob: ['*'] }, keep: { latest: 1 } };
  const policy = { registryRef: { name: 'main' }, repositories: { include: ['**'] }, rules: [rule] };

  beforeEach(async () => {
    await file(
      'all.yaml',
      document('Registry', 'main', unreachable),
      document('RetentionPolicy', 'keep', policy),
      document('RetentionPolicy', 'wrong', { ...policy, retain: true }),
    );
  });

  async function onceTaken(): Promise<void> {
    const running = operator();
    await running.line(begun);
    await expect
      .poll(async () => (await get('registry', 'main', '-o', 'json')).out, { timeout: 10_000 })
      .toContain('Unreachable');
    running.signal('SIGTERM');
    await running.ended();
  }

  it('is what kubectl would, with what was refused on standard error', async () => {
    await onceTaken();
    const [all, none, missing, whole, events, ofOne, described] = await Promise.all([
      get('coppice'),
      get('delreq'),
      get('retpol', 'keep', 'gone'),
      get('retpol/keep', '-o', 'yaml'),
      coppice(['events', '--resources', resources]),
      coppice(['events', '--for', 'cregistry/main', '--resources', resources, '-o', 'json']),
      coppice(['describe', 'Registries', 'main', '--state', join(resources, '.coppice')]),
    ]);
    expect(all.out).toMatch(
      /^NAME +READY.*\nregistry\.coppice\.dev\/main +False.*\n\nNAME +REGISTRY +MODE.*\nretentionpolicy\.coppice\.dev\/keep /,
    );
    expect(all.err).toMatch(/refused: all\.yaml: document 3, line \d+: .*unknown field "spec\.retain"/);
    expect(none).toMatchObject({ code: 0, out: '' });
    expect(none.err).toContain('No resources found in default namespace.');
    expect(missing).toMatchObject({ code: 1, out: expect.stringContaining('\nkeep ') as string });
    expect(missing.err).toContain('Error from server (NotFound): retentionpolicies.coppice.dev "gone" not found');
    expect(whole.out).toMatch(/^apiVersion: coppice.dev\/v1alpha1\nkind: RetentionPolicy\nmetadata:\n {2}annotations:/);
    expect(events.out).toMatch(/^LAST SEEN +TYPE +REASON +OBJECT +MESSAGE\n/);
    expect(events.out).toMatch(/ Warning +Refused +RetentionPolicy\/wrong +all\.yaml: document 3, line/);
    expect(JSON.parse(ofOne.out)).toMatchObject({
      kind: 'List',
      items: [{ kind: 'Event', involvedObject: { kind: 'Registry', name: 'main' }, reason: 'Unreachable' }],
    });
    expect(described.out).toMatch(/^Name: +main\nNamespace: +default\n/);
    expect(described.out).toMatch(/\n {2}Warning +Unreachable +\d+s +coppice +http/);
  });

  it('has a column for namespaces where there are several', async () => {
    await file('other.yaml', document('Registry', 'main', unreachable, 'other'));
    await onceTaken();
    const [both, one] = await Promise.all([get('registry'), get('registry', '-n', 'other')]);
    expect(both.out).toMatch(/^NAMESPACE +NAME .*\ndefault +main .*\nother +main /);
    expect(one.out).toMatch(/^NAME .*\nmain .*\n$/);
  });

  it('is nothing where no operator has worked', async () => {
    expect(await get('registry')).toMatchObject({
      code: 2,
      err: expect.stringContaining('no operator has worked here') as string,
    });
  });
});

describe('the operator beside a replica', () => {
  let served: ServedStorage;

  beforeAll(async () => {
    served = await ServedStorage.start();
  });
  afterAll(async () => {
    await served.remove();
  });

  async function ready(kind: string, name: string, reason: string): Promise<Shown> {
    let shown: Shown | undefined;
    const look = async (): Promise<string> => {
      const { code, out } = await get(kind, name, '-o', 'json');
      shown = code === 0 ? (JSON.parse(out) as Shown) : undefined;
      const isCurrent = shown?.status.observedGeneration === shown?.metadata.generation;
      const found = shown?.status.conditions?.find(({ type }) => type === 'Ready');
      return isCurrent ? (found?.reason ?? '') : '';
    };
    await expect.poll(look, { timeout: 30_000, interval: 100 }).toBe(reason);
    if (shown === undefined) throw new Error(`there is no ${kind} ${name}`);
    return shown;
  }

  it('previews, waits for the approval, deletes what was approved, and no more', async () => {
    const digest = await served.push('team/app', 'v1');
    await served.push('team/app', 'v2');
    const targets = [{ repository: 'team/app', digest }];
    const request = (more: object): string =>
      document('DeleteRequest', 'old', { registryRef: { name: 'main' }, targets, ...more });
    await file('registry.yaml', document('Registry', 'main', { endpoints: [served.admin] }));
    await file('request.yaml', request({}));
    const running = operator();
    await running.line(begun);
    await ready('registry', 'main', 'Coherent');
    const { status } = await ready('delreq', 'old', 'PlanReady');
    await served.age(); // what was pushed just now is spared
    await file('request.yaml', request({ mode: 'Execute', approvedPlan: status.plan?.digest }));
    await ready('delreq', 'old', 'Completed');
    expect(await served.statusOf('/v2/team/app/manifests/v1')).toBe(404);
    expect(await served.statusOf('/v2/team/app/manifests/v2')).toBe(200);
    const { out } = await get('delreq');
    expect(out).toMatch(/\nold +main +Execute +Completed +1 +\d/);
    running.signal('SIGTERM');
    expect((await running.ended()).code).toBe(0);
  });
});
