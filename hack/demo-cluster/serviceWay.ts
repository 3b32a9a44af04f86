import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { join as joinStreams } from '../cluster/node/junction.ts';
import { inside } from '../cluster/node/sandbox.ts';
import { ServerProcess } from '../load/serverProcess.ts';

const passage = fileURLToPath(new URL('passage.ts', import.meta.url));

export interface ServiceWay {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * From this machine to a registry behind a Service, by way of the network of the node whose sandbox has this first process. Unlike a port-forward, which
 * holds on to one pod, each connection takes a pod that is ready. `folder` is for a socket and a log. Resolves when a registry answers.
 */
export async function openServiceWay(
  { node, address, port, folder }: ServiceWaySettings,
  signal: AbortSignal,
): Promise<ServiceWay> {
  const socket = join(folder, 'service.sock');
  const entry = createServer((client) => {
    joinStreams(client, connect(socket));
  }).listen(0, '127.0.0.1');
  await once(entry, 'listening', { signal });
  const url = `http://127.0.0.1:${(entry.address() as AddressInfo).port}`;
  const [command, ...args] = inside(node, [process.execPath, passage, socket, address, String(port)], 'network');
  const log = join(folder, 'service.log');
  const env = { PATH: process.env['PATH'] };
  const through = new ServerProcess({ name: 'passage', command, args, env, log, ready: `${url}/v2/` });
  const close = async (): Promise<void> => {
    entry.close();
    await through.end('SIGKILL');
  };
  try {
    await through.start(signal);
  } catch (error) {
    await close();
    throw error;
  }
  return { url, close };
}

interface ServiceWaySettings {
  readonly node: number;
  /** Of the Service: its cluster IP. */
  readonly address: string;
  readonly port: number;
  readonly folder: string;
}
