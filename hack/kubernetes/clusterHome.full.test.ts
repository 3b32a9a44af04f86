import { afterAll, describe, expect, it } from 'vitest';
import { type WorkloadKind, workloadKinds } from '../../operator/inUse/ports.ts';
import { ClusterWorkloads } from '../../operator/kubernetes/workloads.ts';
import { apiVersion, type Draft, keyOf, kinds } from '../../operator/resources/home.ts';
import { describeHome, type HomeUnderTest } from '../../operator/resources/testing/homeSuite.ts';
import { type ControlPlane, lackingControlPlane } from '../cluster/controlPlane.ts';
import { apply, kubectl, startTestCluster, testHome } from './testCluster.ts';

const { signal } = new AbortController();
const lacking = await lackingControlPlane();

interface SeenEvent {
  readonly reason: string;
  readonly regarding: { readonly name: string };
  readonly series?: { readonly count: number };
}

let starting: Promise<ControlPlane> | undefined;
afterAll(async () => (await starting)?.stop());

async function make(): Promise<HomeUnderTest> {
  starting ??= startTestCluster({ controllers: true }, signal);
  const plane = await starting;
  // Watches end by themselves, and have a bookmark before: asked for more often a test need not wait for minutes.
  const { home, recorder, close } = testHome(plane.kubeconfig, { watchSeconds: 6 });
  return {
    home,
    apply: async (draft: Draft<'DeleteRequest'> | Draft<'Registry'>) => apply(plane, { apiVersion, ...draft }, signal),
    remove: async (kind, name) => {
      await kubectl(plane, ['delete', '--wait=false', kind, name], signal);
    },
    events: async (name) => {
      await recorder.settled();
      const { items } = JSON.parse(await kubectl(plane, ['get', 'events.events.k8s.io', '-o', 'json'], signal)) as {
        items: SeenEvent[];
      };
      return items
        .filter(({ regarding }) => regarding.name === name)
        .map(({ reason, series }) => `${reason} x${series?.count ?? 1}`);
    },
    goneVersions: () => ['1', ''],
    endWatches: () => undefined,
    close: async () => {
      for (const kind of kinds) {
        for (const item of (await home.list(kind, signal)).items) {
          const { metadata } = await home.setFinalizers(item, [], signal);
          await home.delete(kind, keyOf(item), metadata.uid, signal);
        }
        await expect.poll(async () => (await home.list(kind, signal)).items, { timeout: 20_000 }).toEqual([]);
      }
      await kubectl(plane, ['delete', 'events.events.k8s.io', '--all'], signal);
      await close();
    },
  };
}

/** That nothing runs of. */
function workload(kind: WorkloadKind): object {
  const labels = { app: 'a' };
  const containers = [{ name: 'a', image: 'r.io/app:1' }];
  const pod = { restartPolicy: 'Never', containers };
  const template = { metadata: { labels }, spec: { containers } };
  const ofTemplate = { selector: { matchLabels: labels }, template };
  const job = { suspend: true, template: { spec: pod } };
  const specs: Record<WorkloadKind, object> = {
    Pod: { spec: { ...pod, nodeName: 'nowhere' } },
    Deployment: { spec: { replicas: 0, ...ofTemplate } },
    ReplicaSet: { spec: { replicas: 0, ...ofTemplate } },
    StatefulSet: { spec: { replicas: 0, serviceName: 'a', ...ofTemplate } },
    DaemonSet: { spec: ofTemplate },
    Job: { spec: job },
    CronJob: { spec: { schedule: '0 0 29 2 *', suspend: true, jobTemplate: { spec: job } } },
    ControllerRevision: { revision: 1, data: { spec: { template } } },
  };
  const group = { Pod: 'v1', Job: 'batch/v1', CronJob: 'batch/v1' }[kind as string] ?? 'apps/v1';
  return {
    apiVersion: group,
    kind,
    metadata: { namespace: 'default', name: `of-${kind.toLowerCase()}` },
    ...specs[kind],
  };
}

describe.skipIf(lacking !== undefined)(`cluster home${lacking === undefined ? '' : `, lacking ${lacking}`}`, () => {
  describeHome('cluster home', make);

  it.each(workloadKinds)('lists every %s, in whatever namespace it is', async (kind) => {
    starting ??= startTestCluster({ controllers: true }, signal);
    const plane = await starting;
    const { transport, close } = testHome(plane.kubeconfig);
    await apply(plane, workload(kind), signal);
    const names: string[] = [];
    for await (const page of new ClusterWorkloads(transport).pages(kind, signal)) {
      names.push(...page.map((object) => (object as { metadata: { name: string } }).metadata.name));
    }
    expect(names).toContain(`of-${kind.toLowerCase()}`);
    const elsewhere = new ClusterWorkloads(transport).pages(kind, signal, 'kube-public');
    for await (const page of elsewhere) expect(page).toEqual([]);
    await close();
  });
});
