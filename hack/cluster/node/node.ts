import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { ServerProcess } from '../../load/serverProcess.ts';
import { toolPath } from '../../tools/cache.ts';
import type { Identities } from '../identities.ts';
import { programPath } from '../programs.ts';
import { writeBusyboxImage } from './busyboxImage.ts';
import { Sandbox } from './sandbox.ts';
import { join as joinStreams } from './junction.ts';
import { addresses, containerdSettings, kubeletSettings, networkSettings, paths, proxySettings } from './settings.ts';

const run = promisify(execFile);
const gate = fileURLToPath(new URL('gate.ts', import.meta.url));

/** In the node's folder. */
export const egressFile = 'egress.yaml';

export interface NodeSettings {
  readonly folder: string;
  /** The name of its control groups. */
  readonly cgroup: string;
  readonly identities: Identities;
  /** Of the API server, at 127.0.0.1 here and at `addresses.apiServer` in there. */
  readonly port: number;
  /** Whether the API server calls the node ready. */
  readonly ready: (signal: AbortSignal) => Promise<boolean>;
}

/** One real node: containerd, runc, kubelet and kube-proxy in a sandbox, joined to an API server outside of it by a gate. */
export class Node {
  readonly #settings: NodeSettings;
  readonly #sandbox: Sandbox;
  readonly #way: Server;
  readonly #running: ServerProcess[] = [];

  constructor(settings: NodeSettings) {
    this.#settings = settings;
    this.#sandbox = new Sandbox(settings.folder, settings.cgroup);
    this.#way = createServer((client) => {
      const server = connect({ host: '127.0.0.1', port: settings.port, noDelay: true });
      joinStreams(client, server);
    });
  }

  /** What the API server reads when it starts: that it reaches the node, pods and services through the gate (EgressSelectorConfiguration). */
  async prepare(): Promise<void> {
    const { folder } = this.#settings;
    await mkdir(folder);
    const connection = { proxyProtocol: 'HTTPConnect', transport: { uds: { udsName: join(folder, 'node.sock') } } };
    const egress = {
      apiVersion: 'apiserver.k8s.io/v1beta1',
      kind: 'EgressSelectorConfiguration',
      egressSelections: [{ name: 'cluster', connection }],
    };
    await writeFile(join(folder, egressFile), stringify(egress));
  }

  async start(signal: AbortSignal): Promise<void> {
    const { folder, port } = this.#settings;
    this.#way.listen(join(folder, 'api.sock'));
    await once(this.#way, 'listening', { signal });
    await this.#sandbox.start(signal);
    const passing = [process.execPath, gate, addresses.apiServer, String(port), folder];
    const [image] = await Promise.all([
      writeBusyboxImage(folder, signal),
      this.#writeSettings(),
      this.#begin('gate', this.#sandbox.inside(passing, 'network'), () => answers(join(folder, 'node.sock')), signal),
    ]);
    const containerd = [toolPath('containerd'), '--config', join(folder, 'containerd.toml'), '--log-level=warn'];
    const socket = this.#sandbox.path(paths.containerd);
    await this.#begin('containerd', this.#sandbox.inside(containerd), () => answers(socket), signal);
    await this.importImage(image, signal);
    await Promise.all([this.#beginKubelet(signal), this.#beginProxy(signal)]);
  }

  /** From an OCI layout in a tar file, under the name that its annotations give it. */
  async importImage(file: string, signal: AbortSignal): Promise<void> {
    const importing = [toolPath('ctr'), `--address=${paths.containerd}`, '--namespace=k8s.io', 'images', 'import'];
    const [command, ...args] = this.#sandbox.inside([...importing, '--local', file]);
    await run(command, args, { signal });
  }

  async end(): Promise<void> {
    this.#way.close();
    await this.#sandbox.end();
    for (const server of this.#running) await server.end('SIGKILL');
  }

  async #beginKubelet(signal: AbortSignal): Promise<void> {
    const { folder, identities, ready } = this.#settings;
    const kubelet = [
      programPath('kubelet'),
      `--config=${join(folder, 'kubelet.yaml')}`,
      `--kubeconfig=${identities.kubeconfigs.node}`,
      `--cert-dir=${join(folder, 'kubelet')}`,
      '--hostname-override=node',
      `--node-ip=${addresses.node}`,
    ];
    await this.#begin('kubelet', this.#sandbox.inside(kubelet), ready, signal);
  }

  async #beginProxy(signal: AbortSignal): Promise<void> {
    const proxy = [programPath('kube-proxy'), `--config=${join(this.#settings.folder, 'proxy.yaml')}`];
    const [command, ...args] = this.#sandbox.inside([toolPath('nft'), 'list', 'table', 'ip', 'kube-proxy'], 'network');
    const hasRules = async (its: AbortSignal): Promise<boolean> => {
      await run(command, args, { signal: its });
      return true;
    };
    await this.#begin('kube-proxy', this.#sandbox.inside(proxy), hasRules, signal);
  }

  async #begin(
    name: string,
    [command, ...args]: readonly [string, ...string[]],
    ready: (signal: AbortSignal) => Promise<boolean>,
    signal: AbortSignal,
  ): Promise<void> {
    const tools = (['containerd-shim-runc-v2', 'nft', 'runc'] as const).map((tool) => dirname(toolPath(tool)));
    const env = { PATH: [...tools, process.env['PATH']].join(delimiter) };
    const log = join(this.#settings.folder, `${name}.log`);
    const server = new ServerProcess({ name, command, args, env, log, ready });
    this.#running.push(server);
    await server.start(signal);
  }

  async #writeSettings(): Promise<void> {
    const { folder, identities } = this.#settings;
    const kubelet = kubeletSettings({ cgroup: this.#settings.cgroup, authority: identities.authority });
    await mkdir(join(folder, 'cni'));
    await writeFile(join(folder, 'cni', 'pods.conflist'), JSON.stringify(networkSettings));
    await writeFile(join(folder, 'containerd.toml'), containerdSettings(folder));
    await writeFile(join(folder, 'kubelet.yaml'), stringify(kubelet));
    await writeFile(join(folder, 'proxy.yaml'), stringify(proxySettings(identities.kubeconfigs['kube-proxy'])));
  }
}

async function answers(socket: string): Promise<boolean> {
  const connection = connect(socket);
  await once(connection, 'connect');
  connection.destroy();
  return true;
}
