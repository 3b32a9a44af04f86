import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { type ControlPlane, lackingControlPlane, startControlPlane } from '../cluster/controlPlane.ts';
import { OperatorProcess } from '../kubernetes/operatorProcess.ts';
import { apply, kubectl } from '../kubernetes/testCluster.ts';
import { document, OperatorWorld, policyOf, requestOf } from '../operator/world.ts';
import { lacking } from '../tools/cache.ts';
import { chart, helm } from './helm.ts';

const { signal } = new AbortController();
const missing = (await lackingControlPlane()) ?? (await lacking('helm4'));
const namespace = 'registry';

describe.skipIf(missing !== undefined)(
  `an operator with the rights of the chart${missing === undefined ? '' : `: ${missing}`}`,
  () => {
    let home: string;
    let plane: ControlPlane;
    let world: OperatorWorld;
    let operator: OperatorProcess;

    beforeAll(async () => {
      home = await mkdtemp(join(tmpdir(), 'coppice-rights-'));
      plane = await startControlPlane({}, signal);
      world = await OperatorWorld.start({}, signal);
      const install = ['install', 'r', chart, '--namespace', namespace, '--create-namespace'];
      const { exitCode, stderr } = await helm('helm4', install, { home, kubeconfig: plane.kubeconfig }, signal);
      expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
      const kubeconfig = join(home, 'operator.kubeconfig');
      await writeFile(kubeconfig, await kubeconfigOfAccount('r-coppice-operator'));
      const args = ['--namespace', namespace];
      operator = await OperatorProcess.start({ name: 'operator', folder: home, kubeconfig, args }, signal);
    });
    afterAll(async () => {
      await operator.end('SIGKILL');
      await world.remove();
      await plane.stop();
      await rm(home, { recursive: true });
    });

    async function inNamespace(...args: readonly string[]): Promise<string> {
      return kubectl(plane, ['--namespace', namespace, ...args], signal);
    }

    /** As a pod of this service account would speak to the API server. */
    async function kubeconfigOfAccount(account: string): Promise<string> {
      const token = (await inNamespace('create', 'token', account)).trim();
      const authority = Buffer.from(plane.access.authority).toString('base64');
      return stringify({
        ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'here' },
        clusters: [{ name: 'here', cluster: { server: plane.server, 'certificate-authority-data': authority } }],
        users: [{ name: 'here', user: { token } }],
        contexts: [{ name: 'here', context: { cluster: 'here', user: 'here', namespace } }],
      });
    }

    async function applied(document: object): Promise<void> {
      const { metadata, ...rest } = document as { readonly metadata: object };
      await apply(plane, { ...rest, metadata: { ...metadata, namespace } }, signal);
    }

    it('may make reports, and look at no ConfigMap', async () => {
      const may = async (verb: string): Promise<string> => {
        const account = `system:serviceaccount:${namespace}:r-coppice-operator`;
        const args = ['--namespace', namespace, 'auth', 'can-i', verb, 'configmaps', '--as', account];
        return (await plane.kubectl(args, signal)).stdout.trim();
      };
      expect(await Promise.all(['create', 'get', 'list', 'update', 'patch', 'delete'].map(may))).toEqual([
        'yes',
        ...Array.from({ length: 5 }, () => 'no'),
      ]);
    });

    it('does all of its work, and is refused nothing', async () => {
      const digest = await world.push('team/app', 'unwanted', signal);
      await world.push('team/app', 'kept', signal);
      await applied(world.registry({ limits: { unapprovedDeletes: 10, maxDeletePercent: 100 } }));
      await inNamespace('wait', '--for=condition=Ready', '--timeout=60s', 'cregistry/main');
      await inNamespace('wait', '--for=condition=InUseKnown', '--timeout=60s', 'cregistry/main');

      const targets = [{ repository: 'team/app', digest }];
      await applied(requestOf('stays', { targets }));
      await applied(requestOf('goes', { targets, mode: 'Execute', ttlSecondsAfterFinished: 1 }));
      const rules = [{ name: 'newest', tags: { glob: ['*'] }, keep: { latest: 10 } }];
      await applied(policyOf('team', { repositories: { include: ['team/**'] }, rules }));
      await applied(document('CollectionRun', 'by-hand', { registryRef: { name: 'main' }, mode: 'Preview' }));
      for (const name of ['deleterequest/stays', 'retentionpolicy/team', 'collectionrun/by-hand']) {
        await inNamespace('wait', '--for=condition=Ready', '--timeout=60s', name);
      }
      // It is carried out and, since nothing else keeps it, deletes itself.
      await inNamespace('wait', '--for=delete', '--timeout=60s', 'deleterequest/goes');
      expect(await world.has('team/app', 'unwanted', signal)).toBe(false);
      expect(await world.has('team/app', 'kept', signal)).toBe(true);
      expect(await inNamespace('get', 'events.events.k8s.io', '-o', 'name')).not.toBe('');
      expect(await operator.end('SIGTERM')).toBe(0);
      expect(await inNamespace('get', 'lease', 'coppice-operator', '-o', 'jsonpath={.spec.holderIdentity}')).toBe('');
      expect((await operator.lastWords(10_000)).match(/.*(forbidden| 403).*/gi)).toBeNull();
    });
  },
);
