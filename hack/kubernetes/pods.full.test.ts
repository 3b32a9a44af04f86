import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { apiVersion, type Kind } from '../../operator/resources/home.ts';
import { Authority } from '../cluster/authority.ts';
import { type ControlPlane, lackingControlPlane } from '../cluster/controlPlane.ts';
import { RegistryClient } from '../load/client.ts';
import { imageOf, layer } from '../load/images.ts';
import { freePorts } from '../load/ports.ts';
import { Replica } from '../load/replica.ts';
import { conditionOf, type Seen } from '../operator/world.ts';
import { OperatorProcess } from './operatorProcess.ts';
import { apply, kubectl, startTestCluster, type TestHome, testHome } from './testCluster.ts';

const { signal } = new AbortController();
const lacking = await lackingControlPlane();
const namespace = 'images';
const serverName = 'registry-admin.images.svc';
const labels = { app: 'registry' };
const user = `system:serviceaccount:${namespace}:operator`;

/** As docs/operations/kubernetes.md has them: all that this operator may do. */
const rights: readonly (readonly [group: string, resources: string, verbs: string, names?: string])[] = [
  ['coppice.dev', 'registries,retentionpolicies,deleterequests,collectionruns', 'get,list,watch,patch'],
  ['coppice.dev', 'collectionruns', 'create,delete'],
  ['coppice.dev', 'deleterequests', 'delete'],
  ['coppice.dev', 'registries/status,retentionpolicies/status,deleterequests/status,collectionruns/status', 'patch'],
  ['coppice.dev', 'registries/finalizers', 'update'],
  ['events.k8s.io', 'events', 'create,patch'],
  ['', 'pods', 'list'],
  ['apps', 'deployments,replicasets,statefulsets,daemonsets,controllerrevisions', 'list'],
  ['batch', 'jobs,cronjobs', 'list'],
  ['coordination.k8s.io', 'leases', 'create,get,update'],
  ['', 'secrets', 'get', 'registry-ca'],
];

describe.skipIf(lacking !== undefined)(`replicas as pods${lacking === undefined ? '' : `, lacking ${lacking}`}`, () => {
  let plane: ControlPlane;
  let folder: string;
  let replica: Replica;
  let adminPort: number;
  let operator: OperatorProcess;
  let client: TestHome;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'coppice-pods-'));
    plane = await startTestCluster({}, signal);
    client = testHome(plane.kubeconfig);
    await kubectl(plane, ['create', 'namespace', namespace], signal);
    for (const account of ['default', 'registry', 'operator']) await inNamespace('create', 'serviceaccount', account);
    const reviewer = ['--clusterrole=system:auth-delegator', `--serviceaccount=${namespace}:registry`];
    await kubectl(plane, ['create', 'clusterrolebinding', 'reviewers', ...reviewer], signal);
    await startReplica();
    await writeFile(
      join(folder, 'operator-token'),
      await inNamespace('create', 'token', 'operator', '--audience=replicas'),
    );
    await bindRights();
    const settings = { name: 'operator', folder, kubeconfig: await kubeconfigOfOperator() };
    operator = await OperatorProcess.start({ ...settings, args: ['--namespace', namespace] }, signal);
  });
  afterAll(async () => {
    await operator.end('SIGKILL');
    await replica.end('SIGKILL');
    await client.close();
    await plane.stop();
    await rm(folder, { recursive: true });
  });

  const inNamespace = async (...args: readonly string[]): Promise<string> =>
    kubectl(plane, ['--namespace', namespace, ...args], signal);

  async function bindRights(): Promise<void> {
    const rules = rights.map(([group, resources, verbs, names]) => ({
      ...{ apiGroups: [group], resources: resources.split(','), verbs: verbs.split(',') },
      ...(names !== undefined && { resourceNames: names.split(',') }),
    }));
    const metadata = { name: 'operator', namespace };
    await apply(plane, { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata, rules }, signal);
    await inNamespace('create', 'rolebinding', 'operator', '--role=operator', `--serviceaccount=${namespace}:operator`);
  }

  /** With a token of its account, as a pod has one. */
  async function kubeconfigOfOperator(): Promise<string> {
    await writeFile(join(folder, 'api-token'), await inNamespace('create', 'token', 'operator'));
    const cluster = { server: plane.server, 'certificate-authority': join(folder, 'api-ca.crt') };
    const config = {
      'current-context': 'pod',
      clusters: [{ name: 'this', cluster }],
      users: [{ name: 'operator', user: { tokenFile: join(folder, 'api-token') } }],
      contexts: [{ name: 'pod', context: { cluster: 'this', user: 'operator', namespace } }],
    };
    await writeFile(join(folder, 'kubeconfig'), stringify(config));
    return join(folder, 'kubeconfig');
  }

  /** Its admin API speaks TLS, and asks the API server whose token it was shown. */
  async function startReplica(): Promise<void> {
    const authority = new Authority('replicas');
    const { certificate, key } = authority.issueServer('replica', [serverName]);
    const file = (name: string): string => join(folder, name);
    await writeFile(file('tls.crt'), certificate);
    await writeFile(file('tls.key'), key, { mode: 0o600 });
    await writeFile(file('ca.crt'), authority.certificate);
    await writeFile(file('api-ca.crt'), plane.access.authority);
    await writeFile(file('registry-token'), await inNamespace('create', 'token', 'registry'));
    await inNamespace('create', 'secret', 'generic', 'registry-ca', `--from-file=${file('ca.crt')}`);
    await mkdir(file('storage'));
    const [api = 0, admin = 0, metrics = 0] = await freePorts(3);
    adminPort = admin;
    replica = new Replica({
      ...{ name: 'replica', folder, storage: file('storage'), ports: { api, admin, metrics } },
      coppice: { permitTTL: '1s', window: '2s', holdBudget: '2s', promiseTTL: '3s', minAge: '1s', confirmAfter: '0s' },
      admin: {
        tls: { certificate: file('tls.crt'), key: file('tls.key') },
        tokenReview: {
          ...{
            audience: 'replicas',
            server: plane.server,
            caFile: file('api-ca.crt'),
            tokenFile: file('registry-token'),
          },
          users: [{ name: user, verbs: ['read', 'plan', 'execute'] }],
        },
      },
    });
    await replica.start(signal);
  }

  /** A pod as a kubelet would tell of it. */
  async function tellOfPod(name: string, status: object): Promise<void> {
    const spec = { nodeName: 'nowhere', containers: [{ name: 'registry', image: 'r.io/coppice:1' }] };
    await apply(plane, { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, labels }, spec }, signal);
    const patch = JSON.stringify({ status });
    await inNamespace('patch', 'pod', name, '--subresource=status', '--type=merge', '--patch', patch);
  }

  async function applyRegistry(requestedAt: string): Promise<void> {
    const spec = {
      replicas: {
        ...{ podSelector: { matchLabels: labels }, adminPort, serverName },
        caSecretRef: { name: 'registry-ca', key: 'ca.crt' },
      },
      auth: { tokenFile: join(folder, 'operator-token') },
    };
    const metadata = { name: 'main', namespace, annotations: { 'coppice.dev/requestedAt': requestedAt } };
    await apply(plane, { apiVersion, kind: 'Registry', metadata, spec }, signal);
  }

  async function ready(kind: Kind, name: string, reason: string): Promise<string> {
    const deadline = performance.now() + 60_000;
    for (;;) {
      const seen = (await client.home.get(kind, { namespace, name }, signal)) as Seen | undefined;
      const condition = conditionOf(seen, 'Ready');
      if (condition?.reason === reason) return condition.message;
      if (performance.now() > deadline) {
        throw new Error(`${kind} ${name} stayed ${JSON.stringify(seen?.status)}\n${await operator.lastWords()}`);
      }
      await pause(50, undefined, { signal });
    }
  }

  it('are found, known by their certificate, and let the operator in by its token', async () => {
    await tellOfPod('registry-0', { phase: 'Running', podIP: '127.0.0.1', podIPs: [{ ip: '127.0.0.1' }] });
    await applyRegistry('first');
    expect(await ready('Registry', 'main', 'Coherent')).toBe('1 of 1 replicas answer as one');
  });

  it('carry out what the operator orders', async () => {
    const pushing = new RegistryClient(replica.api, { retryAfterMs: [], pause: async () => undefined });
    await pushing.push('team/app', imageOf('team/app:v1', [layer('team/app:v1', 512)]), 'v1', signal);
    const targets = [{ repository: 'team/app', tagGlob: 'v*' }];
    const spec = { registryRef: { name: 'main' }, targets, cutoff: '2020-01-01T00:00:00Z' };
    await apply(plane, { apiVersion, kind: 'DeleteRequest', metadata: { name: 'dr', namespace }, spec }, signal);
    await ready('DeleteRequest', 'dr', 'PlanReady');
    const run = { registryRef: { name: 'main' }, mode: 'Execute' };
    await apply(plane, { apiVersion, kind: 'CollectionRun', metadata: { name: 'run', namespace }, spec: run }, signal);
    await ready('CollectionRun', 'run', 'Completed');
    expect(await operator.lastWords(200)).not.toContain(': 403: ');
  });

  it('W1: let nothing begin while a pod that may be one cannot be asked', async () => {
    await tellOfPod('registry-1', { phase: 'Pending' });
    await applyRegistry('second');
    expect(await ready('Registry', 'main', 'Incoherent')).toContain(
      'pod registry-1 does not answer: it has no address yet',
    );
    await inNamespace('delete', 'pod', 'registry-1', '--force', '--grace-period=0');
    await applyRegistry('third');
    await ready('Registry', 'main', 'Coherent');
  });
});
