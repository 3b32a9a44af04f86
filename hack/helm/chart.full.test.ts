import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:https';
import { type AddressInfo, createServer as listenPlain } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { operator as operatorCommand } from '../../cli/commands/operator.ts';
import { admit } from '../../operator/api/admission.ts';
import { type ReplicaConfig, readConfiguration } from '../../registry/config/configuration.ts';
import { Authority } from '../cluster/authority.ts';
import { lacking } from '../tools/cache.ts';
import { chart, type Helm, helm, helms } from './helm.ts';
import { idOf, type KubeObject, objectOf, objectsOf, podOf, type Rule, valuesArgs } from './rendered.ts';
import { violationsOf } from './restricted.ts';

const { signal } = new AbortController();
const missing = (await Promise.all(helms.map(lacking))).find((one) => one !== undefined);

const definitions = ['collectionruns', 'deleterequests', 'registries', 'retentionpolicies'].map(
  (plural) => `CustomResourceDefinition/${plural}.coppice.dev`,
);
const registry = [
  ...['ConfigMap/r-coppice-registry', 'Deployment/r-coppice-registry', 'NetworkPolicy/r-coppice-registry'],
  ...['Pod/r-coppice-test', 'PodDisruptionBudget/r-coppice-registry', 'Service/r-coppice', 'Service/r-coppice-metrics'],
  'ServiceAccount/r-coppice-registry',
];
const claim = 'PersistentVolumeClaim/r-coppice-registry';
const operatorOf = (kind: 'Role' | 'ClusterRole', name: string): readonly string[] => [
  ...['Deployment/r-coppice-operator', 'NetworkPolicy/r-coppice-operator', 'PodDisruptionBudget/r-coppice-operator'],
  ...['Service/r-coppice-operator-metrics', 'ServiceAccount/r-coppice-operator'],
  ...[`${kind}/${name}`, `${kind}Binding/${name}`],
  ...['Role/r-coppice-operator-lease', 'RoleBinding/r-coppice-operator-lease'],
];
const operator = operatorOf('Role', 'r-coppice-operator');

const cases: readonly { readonly values: string | undefined; readonly objects: readonly string[] }[] = [
  { values: undefined, objects: [...definitions, ...registry, claim, ...operator] },
  { values: 'existing-claim', objects: [...definitions, ...registry, ...operator] },
  { values: 'one-replica', objects: [...definitions, ...registry, claim, ...operator] },
  { values: 'no-crds', objects: [...registry, claim, ...operator] },
  {
    values: 'cluster-wide',
    objects: [...definitions, 'PrometheusRule/r-coppice', ...operatorOf('ClusterRole', 'reg-r-coppice-operator')],
  },
  {
    values: 'everything',
    objects: [
      ...[...definitions, ...registry, claim, ...operator, 'Service/r-coppice-admin', 'Ingress/r-coppice'],
      ...['ClusterRoleBinding/reg-r-coppice-registry', 'ServiceMonitor/r-coppice', 'PrometheusRule/r-coppice'],
      ...[
        'ValidatingAdmissionPolicy/reg-r-coppice-approvals',
        'ValidatingAdmissionPolicyBinding/reg-r-coppice-approvals',
      ],
      ...['ConfigMap/r-coppice-dashboard', 'ConfigMap/r-coppice-extra', 'RetentionPolicy/team'],
    ],
  },
];

describe.skipIf(missing !== undefined)(`the chart${missing === undefined ? '' : `: ${missing}`}`, () => {
  let home: string;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'coppice-helm-'));
  });
  afterAll(async () => {
    await rm(home, { recursive: true });
  });

  async function rendered(which: Helm, ...args: readonly string[]): Promise<readonly KubeObject[]> {
    const { exitCode, stdout, stderr } = await helm(
      which,
      ['template', 'r', chart, '-n', 'reg', ...args],
      { home },
      signal,
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    return objectsOf(stdout);
  }
  const of = async (values: string | undefined, ...args: readonly string[]): Promise<readonly KubeObject[]> =>
    rendered('helm4', ...valuesArgs(chart, values), ...args);

  it('has a case for every file of values', async () => {
    const files = (await readdir(join(chart, 'ci'))).map((file) => file.replace('-values.yaml', ''));
    expect(cases.flatMap(({ values }) => values ?? []).toSorted()).toEqual(files.toSorted());
  });

  describe.each(cases)('with values: $values', ({ values, objects: expected }) => {
    it.each(helms)('passes the strict lint of %s', async (which) => {
      const { exitCode, stdout } = await helm(
        which,
        ['lint', '--strict', chart, ...valuesArgs(chart, values)],
        { home },
        signal,
      );
      expect(stdout).toContain('0 chart(s) failed');
      expect(exitCode).toBe(0);
    });

    it('renders what it should, the same by Helm 3 and 4', async () => {
      const [by3, by4] = await Promise.all(helms.map(async (which) => rendered(which, ...valuesArgs(chart, values))));
      expect(by3).toEqual(by4);
      expect(by4?.map(idOf).toSorted()).toEqual(expected.toSorted());
    });

    it('has pods that "restricted" admits, and tokens only where one is used', async () => {
      const pods = (await of(values)).map((object) => ({ id: idOf(object), pod: podOf(object) }));
      for (const { id, pod } of pods) {
        if (pod === undefined) continue;
        expect({ id, violations: violationsOf(pod) }).toEqual({ id, violations: [] });
        const asks =
          id === 'Deployment/r-coppice-operator' || (id === 'Deployment/r-coppice-registry' && values === 'everything');
        expect({ id, token: pod.automountServiceAccountToken }).toEqual({ id, token: asks });
      }
    });

    it('gives no right to everything, and none beyond the namespace that was not asked for', async () => {
      const rules = (await of(values)).flatMap((object): readonly Rule[] => object.rules ?? []);
      const words = rules.flatMap(({ apiGroups, resources, verbs }) => [...apiGroups, ...resources, ...verbs]);
      expect(words).not.toContain('*');
      const secrets = rules.filter(({ resources }) => resources.includes('secrets'));
      expect(secrets.flatMap(({ verbs, resourceNames = ['any'] }) => [...verbs, ...resourceNames])).toEqual(
        { everything: ['get', 'other-ca', 'coppice-ca'], 'cluster-wide': ['get', 'registry-ca'] }[values ?? ''] ?? [],
      );
    });

    it('configures replicas in a way that the program takes', async () => {
      const objects = await of(values);
      const found = objects.find((object) => idOf(object) === 'ConfigMap/r-coppice-registry');
      if (found === undefined) return;
      const config = readConfiguration('config.yml', found.data?.['config.yml'], environmentOf(objects));
      expect(config.http.listener.at).toEqual({ port: 5000 });
      expect(config.metrics.listener.at).toEqual({ port: 5001 });
      expect(config.storage.rootDirectory).toBe('/var/lib/registry');
    });
  });

  it('starts operators with options that the program has', async () => {
    for (const values of [undefined, 'everything', 'cluster-wide']) {
      const [command, ...given] =
        podOf(objectOf(await of(values), 'Deployment/r-coppice-operator'))?.containers[0]?.args ?? [];
      const names = given.map((arg) => /^--([a-z-]+)=./.exec(arg)?.[1]);
      expect(command).toBe(operatorCommand.name);
      expect(Object.keys(operatorCommand.options)).toEqual(expect.arrayContaining(names));
      expect(names.includes('namespace')).toBe(values !== 'cluster-wide');
    }
  });

  it('shows a Registry in its notes that is one', async () => {
    const args = ['install', 'r', chart, '-n', 'reg', '--dry-run=client', ...valuesArgs(chart, 'everything')];
    const { stdout } = await helm('helm4', args, { home }, signal);
    const shown = /^ {2}apiVersion: coppice\.dev\/v1alpha1\n(?: {2}.*\n)+/m.exec(stdout)?.[0];
    const admission = admit('Registry', parse(shown ?? ''));
    expect(admission.ok ? '' : admission.message).toBe('');
  });

  it('brings the definitions as they are in crds/, which outlive the release if so wanted', async () => {
    const kept = await of(undefined);
    const left = await of(undefined, '--set', 'crds.keep=false');
    for (const id of definitions) {
      const source = parse(await readFile(join(chart, '../../crds', `${id.split('/')[1]}.yaml`), 'utf8')) as KubeObject;
      const { metadata, ...rest } = objectOf(kept, id);
      expect(rest).toEqual({ apiVersion: source.apiVersion, kind: source.kind, spec: source.spec });
      expect(metadata.annotations).toEqual({ 'helm.sh/resource-policy': 'keep' });
      expect(objectOf(left, id).metadata.annotations).toBeUndefined();
    }
    expect(objectOf(kept, claim).metadata.annotations).toEqual({ 'helm.sh/resource-policy': 'keep' });
  });

  it('opens the admin API only with a certificate, to the operator and the replicas alone', async () => {
    const ports = (objects: readonly KubeObject[]): unknown =>
      podOf(objectOf(objects, 'Deployment/r-coppice-registry'))?.containers[0]?.ports?.map(({ name }) => name);
    expect(ports(await of(undefined))).toEqual(['registry', 'metrics']);
    const objects = await of('everything');
    expect(ports(objects)).toEqual(['registry', 'metrics', 'admin']);
    const { ingress } = objectOf(objects, 'NetworkPolicy/r-coppice-registry').spec as unknown as {
      readonly ingress: readonly {
        ports: [{ port: string }];
        from: { podSelector: { matchLabels: Record<string, string> } }[];
      }[];
    };
    const admin = ingress.filter(({ ports: [{ port }] }) => port === 'admin');
    expect(
      admin.flatMap(({ from }) => from.map((one) => one.podSelector.matchLabels['app.kubernetes.io/component'])),
    ).toEqual(['operator', 'registry']);
    const { admin: configured } = readConfiguration(
      'config.yml',
      objectOf(objects, 'ConfigMap/r-coppice-registry').data?.['config.yml'],
      environmentOf(objects),
    );
    expect(configured.listener.at).toEqual({ host: '10.0.0.7', port: 5443 });
    expect(configured.hosts).toContain('r-coppice-admin.reg.svc');
    expect(configured.keys.map(({ name }) => name)).toEqual(['ci']);
    expect(configured.tokenReview?.users.map(({ name }) => name)).toEqual([
      'system:serviceaccount:reg:r-coppice-operator',
      'system:serviceaccount:ci:cleaner',
    ]);
  });

  it('asks for passwords and speaks TLS where Secrets are named, and its probes know', async () => {
    const probe = (objects: readonly KubeObject[]): unknown =>
      podOf(objectOf(objects, 'Deployment/r-coppice-registry'))?.containers[0]?.readinessProbe?.httpGet;
    const plain = await of(undefined);
    expect(probe(plain)).toEqual({ path: '/', port: 'registry', scheme: 'HTTP' });
    const objects = await of('everything');
    expect(probe(objects)).toEqual({ path: '/', port: 'registry', scheme: 'HTTPS' });
    const config = (from: readonly KubeObject[]): ReplicaConfig =>
      readConfiguration(
        'config.yml',
        objectOf(from, 'ConfigMap/r-coppice-registry').data?.['config.yml'],
        environmentOf(from),
      );
    expect([config(plain).access, config(plain).http.tls]).toEqual([{ by: 'nothing' }, undefined]);
    expect([config(objects).access, config(objects).http.tls]).toMatchObject([
      { by: 'htpasswd', realm: 'Images', path: '/etc/coppice/auth/htpasswd' },
      { certificate: '/etc/coppice/registry-tls/tls.crt', key: '/etc/coppice/registry-tls/tls.key' },
    ]);
    const pod = podOf(objectOf(objects, 'Deployment/r-coppice-registry'));
    expect(pod?.containers[0]?.volumeMounts?.map(({ mountPath }) => mountPath)).toEqual(
      expect.arrayContaining(['/etc/coppice/auth', '/etc/coppice/registry-tls']),
    );
  });

  it('asks again in its own test: just after an upgrade a Service may still lead to a replica that speaks no TLS', async () => {
    const { certificate: cert, key } = new Authority('test').issueServer('replica', ['localhost']);
    const today = createServer({ cert, key }, (_request, response) => response.writeHead(401).end());
    let connections = 0;
    const service = listenPlain((socket) => {
      connections++;
      if (connections === 1) socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
      else today.emit('connection', socket);
    }).listen(0, 'localhost');
    await once(service, 'listening');
    const { port } = service.address() as AddressInfo;

    const address = ['--set', 'fullnameOverride=localhost', '--set', `registry.service.port=${port}`];
    const objects = await of(undefined, ...address, '--set', 'registry.tls.secretName=tls');
    const [, ...args] = podOf(objectOf(objects, 'Pod/localhost-test'))?.containers[0]?.command ?? [];
    const said = await promisify(execFile)(process.execPath, args, { env: {} });
    service.close();
    expect(connections).toBe(2);
    expect(said.stderr).toContain('EPROTO');
  });

  it('goes over what the chart writes with registry.config, whatever the size of a number', async () => {
    const text = objectOf(await of('everything'), 'ConfigMap/r-coppice-registry').data?.['config.yml'];
    const config = readConfiguration('config.yml', text, environmentOf(await of('everything')));
    expect([config.storage.deleteEnabled, config.log.level, config.coppice.maxHeld]).toEqual([true, 'warn', 1_000_000]);
  });

  it('restarts replicas when their configuration changes, and not when the chart does', async () => {
    const template = (objects: readonly KubeObject[]): unknown =>
      objectOf(objects, 'Deployment/r-coppice-registry').spec?.['template'];
    const before = template(await of(undefined));
    expect(template(await of(undefined, '--set', 'crds.keep=false'))).toEqual(before);
    expect(template(await of(undefined, '--set', 'registry.config.log.level=debug'))).not.toEqual(before);
  });

  it('replaces a replica in place only where two nodes can mount its claim', async () => {
    const type = (objects: readonly KubeObject[]): unknown =>
      (objectOf(objects, 'Deployment/r-coppice-registry').spec?.['strategy'] as { readonly type?: string }).type;
    expect(type(await of(undefined))).toBe('RollingUpdate');
    expect(type(await of('one-replica'))).toBe('Recreate');
  });
});

/** The variables of a replica's container that are ours, as the kubelet would expand them, and those that it gives every pod. */
function environmentOf(objects: readonly KubeObject[]): Readonly<Record<string, string>> {
  const env = podOf(objectOf(objects, 'Deployment/r-coppice-registry'))?.containers[0]?.env ?? [];
  const ours = env.flatMap(({ name, value }) =>
    name.startsWith('REGISTRY_') ? [[name, String(value).replaceAll('$(POD_IP)', '10.0.0.7')] as const] : [],
  );
  return { ...Object.fromEntries(ours), KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' };
}
