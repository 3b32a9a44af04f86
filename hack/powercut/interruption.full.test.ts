import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const program = new URL('main.ts', import.meta.url).pathname;
const endsWithinMs = 60_000;

describe('power cuts that somebody interrupts', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'coppice-interrupted-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  const mounted = async (): Promise<readonly string[]> =>
    (await readFile('/proc/self/mounts', 'utf8')).split('\n').filter((line) => line.includes(folder));

  // The first one to end must not take the program away from under the other one's disk.
  it.for([
    { signal: 'SIGINT', disks: 2 },
    { signal: 'SIGTERM', disks: 1 },
  ] as const)('take their disks away when $signal comes with $disks mounted', async ({ signal, disks }, { skip }) => {
    const child = spawn(process.execPath, [program], {
      env: { ...process.env, TMPDIR: folder },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const ended = once(child, 'exit');
    const said = text(child.stderr);
    await expect
      .poll(async () => child.exitCode !== null || (await mounted()).length >= disks, { timeout: endsWithinMs })
      .toBe(true);
    child.kill(signal);
    await ended;
    if ((await said).includes('lacks what a power cut needs')) skip(`SKIPPED: ${await said}`);
    expect(await said).toContain('xfs: ');
    expect(await mounted()).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  });
});
