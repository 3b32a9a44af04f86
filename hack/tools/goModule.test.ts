import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type GoModule, stampOf } from './goModule.ts';
import { tools } from './catalogue.ts';

let folder: string;
let module: GoModule;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coppice-module-'));
  await cp(tools.kubernetes.folder, folder, { recursive: true });
  module = { ...tools.kubernetes, folder };
});

afterEach(() => rm(folder, { recursive: true }));

it('stamps a program by what it is built of, not by where that lies', async () => {
  expect(stampOf(module)).toBe(stampOf(tools.kubernetes));
  const stamps = new Set([stampOf(module)]);
  for (const file of await readdir(folder)) {
    await writeFile(join(folder, file), '\n// changed', { flag: 'a' });
    stamps.add(stampOf(module));
  }
  stamps.add(stampOf({ ...module, links: [...module.links, 'another'] }));
  stamps.add(stampOf({ ...module, variables: [] }));
  stamps.add(stampOf({ ...module, program: 'example.test/another' }));
  expect(stamps.size).toBe(1 + 3 + 3);
});

it('refuses a module that is not whole', async () => {
  await rm(join(folder, 'go.sum'));
  expect(() => stampOf(module)).toThrow('go.sum');
});

it('needs no main.go where the program is a package of another', async () => {
  await rm(join(folder, 'main.go'));
  expect(() => stampOf(module)).toThrow('main.go');
  const stamp = stampOf({ ...module, program: 'example.test/another' });
  expect(stamp).not.toBe(stampOf({ ...module, program: 'example.test/a-third' }));
});
