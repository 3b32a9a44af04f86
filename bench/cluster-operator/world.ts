import type { ControlPlane } from '../../hack/cluster/controlPlane.ts';
import { OperatorProcess } from '../../hack/kubernetes/operatorProcess.ts';
import { kubectl, startTestCluster } from '../../hack/kubernetes/testCluster.ts';
import { OperatorWorld, policyOf, requestOf } from '../../hack/operator/world.ts';
import { type Sample, samplesIn } from '../measuring/exposition.ts';

const namespace = 'default';
const repositories = 50;
/** Documents that one kubectl is given. */
const perCall = 200;

export interface Amounts {
  readonly requests: number;
  readonly policies: number;
  readonly images: number;
}

/** One replica with images beside an API server that holds the objects; the operator is started last. Each is a process of its own. */
export class ClusterBench {
  readonly #plane: ControlPlane;
  readonly #world: OperatorWorld;
  #operator: OperatorProcess | undefined;

  private constructor(plane: ControlPlane, world: OperatorWorld) {
    this.#plane = plane;
    this.#world = world;
  }

  static async start(signal: AbortSignal): Promise<ClusterBench> {
    const plane = await startTestCluster({}, signal);
    try {
      return new ClusterBench(plane, await OperatorWorld.start({}, signal));
    } catch (error) {
      await plane.stop();
      throw error;
    }
  }

  /** What the operator will find. */
  async fill({ requests, policies, images }: Amounts, signal: AbortSignal): Promise<void> {
    for (let at = 0; at < images; at += 1) await this.#world.push(`team-${at % repositories}/app`, `v${at}`, signal);
    const documents = [
      this.#world.registry(),
      ...Array.from({ length: policies }, (_, at) => policy(at)),
      ...Array.from({ length: requests }, (_, at) => request(at)),
    ];
    for (let at = 0; at < documents.length; at += perCall) {
      const list = { apiVersion: 'v1', kind: 'List', items: documents.slice(at, at + perCall) };
      await kubectl(this.#plane, ['create', '--namespace', namespace, '-f', '-'], signal, JSON.stringify(list));
    }
  }

  async startOperator(signal: AbortSignal): Promise<void> {
    const where = { folder: this.#world.folder, kubeconfig: this.#plane.kubeconfig, args: ['--namespace', namespace] };
    this.#operator = await OperatorProcess.start({ name: 'operator', ...where }, signal);
  }

  async ofOperator(signal: AbortSignal): Promise<readonly Sample[]> {
    const operator = this.#operator;
    const gone = operator === undefined ? 'the operator was not started' : await operator.whyGone();
    if (operator === undefined || gone !== undefined) throw new Error(gone);
    return samplesIn(await (await fetch(operator.metrics, { signal })).text());
  }

  async ofApiServer(signal: AbortSignal): Promise<readonly Sample[]> {
    return samplesIn(await kubectl(this.#plane, ['get', '--raw', '/metrics'], signal));
  }

  /** How many objects of these kinds have settled: a Ready condition of this generation that is not waited for. */
  async settled(signal: AbortSignal): Promise<number> {
    const what = 'registries.coppice.dev,retentionpolicies,deleterequests';
    const shown = await kubectl(this.#plane, ['get', what, '--namespace', namespace, '-o', 'json'], signal);
    return (JSON.parse(shown) as { items: Shown[] }).items.filter(isSettled).length;
  }

  async remove(): Promise<void> {
    await this.#operator?.end('SIGKILL');
    await this.#world.remove();
    await this.#plane.stop();
  }
}

interface Shown {
  readonly metadata: { readonly generation: number };
  readonly status: {
    readonly observedGeneration: number;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

function isSettled({ metadata, status: { observedGeneration, conditions = [] } }: Shown): boolean {
  const isBusy = conditions.some(({ type, status }) => type === 'Reconciling' && status === 'True');
  return observedGeneration === metadata.generation && conditions.length > 0 && !isBusy;
}

function policy(at: number): object {
  return policyOf(`policy-${at}`, {
    repositories: { include: [`team-${at % repositories}/**`] },
    rules: [{ name: 'all', tags: { glob: ['*'] }, keep: { latest: 3 } }],
  });
}

/** A quarter want to execute and are not approved, a quarter preview what may be there, half what is not. */
function request(at: number): object {
  const repository = `team-${at % repositories}/app`;
  const absent = { repository, digest: `sha256:${at.toString(16).padStart(64, '0')}` };
  return requestOf(`request-${at}`, {
    targets: [
      at % 4 === 0 ? { repository, tagGlob: 'v*' } : at % 2 === 0 ? { repository, tagGlob: `v${at % 10}*` } : absent,
    ],
    cutoff: '2100-01-01T00:00:00Z',
    mode: at % 4 === 0 ? 'Execute' : 'Preview',
  });
}
