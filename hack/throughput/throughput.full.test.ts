import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { linesOf } from './figures.ts';
import { measureThroughput } from './throughput.ts';

const { signal } = new AbortController();
/** Some 300 MB were seen. A replica that held what it is sent would need as much again as its half of a gigabyte. */
const mostBytes = 600_000_000;

describe('hundreds of images at the same time', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'coppice-throughput-'));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it('are pushed through one replica and pulled through the other, each at once and whole, in little memory', async () => {
    const loads = [
      { count: 200, megabytes: 1 },
      { count: 40, megabytes: 10 },
      { count: 4, megabytes: 100 },
    ];
    const result = await measureThroughput({ loads, atOnce: 200, folder }, signal);
    for (const line of linesOf(result)) console.log(line);
    expect(result.errors).toEqual([]);
    for (const bytes of result.peakBytes) expect(bytes).toBeLessThan(mostBytes);
  });
});
