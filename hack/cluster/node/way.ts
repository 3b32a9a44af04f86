import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ServerProcess } from '../../load/serverProcess.ts';
import { join as joinStreams } from './junction.ts';
import { answers } from './node.ts';
import { inside } from './sandbox.ts';

const passage = fileURLToPath(new URL('passage.ts', import.meta.url));

export interface Way {
  /** Of 127.0.0.1. */
  readonly port: number;
  close(): Promise<void>;
}

export interface WaySettings {
  /** The first process of the node's sandbox. */
  readonly node: number;
  /** Of a Service, its cluster IP, or of a pod. */
  readonly address: string;
  readonly port: number;
  /** For a socket and a log, which are named after the address. */
  readonly folder: string;
}

/**
 * From this machine to a Service or a pod, by way of the node's network. Unlike a port-forward, which holds on to one pod, each connection to a Service takes
 * a pod that is ready. Resolves when the way stands, whether or not anybody answers at its end.
 */
export async function openWay({ node, address, port, folder }: WaySettings, signal: AbortSignal): Promise<Way> {
  const name = `way-${address}`;
  const socket = join(folder, `${name}.sock`);
  const entry = createServer((client) => {
    joinStreams(client, connect(socket));
  }).listen(0, '127.0.0.1');
  await once(entry, 'listening', { signal });
  const [command, ...args] = inside(node, [process.execPath, passage, socket, address, String(port)], 'network');
  const log = join(folder, `${name}.log`);
  const env = { PATH: process.env['PATH'] };
  const through = new ServerProcess({ name, command, args, env, log, ready: () => answers(socket) });
  const close = async (): Promise<void> => {
    entry.close();
    await through.end('SIGKILL');
    await rm(socket, { force: true }); // the next way of this name wants it
  };
  try {
    await through.start(signal);
  } catch (error) {
    await close();
    throw error;
  }
  return { port: (entry.address() as AddressInfo).port, close };
}
