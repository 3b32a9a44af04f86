import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { startControlPlane } from './controlPlane.ts';
import { lackingPrograms, programPath } from './programs.ts';

const { signal } = new AbortController();
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coppice-programs-'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

it('takes all programs from where the environment says, and none from elsewhere', async () => {
  vi.stubEnv('KUBEBUILDER_ASSETS', folder);
  expect(programPath('kube-scheduler')).toBe(join(folder, 'kube-scheduler'));
  await writeFile(join(folder, 'etcd'), '', { mode: 0o755 });
  await writeFile(join(folder, 'kubectl'), '', { mode: 0o644 });
  expect(await lackingPrograms(['etcd'])).toBeUndefined();
  expect(await lackingPrograms(['etcd', 'kube-apiserver'])).toMatch(/^kube-apiserver cannot be run .*ENOENT/);
  expect(await lackingPrograms(['kubectl'])).toMatch(/^kubectl cannot be run .*EACCES/);
});

it.each(['', undefined])('takes them from the cache of tools where it says %j', async (assets) => {
  vi.stubEnv('KUBEBUILDER_ASSETS', assets);
  expect(programPath('etcd')).toMatch(/bin\/kubernetes@[0-9a-f]{12}\/etcd$/);
});

it('does not begin to start what cannot be whole', async () => {
  vi.stubEnv('KUBEBUILDER_ASSETS', folder);
  await expect(startControlPlane({}, signal)).rejects.toThrow(/setpriv|etcd cannot be run/);
});
