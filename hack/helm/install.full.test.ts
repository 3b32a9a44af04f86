import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type ControlPlane, lackingControlPlane, startControlPlane } from '../cluster/controlPlane.ts';
import { lacking } from '../tools/cache.ts';
import { chart, type Helm, helm, helms } from './helm.ts';
import { valuesArgs } from './rendered.ts';

const { signal } = new AbortController();
const missing =
  (await lackingControlPlane()) ?? (await Promise.all(helms.map(lacking))).find((one) => one !== undefined);

/** What clusters with a Prometheus operator have; its schemas are its own matter. */
const monitors = ['ServiceMonitor', 'PrometheusRule'].map((kind) => {
  const plural = `${kind.toLowerCase()}s`;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.monitoring.coreos.com` },
    spec: {
      ...{ group: 'monitoring.coreos.com', scope: 'Namespaced', names: { kind, plural } },
      versions: [
        {
          ...{ name: 'v1', served: true, storage: true },
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
  };
});

describe.skipIf(missing !== undefined)(
  `the chart on an API server${missing === undefined ? '' : `: ${missing}`}`,
  () => {
    let home: string;
    let plane: ControlPlane;

    beforeAll(async () => {
      home = await mkdtemp(join(tmpdir(), 'coppice-helm-install-'));
      plane = await startControlPlane({}, signal);
      await kubectl(['apply', '-f', '-'], monitors.map((one) => JSON.stringify(one)).join('\n---\n'));
    });
    afterAll(async () => {
      await plane.stop();
      await rm(home, { recursive: true });
    });

    /** What it says to both; one that fails rejects the test. */
    async function kubectl(args: readonly string[], input?: string): Promise<string> {
      const { exitCode, stdout, stderr } = await plane.kubectl(args, signal, input);
      expect({ args, exitCode, stderr }).toMatchObject({ exitCode: 0 });
      return stdout + stderr;
    }

    async function helmDoes(which: Helm, ...args: readonly string[]): Promise<string> {
      const { exitCode, stdout, stderr } = await helm(which, args, { home, kubeconfig: plane.kubeconfig }, signal);
      expect({ args, exitCode, stderr }).toMatchObject({ exitCode: 0 });
      return stdout;
    }

    /** One whose pods the Pod Security Standard "restricted" judges. */
    async function namespace(name: string): Promise<void> {
      await kubectl(['create', 'namespace', name]);
      const judged = ['enforce', 'warn'].map((mode) => `pod-security.kubernetes.io/${mode}=restricted`);
      await kubectl(['label', 'namespace', name, ...judged]);
    }

    async function may(account: string, ...what: readonly string[]): Promise<boolean> {
      const { stdout } = await plane.kubectl(
        ['auth', 'can-i', '--as', `system:serviceaccount:${account}`, ...what],
        signal,
      );
      return stdout.trim() === 'yes';
    }

    describe.each(helms)('%s', (which) => {
      it('installs, changes definitions with the chart, and leaves definitions and images when it goes', async () => {
        const at = ['-n', which];
        await namespace(which);
        const changed = join(home, `chart-${which}`);
        await cp(chart, changed, { recursive: true });
        const file = join(changed, 'templates/crds/registries.yaml');
        const told = 'Which pods are replicas.';
        const source = await readFile(file, 'utf8');
        expect(source.split(told).length).toBe(2);
        await writeFile(file, source.replace(told, 'Another word for it.'));

        await helmDoes(which, 'install', 'r', chart, ...at);
        expect(await kubectl(['get', 'deployments', ...at, '-o', 'name'])).toBe(
          'deployment.apps/r-coppice-operator\ndeployment.apps/r-coppice-registry\n',
        );
        const described = ['get', 'crd', 'registries.coppice.dev', '-o', 'yaml'];
        expect(await kubectl(described)).toContain(told);
        await helmDoes(which, 'upgrade', 'r', changed, ...at, '--set', 'registry.replicas=3');
        expect(await kubectl(described)).toContain('Another word for it.');
        await helmDoes(which, 'uninstall', 'r', ...at);
        expect(await kubectl(['get', 'deployments,services,configmaps', ...at, '-o', 'name'])).not.toContain('coppice');
        expect(await kubectl(['get', 'crd', '-o', 'name'])).toContain('registries.coppice.dev');
        expect(await kubectl(['get', 'pvc', ...at, '-o', 'name'])).toBe('persistentvolumeclaim/r-coppice-registry\n');

        // Under its old name it takes up what it left.
        await helmDoes(which, 'install', 'r', chart, ...at);
        await helmDoes(which, 'uninstall', 'r', ...at);
        await kubectl(['delete', 'crd', '-l', 'app.kubernetes.io/part-of=coppice']);
      });
    });

    it.each([undefined, 'existing-claim', 'one-replica', 'cluster-wide', 'everything'])(
      'is taken by the API server without a warning, with values: %s',
      async (values) => {
        const name = `dry-${values ?? 'default'}`;
        await namespace(name);
        await kubectl(['apply', '--server-side', '-f', join(chart, '../../crds')]);
        const files = valuesArgs(chart, values);
        const text = await helmDoes(
          'helm4',
          'template',
          'r',
          chart,
          '-n',
          name,
          '--set',
          'crds.install=false',
          ...files,
        );
        const apply = ['apply', '--server-side', '--dry-run=server', '--validate=strict', '-n', name, '-f', '-'];
        const said = await kubectl(apply, text);
        expect(
          said.split('\n').filter((line) => line !== '' && !line.endsWith('serverside-applied (server dry run)')),
        ).toEqual([]);
      },
    );

    it('lets an approval pass from who may approve alone, where that is asked for', async () => {
      const at = ['-n', 'reviewed'];
      await namespace('reviewed');
      const set = ['--set', 'crds.install=false,approvals.policy.enabled=true'];
      await helmDoes('helm4', 'install', 'r', chart, ...at, ...set);
      const verbs = ['get', 'list', 'create', 'update', 'patch'].map((verb) => `--verb=${verb}`);
      await kubectl(['create', 'role', 'author', ...at, ...verbs, '--resource=deleterequests.coppice.dev']);
      const reviewer = ['--verb=approve', '--resource=deleterequests.coppice.dev'];
      await kubectl(['create', 'role', 'reviewer', ...at, ...reviewer]);
      for (const [user, role] of [
        ['ann', 'author'],
        ['rob', 'author'],
        ['rob', 'reviewer'],
      ] as const)
        await kubectl(['create', 'rolebinding', `${user}-${role}`, ...at, `--role=${role}`, `--user=${user}`]);
      const request = (approvedPlan?: string): string =>
        JSON.stringify({
          ...{
            apiVersion: 'coppice.dev/v1alpha1',
            kind: 'DeleteRequest',
            metadata: { name: 'dr', namespace: 'reviewed' },
          },
          spec: {
            ...{ registryRef: { name: 'main' }, targets: [{ repository: 'a', digest: `sha256:${'0'.repeat(64)}` }] },
            ...(approvedPlan !== undefined && { mode: 'Execute', approvedPlan }),
          },
        });
      const apply = async (user: string, approvedPlan?: string): Promise<string> => {
        const { stdout, stderr } = await plane.kubectl(
          ['apply', '--as', user, '-f', '-'],
          signal,
          request(approvedPlan),
        );
        return stdout + stderr;
      };
      const [plan, other] = ['1', '2'].map((digit) => `sha256:${digit.repeat(64)}`);
      expect(await apply('ann')).toContain('created');
      // A policy is in force a moment after it was made.
      await vi.waitFor(async () => {
        expect(await apply('ann', plan)).toContain('has the verb approve');
      }, 30_000);
      expect(await apply('rob', plan)).toContain('configured');
      expect(await apply('ann', plan)).toContain('unchanged');
      expect(await apply('ann', other)).toContain('has the verb approve');
      expect(await apply('ann')).toContain('configured'); // taking an approval back needs no right
      await helmDoes('helm4', 'uninstall', 'r', ...at);
    });

    it('gives the operator what it needs, and nothing beyond the namespace that was not asked for', async () => {
      for (const [name, ...more] of [['here'], ['all', '--values', `${chart}/ci/cluster-wide-values.yaml`]] as const) {
        await namespace(name);
        const set = ['--set', 'crds.install=false,monitoring.prometheusRule.enabled=false'];
        await helmDoes('helm4', 'install', 'r', chart, '-n', name, ...more, ...set);
      }
      const [here, all] = ['here:r-coppice-operator', 'all:r-coppice-operator'];
      expect(await may(here, 'patch', 'registries.coppice.dev/status', '-n', 'here')).toBe(true);
      expect(await may(here, 'list', 'cronjobs.batch', '-n', 'here')).toBe(true);
      expect(await may(here, 'update', 'leases.coordination.k8s.io/coppice-operator', '-n', 'here')).toBe(true);
      expect(await may(here, 'update', 'leases.coordination.k8s.io/another', '-n', 'here')).toBe(false);
      expect(await may(here, 'list', 'registries.coppice.dev', '-n', 'all')).toBe(false);
      expect(await may(here, 'get', 'secrets/any', '-n', 'here')).toBe(false);
      expect(await may(here, 'list', 'pods', '-n', 'all')).toBe(false);
      expect(await may(all, 'patch', 'registries.coppice.dev/status', '-n', 'here')).toBe(true);
      expect(await may(all, 'get', 'secrets/registry-ca', '-n', 'here')).toBe(true);
      expect(await may(all, 'get', 'secrets/any', '-n', 'here')).toBe(false);
      expect(await may(all, 'delete', 'registries.coppice.dev', '-n', 'here')).toBe(false);
      expect(await may('here:r-coppice-registry', 'create', 'tokenreviews.authentication.k8s.io')).toBe(false);
    });
  },
);
