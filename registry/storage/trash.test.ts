import { describe, expect, it } from 'vitest';
import { StorageError } from './driver.ts';
import { trashedPath, trashName } from './trash.ts';

const repository = '/docker/registry/v2/repositories';

describe('names in the trash', () => {
  it.each([
    { name: 'a blob', path: `/docker/registry/v2/blobs/sha512/ab/${'ab'.repeat(64)}` },
    { name: 'a tag with points', path: `${repository}/a/b.c__d/_manifests/tags/v1.2.3-rc.1` },
    { name: 'a link', path: `${repository}/a/_layers/sha256/${'0'.repeat(64)}/link` },
    {
      name: 'the longest repository and tag',
      path: `${repository}/${'a/'.repeat(127)}a/_manifests/tags/${'.'.repeat(0)}${'T'.repeat(128)}`,
    },
  ])('leads back to $name', ({ path }) => {
    expect(trashedPath(trashName(path))).toBe(path);
    expect(trashedPath(`${trashName(path)}=0c3f-9a`)).toBe(path);
  });

  it('are file names that any file system takes, at every length', () => {
    for (let length = 1; length < 700; length += 1) {
      const path = `/${'.'.repeat(3)}${'x'.repeat(length)}`;
      expect(trashedPath(trashName(path))).toBe(path);
      for (const piece of trashName(path).split('/')) {
        expect(piece.length).toBeLessThanOrEqual(202);
        expect(['.', '..', '']).not.toContain(piece);
      }
    }
  });

  it('are one per path', () => {
    const paths = ['/a/b', '/a.b', '/a-b', '/a_b', `/a/${'b'.repeat(300)}`, `/a/${'b'.repeat(200)}/${'b'.repeat(99)}`];
    expect(new Set(paths.map(trashName)).size).toBe(paths.length);
  });

  it.each(['/a,b', '/a+b', '/a=b', '/a b', 'a', '/', '/a/'])('cannot be given to %j', (path) => {
    expect(() => trashName(path)).toThrow(StorageError);
  });

  it.each(['', 'a,..,b', ',a', 'a,', 'a b', 'x/y', 'a,.'])('are not understood when they read %j', (name) => {
    expect(trashedPath(name)).toBeUndefined();
  });
});
