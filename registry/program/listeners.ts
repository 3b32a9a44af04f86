import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { ListenerConfig } from '../config/configuration.ts';
import { type Listen, showListen } from '../config/listen.ts';
import { Draining } from './draining.ts';

/** A replica that cannot start as it is configured; the message names the key or the path, for a person. Nothing of it is left running. */
export class StartRefused extends Error {
  override readonly name = 'StartRefused';
}

/** A server that may be bound, and is closed once. */
export interface Listener {
  readonly listen: (at: { readonly host: string; readonly port: number }) => Promise<AddressInfo>;
  /** On a socket in the file system, which is not there yet. */
  readonly listenOn: (path: string) => Promise<void>;
  /** Takes nothing new, and gives what is on so many ms to end; then connections are cut. Idempotent. */
  readonly close: (graceMs: number) => Promise<void>;
}

export function httpListener(server: Server): Listener {
  const draining = new Draining(server);
  return {
    listen: async ({ host, port }) => {
      server.listen({ host, port });
      await once(server, 'listening');
      return addressOf(server);
    },
    listenOn: async (path) => {
      server.listen({ path });
      await once(server, 'listening');
    },
    close: async (graceMs) => {
      if (!server.listening) return;
      await draining.end(graceMs, async () => {
        server.close();
        await once(server, 'close');
      });
    },
  };
}

export function fastifyListener(app: FastifyInstance): Listener {
  const draining = new Draining(app.server);
  let closing: Promise<unknown> | undefined;
  return {
    listen: async (at) => {
      await app.listen({ ...at, listenTextResolver: () => '' });
      return addressOf(app.server);
    },
    listenOn: async (path) => {
      await app.listen({ path, listenTextResolver: () => '' });
    },
    close: async (graceMs) => {
      closing ??= draining.end(graceMs, async () => app.close());
      await closing;
    },
  };
}

function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a listener without an address');
  return address;
}

/**
 * Binds a listener where it is configured. `taken`: the usual port, which nobody asked for, is somebody else's; the caller warns and goes on without.
 */
export async function bind(listener: Listener, { at, key, isConfigured }: ListenerConfig): Promise<Listen | 'taken'> {
  try {
    const { address, port } = await listenAt(listener, at);
    return { host: address, port };
  } catch (cause) {
    const code = codeOf(cause);
    if (code === undefined) throw cause;
    if (code === 'EADDRINUSE' && !isConfigured) return 'taken';
    throw new StartRefused(`${key}: cannot listen at ${showListen(at)}: ${reasons[code] ?? code}`, { cause });
  }
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is taken',
  EACCES: 'this user may not use the port',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'this name does not resolve',
};

/** No host means every address, of both families where the machine has both. */
async function listenAt({ listen }: Listener, at: ListenerConfig['at']): Promise<AddressInfo> {
  if (at.host !== undefined) return listen({ host: at.host, port: at.port });
  try {
    return await listen({ host: '::', port: at.port });
  } catch (error) {
    if (!['EAFNOSUPPORT', 'EADDRNOTAVAIL'].includes(codeOf(error) ?? '')) throw error;
    return listen({ host: '0.0.0.0', port: at.port });
  }
}

/** Of an error of the system. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
