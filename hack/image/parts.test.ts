import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { librariesIn } from './node.ts';
import { dependencyEntries, productionPackages } from './program.ts';

describe('the libraries that a program needs', () => {
  it('are those with a path, and the loader', () => {
    const text = [
      '\tlinux-vdso.so.1 (0x00007f26e4a40000)',
      '\tlibstdc++.so.6 => /lib/x86_64-linux-gnu/libstdc++.so.6 (0x00007f26e4800000)',
      '\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f26e451e000)',
      '\t/lib64/ld-linux-x86-64.so.2 (0x00007f26e4a42000)',
    ].join('\n');
    expect(librariesIn(text)).toEqual([
      '/lib/x86_64-linux-gnu/libc.so.6',
      '/lib/x86_64-linux-gnu/libstdc++.so.6',
      '/lib64/ld-linux-x86-64.so.2',
    ]);
  });

  it.each([
    { why: 'one is not there', text: '\tlibx.so => not found\n', says: 'ldd does not find libx.so' },
    { why: 'there is none', text: '\tstatically linked\n', says: 'names no library' },
  ])('are refused where $why', ({ text, says }) => {
    expect(() => librariesIn(text)).toThrow(says);
  });
});

describe('the packages of an installation without those for development', () => {
  it('are those that npm does not mark', () => {
    const packages = {
      '': {},
      'node_modules/b': {},
      'node_modules/a/node_modules/b': {},
      'node_modules/tool': { dev: true },
      'node_modules/both': { devOptional: true },
    };
    expect(productionPackages({ lockfileVersion: 3, packages })).toEqual([
      'node_modules/a/node_modules/b',
      'node_modules/b',
    ]);
  });

  it('are not guessed from a lock file of another version', () => {
    expect(() => productionPackages({ lockfileVersion: 2, packages: {} })).toThrow('of version 2, not 3');
  });

  it('are taken in whole, each once, with what only looks like a package', async () => {
    const checkout = await mkdtemp(join(tmpdir(), 'coppice-dependencies-'));
    const packages = {
      'node_modules/a': {},
      'node_modules/a/node_modules/b': {},
      'node_modules/a/node_modules/c': { dev: true },
    };
    const files = [
      'index.js',
      'index.d.ts',
      'node_modules/b/index.js',
      'node_modules/c/index.js',
      'test/node_modules/1.js',
    ];
    await writeFile(join(checkout, 'package-lock.json'), JSON.stringify({ lockfileVersion: 3, packages }));
    for (const file of files.map((name) => join(checkout, 'node_modules/a', name))) {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, '');
    }
    expect((await dependencyEntries(checkout)).map(({ path }) => path).toSorted()).toEqual([
      'app/node_modules/a/index.js',
      'app/node_modules/a/node_modules/b/index.js',
      'app/node_modules/a/test/node_modules/1.js',
    ]);
    await rm(checkout, { recursive: true });
  });
});
