import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ServerProcess } from '../../load/serverProcess.ts';
import { toolPath } from '../../tools/cache.ts';
import type { Identities } from '../identities.ts';
import { programPath } from '../programs.ts';
import { startTogether } from '../together.ts';
import { writeBusyboxImage } from './busyboxImage.ts';
import { filesIn, writeFiles } from './files.ts';
import { importImage } from './image.ts';
import { inside, Sandbox } from './sandbox.ts';
import { join as joinStreams } from './junction.ts';
import { addresses, paths } from './settings.ts';

const run = promisify(execFile);
const gate = fileURLToPath(new URL('gate.ts', import.meta.url));

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
  readonly #files: ReturnType<typeof filesIn>;
  readonly #sandbox: Sandbox;
  readonly #way: Server;
  readonly #running: ServerProcess[] = [];

  constructor(settings: NodeSettings) {
    this.#settings = settings;
    this.#files = filesIn(settings.folder);
    this.#sandbox = new Sandbox(settings.folder, settings.cgroup);
    this.#way = createServer((client) => {
      const server = connect({ host: '127.0.0.1', port: settings.port, noDelay: true });
      joinStreams(client, server);
    });
  }

  /** What is read before the start, by the API server too. */
  prepare(): Promise<void> {
    return writeFiles(this.#settings.folder, this.#settings.cgroup, this.#settings.identities);
  }

  async start(signal: AbortSignal): Promise<void> {
    const { folder, port } = this.#settings;
    this.#way.listen(this.#files.toApiServer);
    await once(this.#way, 'listening', { signal });
    await this.#sandbox.start(signal);
    const { toApiServer, toNode } = this.#files;
    const passing = [process.execPath, gate, addresses.apiServer, String(port), toApiServer, toNode];
    const passage = inside(this.first, passing, 'network');
    await this.#begin('gate', passage, () => answers(toNode), signal);
    const containerd = [toolPath('containerd'), '--config', this.#files.containerd, '--log-level=warn'];
    const socket = this.#sandbox.path(paths.containerd);
    await this.#begin('containerd', inside(this.first, containerd), () => answers(socket), signal);
    await importImage(this.first, await writeBusyboxImage(folder, signal), signal);
    await startTogether(
      [(its) => this.#beginKubelet(its), (its) => this.#beginProxy(its), (its) => this.#beginDns(its)],
      signal,
    );
  }

  /** The number of the first process of its sandbox. */
  get first(): number {
    return this.#sandbox.first;
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
      `--config=${this.#files.kubelet}`,
      `--kubeconfig=${identities.kubeconfigs.node}`,
      `--cert-dir=${join(folder, 'kubelet')}`,
      '--hostname-override=node',
      `--node-ip=${addresses.node}`,
    ];
    await this.#begin('kubelet', inside(this.first, kubelet), ready, signal);
  }

  async #beginProxy(signal: AbortSignal): Promise<void> {
    const proxy = [programPath('kube-proxy'), `--config=${this.#files.proxy}`];
    const hasRules = this.#succeeds([toolPath('nft'), 'list', 'table', 'ip', 'kube-proxy']);
    await this.#begin('kube-proxy', inside(this.first, proxy), hasRules, signal);
  }

  async #beginDns(signal: AbortSignal): Promise<void> {
    const dns = [toolPath('coredns'), `-conf=${this.#files.dns}`];
    const name = 'kubernetes.default.svc.cluster.local';
    const knowsNames = this.#succeeds([toolPath('busybox'), 'nslookup', name, addresses.node]);
    await this.#begin('coredns', inside(this.first, dns), knowsNames, signal);
  }

  /** Whether this command, in the node's network, does. */
  #succeeds(asking: readonly string[]): (signal: AbortSignal) => Promise<boolean> {
    const [command, ...args] = inside(this.first, asking, 'network');
    return async (signal) => {
      await run(command, args, { signal });
      return true;
    };
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
}

/** Whether somebody listens at this socket, a file; rejects where nobody does. */
export async function answers(socket: string): Promise<boolean> {
  const connection = connect(socket);
  await once(connection, 'connect');
  connection.destroy();
  return true;
}
