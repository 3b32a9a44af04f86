import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';
import { describePausedWriter } from './testing/pausedWriterSuite.ts';

// It looks at /proc to see that the other process has stopped.
describe.skipIf(process.platform !== 'linux')('with processes of Linux', () => {
  describePausedWriter('the file system of temporary files', async () => {
    const root = await mkdtemp(join(tmpdir(), 'coppice-paused-'));
    return { root, dispose: async () => rm(root, { recursive: true, force: true }) };
  });
});
