import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FilesystemDriver } from '../storage/filesystem/driver.ts';
import { layout } from '../storage/layout.ts';
import { pruneTemporaries } from './temporaries.ts';

const { signal } = new AbortController();

describe('records on their way', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'coppice-temporaries-'));
  });
  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });

  it('are taken away once their writer must have died, and not before', async () => {
    const driver = new FilesystemDriver(root);
    await pruneTemporaries(driver, Number.MAX_SAFE_INTEGER, signal); // where there are none yet
    const now = await driver.now(signal);
    const [old, young] = [randomUUID(), randomUUID()];
    for (const name of [old, young]) writeFileSync(join(root, layout.temporary(name)), 'half a rec');
    utimesSync(join(root, layout.temporary(old)), now / 1000 - 60, now / 1000 - 60);
    await pruneTemporaries(driver, now - 30_000, signal);
    expect((await driver.list(layout.temporaries, signal))?.map(({ name }) => name)).toEqual([young]);
  });
});
