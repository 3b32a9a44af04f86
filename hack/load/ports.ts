import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** The first of these ports of 127.0.0.1 that somebody listens on. */
export async function takenPort(ports: readonly number[]): Promise<number | undefined> {
  for (const port of ports) if ((await tryListening(port)) === undefined) return port;
  return undefined;
}

/** As many ports as asked for that were free a moment ago. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = await tryListening(0);
    if (port !== undefined) ports.add(port);
  }
  return [...ports];
}

async function tryListening(port: number): Promise<number | undefined> {
  const server = createServer();
  const outcome = new Promise<number | undefined>((resolve) => {
    server.once('error', () => {
      resolve(undefined);
    });
    server.once('listening', () => {
      resolve((server.address() as AddressInfo).port);
    });
  });
  server.listen(port, '127.0.0.1');
  const got = await outcome;
  if (got !== undefined) {
    server.close();
    await once(server, 'close');
  }
  return got;
}
