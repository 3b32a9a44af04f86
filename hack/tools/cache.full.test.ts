import { stat } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { lacking, toolPath } from './cache.ts';
import { suiteTools } from './catalogue.ts';

describe('the tools of others', () => {
  it.each(suiteTools)('%s can be run', async (name) => {
    expect(await lacking(name)).toBeUndefined();
    expect((await stat(toolPath(name))).isFile()).toBe(true);
  });
});
