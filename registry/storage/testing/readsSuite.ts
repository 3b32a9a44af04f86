import { once } from 'node:events';
import { expect, it } from 'vitest';
import type { Driver } from '../driver.ts';
import { StorageError } from '../driver.ts';
import { bytesAt, known, namesAt, signal, textAt, utf8 } from './testStorage.ts';

const folder = '/coppice/v1/runs';
const path = `${folder}/note`;

export function describeReads(another: () => Driver): void {
  it('says undefined for what is not there, in every way of reading', async () => {
    const driver = another();
    expect(await driver.stat(path, signal)).toBeUndefined();
    expect(await driver.readSmall(path, 10, signal)).toBeUndefined();
    expect(await driver.open(path, undefined, signal)).toBeUndefined();
    expect(await driver.list(folder, signal)).toBeUndefined();
  });

  it('tells kind, size and time of a file', async () => {
    const driver = another();
    await driver.write(path, utf8('four'), signal);
    const stat = known(await driver.stat(path, signal));
    expect(stat).toMatchObject({ kind: 'file', sizeBytes: 4 });
    expect(await driver.readSmall(path, 4, signal)).toMatchObject({ modifiedAt: stat.modifiedAt });
    const opened = known(await driver.open(path, { start: 0, end: 0 }, signal));
    expect(opened.stat).toEqual(stat);
    opened.body.destroy();
    expect(await driver.stat(folder, signal)).toMatchObject({ kind: 'directory' });
  });

  it('reads an empty file as empty, not as absent', async () => {
    const driver = another();
    await driver.write(path, utf8(''), signal);
    expect(await textAt(driver, path)).toBe('');
    expect(await bytesAt(driver, path)).toHaveLength(0);
  });

  it('rejects a small file that is larger than its limit', async () => {
    const driver = another();
    await driver.write(path, utf8('12345'), signal);
    await expect(driver.readSmall(path, 4, signal)).rejects.toThrow(StorageError);
  });

  it.each([
    { name: 'the middle', range: { start: 2, end: 4 }, expected: '234' },
    { name: 'one byte', range: { start: 9, end: 9 }, expected: '9' },
    { name: 'up to the end and beyond', range: { start: 8, end: 99 }, expected: '89' },
  ])('streams $name of a file', async ({ range, expected }) => {
    const driver = another();
    await driver.write(path, utf8('0123456789'), signal);
    expect(await bytesAt(driver, path, range)).toEqual(utf8(expected));
  });

  it('streams a file of several blocks whole', async () => {
    const driver = another();
    const bytes = Uint8Array.from({ length: 1_300_000 }, (_, at) => (at * 7 + (at >> 9)) % 256);
    await driver.write(path, bytes, signal);
    expect(Buffer.compare(known(await bytesAt(driver, path)), bytes)).toBe(0);
  });

  it('goes on streaming the file that it opened when it is replaced or goes', async () => {
    const driver = another();
    await driver.write(path, utf8('old'), signal);
    const [first, second] = [
      known(await driver.open(path, undefined, signal)),
      known(await driver.open(path, undefined, signal)),
    ];
    await another().write(path, utf8('newer'), signal);
    expect(Buffer.concat(await first.body.toArray()).toString()).toBe('old');
    await another().discard(path, signal);
    expect(Buffer.concat(await second.body.toArray()).toString()).toBe('old');
    expect(second.stat.sizeBytes).toBe(3);
  });

  it('ends a stream whose signal is aborted', async () => {
    const driver = another();
    await driver.write(path, utf8('never read'), signal);
    const aborting = new AbortController();
    const { body } = known(await driver.open(path, undefined, aborting.signal));
    const failed = once(body, 'error');
    aborting.abort();
    expect(await failed).toMatchObject([{ name: 'AbortError' }]);
    expect(body.destroyed).toBe(true);
  });

  it('lists names and kinds directly below a directory', async () => {
    const driver = another();
    await driver.write(`${folder}/b/c`, utf8(''), signal);
    await driver.write(`${folder}/a`, utf8(''), signal);
    const entries = known(await driver.list(folder, signal));
    expect(entries.toSorted((left, right) => left.name.localeCompare(right.name))).toEqual([
      { name: 'a', kind: 'file' },
      { name: 'b', kind: 'directory' },
    ]);
    await driver.discard(`${folder}/b/c`, signal);
    expect(await namesAt(driver, `${folder}/b`)).toEqual([]);
  });

  it('G1: a directory in the place of a file, or a file in the place of a directory, rejects and is named', async () => {
    const driver = another();
    await driver.write(path, utf8(''), signal);
    await expect(driver.readSmall(folder, 10, signal)).rejects.toMatchObject({ name: 'StorageError', path: folder });
    await expect(driver.open(folder, undefined, signal)).rejects.toMatchObject({ name: 'StorageError', path: folder });
    await expect(driver.list(path, signal)).rejects.toMatchObject({ name: 'StorageError', path });
    const below = { name: 'StorageError', path: `${path}/x` };
    await expect(driver.stat(`${path}/x`, signal)).rejects.toMatchObject(below);
    await expect(driver.list(`${path}/x`, signal)).rejects.toMatchObject(below);
  });

  it.each(['/coppice/v1/../../etc', 'coppice', '/coppice//v1', '/coppice/./v1', '/a\0b'])(
    'refuses the path %j',
    async (wrong) => {
      const driver = another();
      await expect(driver.stat(wrong, signal)).rejects.toThrow(StorageError);
      await expect(driver.write(wrong, utf8(''), signal)).rejects.toThrow(StorageError);
      await expect(driver.discard(wrong, signal)).rejects.toThrow(StorageError);
    },
  );

  it('does nothing for a caller who has given up', async () => {
    const driver = another();
    const given = AbortSignal.abort();
    const calls = [
      async () => driver.stat(path, given),
      async () => driver.write(path, utf8(''), given),
      async () => driver.list(folder, given),
      async () => driver.now(given),
    ];
    for (const call of calls) await expect(call()).rejects.toMatchObject({ name: 'AbortError' });
    expect(await driver.stat(path, signal)).toBeUndefined();
  });

  it('has a clock that moves on, and that its files go by', async () => {
    const driver = another();
    const before = await driver.now(signal);
    await driver.write(path, utf8(''), signal);
    const { modifiedAt } = known(await driver.stat(path, signal));
    expect(modifiedAt).toBeGreaterThanOrEqual(before);
    expect(await another().now(signal)).toBeGreaterThanOrEqual(modifiedAt);
  });

  it('tells a watcher of a change and its name, and not after it is closed', async () => {
    const driver = another();
    await driver.write(path, utf8(''), signal);
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    const watching = driver.watch(folder, (name) => {
      resolve(name);
    });
    await another().write(`${folder}/second`, utf8(''), signal);
    expect(await promise).toBe('second');
    watching.close();
    driver.watch(`${folder}/absent`, () => undefined).close();
  });
}
