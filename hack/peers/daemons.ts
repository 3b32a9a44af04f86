import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ServerProcess } from '../load/serverProcess.ts';
import { toolPath } from '../tools/cache.ts';
import type { Door } from './door.ts';
import { clientTrusting, surroundings } from './tools.ts';

/** A daemon of the user's machine, with all that it keeps in the home of a session. */
export interface Daemon {
  /** As its command line takes it. */
  readonly address: string;
  end(): Promise<unknown>;
}

/** It takes every registry on 127.0.0.0/8 for one that may do without TLS, and looks for TLS first. No networks: nothing of the machine's is touched. */
export async function beginDocker({ ca }: Door, home: string, signal: AbortSignal): Promise<Daemon> {
  const address = `unix://${join(home, 'docker.sock')}`;
  const places = ['--data-root', join(home, 'data'), '--exec-root', join(home, 'exec'), '--pidfile', join(home, 'pid')];
  const noNetworks = ['--bridge=none', '--iptables=false', '--ip6tables=false'];
  const server = new ServerProcess({
    name: 'dockerd',
    command: toolPath('dockerd'),
    args: [...places, '--storage-driver', 'vfs', '--host', address, ...noNetworks],
    env: surroundings(home, ca),
    log: join(home, 'dockerd.log'),
    ready: async () => isAnswered(clientTrusting(ca, 'docker', home, ['--host', address, 'version'])),
  });
  await server.start(signal);
  return { address, end: async () => server.end('SIGTERM') };
}

/** Without the plugins that Kubernetes needs. */
export async function beginContainerd({ ca }: Door, home: string, signal: AbortSignal): Promise<Daemon> {
  const address = join(home, 'containerd.sock');
  const config = join(home, 'config.toml');
  const kubernetes = ['io.containerd.grpc.v1.cri', 'io.containerd.cri.v1.images', 'io.containerd.cri.v1.runtime'];
  await mkdir(join(home, 'state'));
  await writeFile(
    config,
    `version = 3
root = "${join(home, 'root')}"
state = "${join(home, 'state')}"
disabled_plugins = ${JSON.stringify(kubernetes)}
[grpc]
address = "${address}"
[ttrpc]
address = "${address}.ttrpc"
`,
  );
  const server = new ServerProcess({
    name: 'containerd',
    command: toolPath('containerd'),
    args: ['--config', config, '--log-level', 'warn'],
    env: surroundings(home, ca),
    log: join(home, 'containerd.log'),
    ready: async () => isAnswered(clientTrusting(ca, 'ctr', home, ['--address', address, 'version'])),
  });
  await server.start(signal);
  return { address, end: async () => server.end('SIGTERM') };
}

/** Rejects while nobody answers. */
async function isAnswered(printed: Promise<string>): Promise<boolean> {
  return (await printed) !== '';
}
