import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { lineOf, saying, seen, wordsOf } from './row.ts';

const run = promisify(execFile);
const { signal } = new AbortController();

describe('a step of a trial', () => {
  it('is well, or not and says why', async () => {
    expect(await seen('one', async () => Promise.resolve('two'), signal)).toEqual({
      step: 'one',
      isWell: true,
      saw: 'two',
    });
    const fails = async (): Promise<string> => Promise.reject(new Error('no'));
    expect(await seen('one', fails, signal)).toEqual({ step: 'one', isWell: false, saw: 'no' });
  });

  it('is none where all was given up, before or meanwhile', async () => {
    const controller = new AbortController();
    const interrupted = async (): Promise<string> => {
      controller.abort(new Error('interrupted'));
      return Promise.reject(new Error('killed'));
    };
    await expect(seen('one', interrupted, controller.signal)).rejects.toThrow('interrupted');
    await expect(seen('one', async () => Promise.resolve('two'), controller.signal)).rejects.toThrow('interrupted');
  });

  it('tells what a program told people, not its command line', async () => {
    const fails = run(process.execPath, ['-e', 'console.error("it is not there"); process.exit(3)']);
    const words: unknown = await fails.catch((error: unknown) => wordsOf(error));
    expect(words).toBe('it is not there');
    const silent = run(process.execPath, ['-e', 'process.exit(3)']).catch((error: unknown) => wordsOf(error));
    expect(await silent).toContain('Command failed');
  });

  it('names what was not said', () => {
    expect(saying('a b c', 'a', 'c')).toBe('names all 2');
    expect(() => saying('a b c', 'a', 'd')).toThrow('does not say d, but: a b c');
  });

  it('is a line in which what went wrong is seen', () => {
    const row = { client: 'cosign', variant: 'plain', step: 'signs', isWell: true, saw: 'whole' };
    expect(lineOf(row)).toMatch(/^cosign +plain +signs +ok +whole$/);
    expect(lineOf({ ...row, isWell: false, saw: 'no' })).toMatch(/^cosign +plain +signs +FAIL no$/);
  });
});
