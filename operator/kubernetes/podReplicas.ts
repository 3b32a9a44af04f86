import { AskedReplicas, type Reach } from '../admin/askedReplicas.ts';
import { AdminClient, Unanswered } from '../admin/client.ts';
import { usable } from '../admin/endpointReplicas.ts';
import type { ReplicasOf } from '../admin/replicas.ts';
import { readToken } from '../admin/token.ts';
import type { RegistrySpec } from '../api/types.ts';
import type { Resource } from '../resources/home.ts';
import { ApiError } from './failure.ts';
import { pagesOf } from './pages.ts';
import { namespacedPath } from './paths.ts';
import { type Pod, podOf } from './pods.ts';
import { readSecret } from './secrets.ts';
import type { Transport } from './transport.ts';

export interface PodReplicasPorts {
  readonly transport: Pick<Transport, 'ask'>;
  /** Of Registries that name their replicas by `spec.endpoints`. */
  readonly otherwise: ReplicasOf;
  /** A clock that never goes back, ms. */
  readonly mono: () => number;
  /** The token that proves this operator to replicas where `spec.auth` names none; read anew each time. */
  readonly tokenFile: string;
}

type Replicas = NonNullable<RegistrySpec['replicas']>;

interface Found {
  readonly reach: Reach;
  readonly at: number;
}

/** A run is asked for four times a second; whether all replicas are there is looked at anew each time. */
const keptMs = 10_000;
const pageSize = 500;

/** Replicas of one Registry and generation, as they were found last. */
const mostKept = 1000;

/** The replicas that `spec.replicas` finds as pods of the Registry's namespace, over HTTPS at their addresses. */
export function podReplicas(ports: PodReplicasPorts): ReplicasOf {
  const takenBy = new Map<string, string>();
  const kept = new Map<string, Found>();
  return (registry) => {
    const { replicas } = registry.spec;
    if (replicas === undefined) return ports.otherwise(registry);
    const { uid, generation } = registry.metadata;
    const key = `${uid} ${generation}`;
    const findKept = async (isFresh: boolean, signal: AbortSignal): Promise<Reach> => {
      const known = kept.get(key);
      if (!isFresh && known !== undefined && ports.mono() - known.at < keptMs) return known.reach;
      const at = ports.mono();
      const reach = await find(registry, replicas, ports, signal);
      kept.delete(key);
      kept.set(key, { reach, at });
      for (const oldest of kept.keys()) if (kept.size > mostKept) kept.delete(oldest);
      return reach;
    };
    return new AskedReplicas({ find: findKept, field: 'spec.replicas', takenBy });
  };
}

async function find(
  { metadata: { namespace }, spec }: Resource<'Registry'>,
  replicas: Replicas,
  { transport, tokenFile }: PodReplicasPorts,
  signal: AbortSignal,
): Promise<Reach> {
  const [pods, ca] = await askedFor(
    Promise.all([podsOf(namespace, replicas, transport, signal), authorityOf(namespace, replicas, transport, signal)]),
  );
  const trust = {
    ...(ca !== undefined && { ca }),
    ...(replicas.serverName !== undefined && { serverName: replicas.serverName }),
  };
  const tokenPath = spec.auth?.tokenFile ?? tokenFile;
  return {
    endpoints: pods.flatMap((pod) => (pod.is === 'running' ? [originOf(pod.address, replicas.adminPort ?? 5443)] : [])),
    silent: silentOf(pods),
    async clientOf(origin, timeoutMs) {
      const token = await usable('the token for replicas', tokenPath, readToken(tokenPath));
      return new AdminClient({ origin, timeoutMs, token, ...trust });
    },
  };
}

/** A pod that cannot be asked may be a replica that commits: it counts as one, whatever its phase (W1). */
function silentOf(pods: readonly Pod[]): Reach['silent'] {
  if (pods.length === 0) return [{ endpoint: 'spec.replicas', is: 'silent', why: 'no pod has these labels' }];
  return pods.flatMap((pod) =>
    pod.is === 'running' ? [] : [{ endpoint: `pod ${pod.name}`, is: 'silent', why: pod.why }],
  );
}

async function podsOf(
  namespace: string,
  { podSelector }: Replicas,
  transport: Pick<Transport, 'ask'>,
  signal: AbortSignal,
): Promise<readonly Pod[]> {
  const labels = Object.entries(podSelector.matchLabels);
  const labelSelector = labels.map(([name, value]) => `${name}=${value}`).join(',');
  const all = namespacedPath('/api/v1', 'pods', namespace);
  const pods: Pod[] = [];
  const listing = { path: (query: object) => all({ ...query, labelSelector }), pageSize };
  for await (const { items, isAnew } of pagesOf(listing, transport, signal)) {
    if (isAnew) pods.splice(0);
    pods.push(...items.map(podOf));
  }
  return pods;
}

async function authorityOf(
  namespace: string,
  { caSecretRef }: Replicas,
  transport: Pick<Transport, 'ask'>,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (caSecretRef === undefined) return undefined;
  const { name, key } = caSecretRef;
  const ca = await readSecret({ namespace, name }, key, transport, signal);
  if (ca !== undefined) return ca;
  throw new Unanswered(`spec.replicas.caSecretRef: there is no Secret ${namespace}/${name} with ${key}`);
}

/** An API server that refuses or fails leaves the replicas unanswered, for the Registry's status to say. */
async function askedFor<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    if (cause instanceof ApiError) throw new Unanswered(cause.message, { cause });
    throw cause;
  }
}

/** IPv6 stands in brackets. */
function originOf(address: string, port: number): string {
  return `https://${address.includes(':') ? `[${address}]` : address}:${port}`;
}
