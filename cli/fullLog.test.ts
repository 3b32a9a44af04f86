import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const launcher = fileURLToPath(new URL('coppice.js', import.meta.url));
/** Every write to it finds no room. */
const full = '/dev/full';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function statusOf(url: string): Promise<number | undefined> {
  return fetch(url, { method: 'HEAD' }).then(
    ({ status }) => status,
    () => undefined,
  );
}

it.skipIf(!existsSync(full))('serves on when there is no room for its log, and ends in order', async () => {
  const storage = await mkdtemp(join(tmpdir(), 'coppice-full-log-'));
  const config = join(storage, 'config.yml'); // or that of a registry on this machine would be taken
  await writeFile(config, 'version: 0.1\n');
  const log = await open(full, 'w');
  const port = await freePort();
  const env = {
    PATH: process.env['PATH'],
    REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: storage,
    REGISTRY_HTTP_ADDR: `127.0.0.1:${port}`,
    REGISTRY_COPPICE_ADMIN_ADDR: '127.0.0.1:0',
    REGISTRY_COPPICE_METRICS_ADDR: '127.0.0.1:0',
  };
  const replica = spawn(process.execPath, [launcher, 'registry', config], {
    env,
    stdio: ['ignore', log.fd, 'inherit'],
  });
  try {
    const exited = once(replica, 'exit');
    const blob = `http://127.0.0.1:${port}/v2/team/app/blobs/sha256:${'0'.repeat(64)}`;
    await expect.poll(() => statusOf(blob), { timeout: 50_000 }).toBe(404); // it has its permit, and has told a lot
    for (let line = 0; line < 10; line += 1) expect(await statusOf(blob)).toBe(404);
    replica.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
  } finally {
    replica.kill('SIGKILL');
    await log.close();
    await rm(storage, { recursive: true });
  }
});
