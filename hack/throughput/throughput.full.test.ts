import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startCoppice } from './contender.ts';
import { linesOf } from './figures.ts';
import { measureThroughput } from './throughput.ts';

const { signal } = new AbortController();
/** Up to 500 MB were seen. A replica that held what it is sent would need as much again as its half of the largest load. */
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
    const contender = await startCoppice(folder, signal);
    try {
      const loads = [
        { count: 300, megabytes: 1 },
        { count: 100, megabytes: 10 },
        { count: 4, megabytes: 100 },
      ];
      const results = await measureThroughput(contender, loads, 300, signal);
      for (const line of linesOf(contender, results)) console.log(line);
      expect(await contender.faults()).toEqual([]);
      for (const { pushes, pulls, peakBytes } of results) {
        expect([...pushes.errors, ...pulls.errors]).toEqual([]);
        for (const bytes of peakBytes) expect(bytes).toBeLessThan(mostBytes);
      }
    } finally {
      await contender.end();
    }
  });
});
