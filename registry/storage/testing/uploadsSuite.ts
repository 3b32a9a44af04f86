import { expect, it } from 'vitest';
import type { Driver } from '../driver.ts';
import { StorageError } from '../driver.ts';
import { bytesAt, known, lifeId, signal, textAt, utf8 } from './testStorage.ts';

const path = '/docker/registry/v2/repositories/library/alpine/_uploads/u1/data.l1';

async function* body(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield utf8(text);
}

/** Says one chunk, then nothing more, and never ends. */
async function* silentAfter(text: string): AsyncGenerator<Uint8Array> {
  yield utf8(text);
  await new Promise(() => undefined);
}

async function* breaksAfter(text: string): AsyncGenerator<Uint8Array> {
  yield utf8(text);
  throw new Error('connection reset');
}

export function describeUploads(another: () => Driver): void {
  it('appends at the end, and tells the new size', async () => {
    const driver = another();
    expect(await driver.append(path, 0, body('one', 'two'), signal)).toBe(6);
    expect(await another().append(path, 6, body('three'), signal)).toBe(11);
    expect(await textAt(driver, path)).toBe('onetwothree');
  });

  it('makes the file of an empty body', async () => {
    const driver = another();
    expect(await driver.append(path, 0, body(), signal)).toBe(0);
    expect(await textAt(driver, path)).toBe('');
    expect(await driver.append(path, 0, body('later'), signal)).toBe(5);
  });

  it.each([1, 512 * 1024 - 1, 512 * 1024, 700_000])('keeps the order of chunks of %d bytes', async (size) => {
    const driver = another();
    const count = size === 1 ? 40 : 4;
    const chunks = Array.from({ length: count }, (_, n) => new Uint8Array(size).fill(n + 1));
    const expected = Buffer.concat(chunks);
    async function* chunked(): AsyncGenerator<Uint8Array> {
      // One buffer for all chunks, as a careless body may do: nothing may be kept of it once the next is asked for.
      const reused = new Uint8Array(size);
      for (const chunk of chunks) {
        reused.set(chunk);
        yield reused;
      }
    }
    expect(await driver.append(path, 0, chunked(), signal)).toBe(expected.length);
    expect(Buffer.compare(known(await bytesAt(driver, path)), expected)).toBe(0);
  });

  it.each([
    { name: 'before the end', offset: 2 },
    { name: 'beyond the end', offset: 4 },
    { name: 'at the beginning of what has bytes', offset: 0 },
  ])('rejects to append $name', async ({ offset }) => {
    const driver = another();
    await driver.append(path, 0, body('one'), signal);
    await expect(driver.append(path, offset, body('two'), signal)).rejects.toThrow(StorageError);
    expect(await textAt(driver, path)).toBe('one');
  });

  it('makes no file for an offset that cannot be', async () => {
    const driver = another();
    await expect(driver.append(path, 3, body('x'), signal)).rejects.toThrow(StorageError);
    expect(await driver.stat(path, signal)).toBeUndefined();
  });

  it('rejects with the reason of a body that breaks off', async () => {
    const driver = another();
    await expect(driver.append(path, 0, breaksAfter('one'), signal)).rejects.toThrow('connection reset');
    const { sizeBytes } = known(await driver.stat(path, signal));
    expect(await driver.append(path, sizeBytes, body('two'), signal)).toBe(sizeBytes + 3);
  });

  it('ends when aborted, also while the body is silent', async () => {
    const driver = another();
    const aborting = new AbortController();
    const appending = driver.append(path, 0, silentAfter('one'), aborting.signal);
    await expect.poll(async () => driver.stat(path, signal)).toBeDefined();
    aborting.abort();
    await expect(appending).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('cuts off what was not acknowledged, and never lengthens', async () => {
    const driver = another();
    await driver.append(path, 0, body('onetwo'), signal);
    await driver.truncate(path, 3, signal);
    expect(await textAt(driver, path)).toBe('one');
    await expect(driver.truncate(path, 4, signal)).rejects.toThrow(StorageError);
    await expect(driver.truncate(`${path}2`, 0, signal)).rejects.toThrow(StorageError);
    expect(await driver.append(path, 3, body('2'), signal)).toBe(4);
  });

  it('G2: a blob does not change through the upload that it came from', async () => {
    const driver = another();
    const life = lifeId('l1');
    const blob = '/docker/registry/v2/blobs/sha256/ab/ab12/data';
    await driver.beginLife(life, signal);
    await driver.append(path, 0, body('bytes'), signal);
    await driver.commitFile(life, path, blob, signal);
    await expect(driver.append(path, 5, body('more'), signal)).rejects.toThrow(StorageError);
    await expect(driver.truncate(path, 0, signal)).rejects.toThrow(StorageError);
    expect(await textAt(driver, blob)).toBe('bytes');
  });
}
