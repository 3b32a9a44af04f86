import { basename, join } from 'node:path';
import { freePorts } from '../load/ports.ts';
import { ServerProcess } from '../load/serverProcess.ts';
import type { Access } from './access.ts';
import { apiServer, type Component, controllerManager, etcd, type Ports, scheduler } from './components.ts';
import { type Identities, writeIdentities } from './identities.ts';
import { type KeptFolder, keptFolder } from './keptFolder.ts';
import { type Answer, kubectl } from './kubectl.ts';
import { filesIn } from './node/files.ts';
import { lackingNode } from './node/lacking.ts';
import { Node } from './node/node.ts';
import { lackingMortality, lackingPrograms, mortal, programPath } from './programs.ts';
import { startTogether } from './together.ts';

/** etcd and an API server on 127.0.0.1, with RBAC and an authority of its own, for one test or trial. */
export interface ControlPlane {
  /** `https://127.0.0.1:PORT` */
  readonly server: string;
  /** Path of a kubeconfig file whose user is in system:masters. */
  readonly kubeconfig: string;
  /** What that file says. */
  readonly access: Access;
  /** `kubectl ARGS…` with that kubeconfig; `input` goes to stdin. Does not reject for an exit code. */
  kubectl(args: readonly string[], signal: AbortSignal, input?: string): Promise<Answer>;
  /** Kills the API server alone: etcd, port and credentials stay. */
  stopApiServer(): Promise<void>;
  startApiServer(signal: AbortSignal): Promise<void>;
  /** The first process of the node's namespaces, where there is a node. `importImage` of node/image.ts brings images there. */
  readonly node: number | undefined;
  /** Ends all of it and removes what it stored; so does the end of this process, whatever ends it. */
  stop(): Promise<void>;
}

export interface ControlPlaneOptions {
  /** kube-controller-manager (garbage collection of owner references, namespace deletion, service accounts) and scheduler too. */
  readonly controllers?: boolean;
  /**
   * A real node as well, called `node`, and the controllers: containerd, runc, kubelet, kube-proxy and CoreDNS in namespaces of their own, so that
   * pods run, which reach each other, services and the API server, and nothing outside. Needs root.
   */
  readonly node?: boolean;
}

/** Why none can be started here, in words; `undefined`: it can. */
export async function lackingControlPlane(): Promise<string | undefined> {
  return (await lackingMortality()) ?? (await lackingPrograms(['etcd', 'kube-apiserver', 'kubectl']));
}

/** Why there can be none of these parts here, in words. */
async function lacking({ controllers, node }: Parts): Promise<string | undefined> {
  const lack = await lackingControlPlane();
  if (lack !== undefined || !controllers) return lack;
  return (await lackingPrograms(['kube-controller-manager', 'kube-scheduler'])) ?? (node ? lackingNode() : undefined);
}

/** Resolves when it is ready. Rejects, and leaves nothing, where something is lacking or ends too early, with the end of its log. */
export async function startControlPlane(options: ControlPlaneOptions, signal: AbortSignal): Promise<ControlPlane> {
  const { node = false, controllers = false } = options;
  const parts = { controllers: controllers || node, node };
  const lack = await lacking(parts);
  if (lack !== undefined) throw new Error(lack);
  const folder = await keptFolder('coppice-cluster-');
  const processes = await Processes.prepare(folder, parts);
  try {
    await processes.start(signal);
  } catch (error) {
    await processes.stop();
    signal.throwIfAborted();
    throw error;
  }
  return processes;
}

interface Parts {
  readonly controllers: boolean;
  readonly node: boolean;
}

class Processes implements ControlPlane {
  readonly server: string;
  readonly kubeconfig: string;
  readonly access: Access;
  readonly #folder: KeptFolder;
  readonly #etcd: ServerProcess;
  readonly #apiServer: ServerProcess;
  readonly #controllers: readonly ServerProcess[];
  readonly #node: Node | undefined;

  private constructor(folder: KeptFolder, identities: Identities, ports: Ports, parts: Parts) {
    const processOf = ({ program, args, ready }: Component): ServerProcess => {
      const [command, ...rest] = mortal([programPath(program), ...args]);
      const log = join(folder.path, `${program}.log`);
      return new ServerProcess({ name: program, command, args: rest, env: { PATH: process.env['PATH'] }, log, ready });
    };
    this.server = identities.admin.server;
    this.kubeconfig = identities.kubeconfigs.admin;
    this.access = identities.admin;
    this.#folder = folder;
    this.#etcd = processOf(etcd(folder.path, ports));
    const nodeFolder = join(folder.path, 'node');
    const egress = parts.node ? filesIn(nodeFolder).egress : undefined;
    this.#apiServer = processOf(apiServer(identities, ports, { controllers: parts.controllers, egress }));
    this.#controllers = parts.controllers
      ? [processOf(controllerManager(identities, ports)), processOf(scheduler(identities, ports))]
      : [];
    const ready = (signal: AbortSignal): Promise<boolean> => isNodeReady(this, signal);
    this.#node = parts.node
      ? new Node({ folder: nodeFolder, cgroup: basename(folder.path), identities, port: ports.apiServer, ready })
      : undefined;
  }

  static async prepare(folder: KeptFolder, parts: Parts): Promise<Processes> {
    const [etcd = 0, etcdPeers = 0, apiServer = 0, controllers = 0, scheduler = 0] = await freePorts(5);
    const ports = { etcd, etcdPeers, apiServer, controllers, scheduler };
    const identities = await writeIdentities(join(folder.path, 'identities'), `https://127.0.0.1:${apiServer}`);
    return new Processes(folder, identities, ports, parts);
  }

  async start(signal: AbortSignal): Promise<void> {
    await this.#node?.prepare();
    await this.#etcd.start(signal);
    await this.#apiServer.start(signal);
    const node = this.#node === undefined ? [] : [this.#node];
    await startTogether(
      [...this.#controllers, ...node].map((part) => (its) => part.start(its)),
      signal,
    );
  }

  get node(): number | undefined {
    return this.#node?.first;
  }

  async startApiServer(signal: AbortSignal): Promise<void> {
    await this.#apiServer.start(signal);
  }

  async stopApiServer(): Promise<void> {
    await this.#apiServer.end('SIGKILL');
  }

  kubectl(args: readonly string[], signal: AbortSignal, input?: string): Promise<Answer> {
    return kubectl({ kubeconfig: this.kubeconfig, home: this.#folder.path }, args, signal, input);
  }

  async stop(): Promise<void> {
    await this.#node?.end();
    for (const part of [...this.#controllers, this.#apiServer, this.#etcd]) await part.end('SIGKILL');
    await this.#folder.remove();
  }
}

async function isNodeReady(cluster: ControlPlane, signal: AbortSignal): Promise<boolean> {
  const node = ['node/node', '--timeout=30s'];
  const created = await cluster.kubectl(['wait', '--for=create', ...node], signal);
  return (
    created.exitCode === 0 && (await cluster.kubectl(['wait', '--for=condition=Ready', ...node], signal)).exitCode === 0
  );
}
