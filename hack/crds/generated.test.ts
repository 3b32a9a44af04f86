import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { generatedFiles } from './generated.ts';

describe('what is generated from crds/', () => {
  it('is current: if this fails, run `npm run generate`', async () => {
    for (const { path, text } of await generatedFiles()) expect(readFileSync(path, 'utf8')).toBe(text);
  });
});
