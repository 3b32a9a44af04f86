import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ThreadMarker } from './threadMarker.ts';

describe('the thread of a mark', () => {
  let root: string;
  let threads: number;
  const count = (): void => void (threads += 1);
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'coppice-thread-'));
    threads = 0;
    process.on('worker', count);
  });
  afterEach(() => {
    process.off('worker', count);
    rmSync(root, { recursive: true });
  });

  it('begins with the first question, since a run that finds the gate busy asks none', async () => {
    const idle = new ThreadMarker({ root });
    await idle.close();
    expect(threads).toBe(0);

    const asked = new ThreadMarker({ root });
    await expect(asked.choose(1)).rejects.toThrow('there is no plan yet');
    await expect(asked.choose(1)).rejects.toThrow('there is no plan yet');
    expect(threads).toBe(1);
    await asked.close();
  });

  it('does not begin once its run is over: whoever asks is told', async () => {
    const marker = new ThreadMarker({ root });
    await marker.close();
    await expect(marker.choose(1)).rejects.toThrow('was ended');
    expect(threads).toBe(0);
  });
});
