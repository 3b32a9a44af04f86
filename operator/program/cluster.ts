import { ClusterHome } from '../kubernetes/clusterHome.ts';
import { ConfigMapReports } from '../kubernetes/configMapReports.ts';
import { Connections } from '../kubernetes/connections.ts';
import { Credentials } from '../kubernetes/credentials.ts';
import { Elector } from '../kubernetes/elector.ts';
import { EventRecorder } from '../kubernetes/eventRecorder.ts';
import { ClusterLease } from '../kubernetes/lease.ts';
import { clientMetrics, leaderMetrics } from '../kubernetes/metrics.ts';
import { podReplicas } from '../kubernetes/podReplicas.ts';
import { Transport } from '../kubernetes/transport.ts';
import { ClusterWorkloads } from '../kubernetes/workloads.ts';
import { systemTimers } from '../runtime/timers.ts';
import { fraction } from './fraction.ts';
import type { HomePorts, OpenedHome, OpenHome } from './ports.ts';

export interface ClusterOptions {
  /** A file; absent: `$KUBECONFIG`, `~/.kube/config`, or the service account of the pod. */
  readonly kubeconfig?: string;
  /** Of the kubeconfig; absent: its current one. */
  readonly context?: string;
  /** Where the resources are; absent: in every namespace. */
  readonly namespace?: string;
  /** Of this process alone: who of several operators leads. */
  readonly identity: string;
}

const leaseName = 'coppice-operator';
/** Where a pod is given a token of its service account for the replicas alone. */
const tokenForReplicas = '/var/run/secrets/coppice.dev/token';

/**
 * Resources in an API server. Of the operators that share a Lease one works on them: it lies in the namespace of the pod, or of the kubeconfig's context.
 * Opening rejects with `ClusterError`.
 */
export function clusterHome(options: ClusterOptions): OpenHome {
  return async (ports, signal) => {
    const credentials = new Credentials(options);
    const { server } = await credentials.dialling();
    const connections = new Connections(credentials);
    try {
      return await leadingHome({ options, connections, host: server.host, own: credentials.namespace }, ports, signal);
    } catch (error) {
      connections.close();
      throw error;
    }
  };
}

interface Reached {
  readonly options: ClusterOptions;
  readonly connections: Connections;
  readonly host: string;
  /** The namespace that stands for this program. */
  readonly own: string | undefined;
}

async function leadingHome(
  { options, connections, host, own }: Reached,
  ports: HomePorts,
  signal: AbortSignal,
): Promise<OpenedHome> {
  const { version, now, mono, fresh, log } = ports;
  const { namespace, identity } = options;
  const timers = systemTimers;
  const random = (): number => fraction(ports.random(4));
  const metrics = clientMetrics(ports.metrics, host);
  const transport = new Transport({ connections, timers, random, metrics, userAgent: `coppice/${version}` });
  const lease = { namespace: own ?? namespace ?? 'default', name: leaseName };
  const elector = new Elector({
    ...{ identity, now, mono, timers, random, log },
    lease: new ClusterLease(transport, lease),
    metrics: leaderMetrics(ports.metrics, leaseName),
    onStandby: ports.standBy,
  });
  await elector.lead(signal);
  const reporter = { controller: 'coppice.dev/operator', instance: identity };
  const recorder = new EventRecorder({ transport, now, mono, timers, fresh, reporter, log });
  const home = new ClusterHome({
    ...{ transport, timers, random, log, recorder },
    ...(namespace !== undefined && { namespace }),
  });
  const about = { server: host, namespace: namespace ?? 'all', lease: `${lease.namespace}/${lease.name}` };
  const close = async (): Promise<void> => {
    await recorder.close();
    await elector.release(new AbortController().signal);
    connections.close();
  };
  const replicasOf = podReplicas({ transport, otherwise: ports.replicasOf, mono, tokenFile: tokenForReplicas });
  return {
    home,
    replicasOf,
    workloads: new ClusterWorkloads(transport, namespace),
    reports: new ConfigMapReports(transport),
    about,
    tasks: [elector.hold],
    close,
  };
}
