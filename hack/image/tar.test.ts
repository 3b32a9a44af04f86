import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Entry, tarOf } from './tar.ts';

async function archive(entries: readonly Entry[]): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of tarOf(entries)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const file = (path: string, text: string, more: Partial<Pick<Entry, 'mode' | 'owner'>> = {}): Entry => {
  return { kind: 'bytes', path, mode: 0o644, bytes: Buffer.from(text), ...more };
};

interface Read {
  readonly path: string;
  readonly type: string;
  readonly mode: string;
  readonly owner: number;
  readonly text: string;
}

/** As POSIX says that an archive is read, checksums compared. */
function readBack(tar: Buffer): readonly Read[] {
  const read: Read[] = [];
  for (let at = 0; tar[at] !== 0;) {
    const field = (from: number, bytes: number): string => {
      return tar.toString('utf8', at + from, at + from + bytes).replace(/[\0 ].*$/s, '');
    };
    const header = Buffer.from(tar.subarray(at, at + 512)).fill(' ', 148, 156);
    expect(Number.parseInt(field(148, 8), 8)).toBe(header.reduce((sum, byte) => sum + byte, 0));
    const size = Number.parseInt(field(124, 12), 8);
    const prefix = field(345, 155);
    read.push({
      path: prefix === '' ? field(0, 100) : `${prefix}/${field(0, 100)}`,
      type: field(156, 1),
      mode: field(100, 8),
      owner: Number.parseInt(field(108, 8), 8),
      text: tar.toString('utf8', at + 512, at + 512 + size),
    });
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return read;
}

describe('an archive', () => {
  it('holds what it was given, sorted, with the directories on the way', async () => {
    expect(readBack(await archive([file('b/x', 'of b', { owner: 65_532 }), file('a', 'x'.repeat(512))]))).toEqual([
      { path: 'a', type: '0', mode: '0000644', owner: 0, text: 'x'.repeat(512) },
      { path: 'b/', type: '5', mode: '0000755', owner: 0, text: '' },
      { path: 'b/x', type: '0', mode: '0000644', owner: 65_532, text: 'of b' },
    ]);
  });

  it('holds symbolic links', async () => {
    const to = '../docker/registry/config.yml';
    const tar = await archive([{ kind: 'link', path: 'a', mode: 0o777, to }]);
    expect(readBack(tar)).toEqual([{ path: 'a', type: '2', mode: '0000777', owner: 0, text: '' }]);
    expect(tar.toString('utf8', 157, 157 + to.length + 1)).toBe(`${to}\0`);
  });

  it('is the same whatever the order it was given', async () => {
    const entries = [file('b', '2'), file('a/c', '1'), file('a.b', '3')];
    expect((await archive(entries)).equals(await archive(entries.toReversed()))).toBe(true);
  });

  it('has room for long paths, where they have a slash in the right place', async () => {
    const long = `${'folder-with-a-name/'.repeat(8)}${'f'.repeat(90)}`;
    expect(readBack(await archive([file(long, 'x')])).at(-1)?.path).toBe(long);
    await expect(archive([file('f'.repeat(101), 'x')])).rejects.toThrow('too long');
  });

  it('refuses two entries of one path', async () => {
    await expect(archive([file('a', '1'), file('a', '2')])).rejects.toThrow('two entries of the archive are a');
  });

  it('refuses a file that has changed its size since it was looked at', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'coppice-tar-'));
    const source = join(folder, 'file');
    await writeFile(source, 'longer');
    const entry: Entry = { kind: 'file', path: 'a', mode: 0o644, source, sizeBytes: 3 };
    await expect(archive([entry])).rejects.toThrow('has 6 bytes, and had 3');
    await rm(folder, { recursive: true });
  });
});
