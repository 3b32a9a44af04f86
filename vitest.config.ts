import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { toolsCache } from './hack/tools/cache.ts';

/**
 * `quick` needs Node alone and is what `npm test` runs; a `*.full.test.ts` needs minutes, or other tools and says which it lacks.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'quick',
          include: ['{core,registry,operator,cli,hack,docs}/**/*.test.ts'],
          exclude: ['**/*.full.test.ts'],
          // A test that hangs has to end; what one takes says nothing, and a busy machine is five times slower than a quiet one.
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: 'full',
          include: ['{core,registry,operator,cli,hack,docs}/**/*.full.test.ts'],
          testTimeout: 3_600_000,
          hookTimeout: 3_600_000,
          fileParallelism: false,
          // Its suites start our programs hundreds of times, and Node need not compile them anew each time.
          env: { NODE_COMPILE_CACHE: join(toolsCache, 'compiled') },
        },
      },
    ],
    coverage: {
      provider: 'v8',
      include: ['core/**/*.ts'],
      exclude: ['**/*.test.ts', '**/testing/**'],
      reporter: ['text-summary', ['text', { skipFull: true }], ['text', { skipFull: true, file: 'uncovered.txt' }]],
      thresholds: { branches: 100 },
    },
  },
});
