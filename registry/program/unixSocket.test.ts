import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { createServer as createPlainServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify from 'fastify';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fastifyListener, httpListener, StartRefused } from './listeners.ts';
import { bindSocket } from './unixSocket.ts';

const key = 'http.addr';
let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coppice-socket-'));
  path = join(folder, 'registry.sock');
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function statusAt(socketPath: string): Promise<number | undefined> {
  const asked = request({ socketPath, path: '/' }).end();
  const [response] = (await once(asked, 'response')) as [{ statusCode?: number; resume(): void }];
  response.resume();
  return response.statusCode;
}

/** A socket of a process that died: nobody is there to take it away. */
async function leaveBehind(at: string): Promise<void> {
  const server = createPlainServer().listen({ path: `${at}.of-the-dead` });
  await once(server, 'listening');
  await rename(`${at}.of-the-dead`, at);
  server.close();
  await once(server, 'close');
}

it.each([
  ['http', () => httpListener(createServer((_request, response) => response.writeHead(404).end()))],
  ['fastify', () => fastifyListener(Fastify())],
])('is bound anew, and over what a dead process left, and goes with the listener: %s', async (_, make) => {
  for (const isLeft of [false, true]) {
    if (isLeft) await leaveBehind(path);
    expect(existsSync(path)).toBe(isLeft);
    const listener = make();
    expect(await bindSocket(listener, key, { path })).toEqual({ path });
    expect(await statusAt(path)).toBe(404);
    await listener.close(0);
    expect(existsSync(path)).toBe(false);
  }
});

it('is refused where somebody answers, who goes on answering', async () => {
  const first = fastifyListener(Fastify());
  await bindSocket(first, key, { path });
  const second = bindSocket(fastifyListener(Fastify()), key, { path });
  await expect(second).rejects.toThrow(StartRefused);
  await expect(second).rejects.toThrow(`${key}: cannot listen at ${path}: somebody listens there`);
  expect(await statusAt(path)).toBe(404);
  await first.close(0);
});

it.each([
  ['a file', () => writeFile(path, 'precious'), 'it is no socket'],
  ['a link to a file', () => symlink('/dev/null', path), 'it is no socket'],
])('is refused where there is %s, which stays', async (_, make, says) => {
  await make();
  await expect(bindSocket(httpListener(createServer()), key, { path })).rejects.toThrow(says);
  expect(existsSync(path)).toBe(true);
});

it('is refused where its directory is not there', async () => {
  const at = { path: join(folder, 'absent', 'registry.sock') };
  const refused = bindSocket(httpListener(createServer()), key, at);
  await expect(refused).rejects.toThrow(StartRefused);
  await expect(refused).rejects.toThrow('its directory is not there');
});
