import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildModule, type GoModule } from './goModule.ts';

const run = promisify(execFile);
const { signal } = new AbortController();
const program = `package main

import ("fmt"; "os"; "path/filepath")

var version = "none"

func main() { fmt.Print(filepath.Base(os.Args[0]), " ", version) }
`;

describe('a Go module of our own', () => {
  let folder: string;
  let target: string;
  let module: GoModule;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'coppice-module-'));
    target = join(folder, 'bin', 'first');
    module = { folder, links: ['second'], variables: ['main.version=v7'] };
    await writeFile(join(folder, 'go.mod'), 'module example.test/first\n\ngo 1.21\n');
    await writeFile(join(folder, 'main.go'), program);
  });

  afterEach(() => rm(folder, { recursive: true }));

  it('becomes one program with several names, also a second time', async () => {
    await buildModule(module, target, signal);
    await buildModule(module, target, signal);
    expect((await readdir(join(folder, 'bin'))).toSorted()).toEqual(['first', 'second']);
    expect((await run(join(folder, 'bin', 'second'))).stdout).toBe('second v7');
  });

  it('becomes the program of a package that it names', async () => {
    await mkdir(join(folder, 'cmd', 'other'), { recursive: true });
    await writeFile(join(folder, 'cmd', 'other', 'main.go'), program.replace('none', 'of another'));
    await buildModule({ ...module, program: 'example.test/first/cmd/other', links: [], variables: [] }, target, signal);
    expect((await run(target)).stdout).toBe('first of another');
  });

  it('is not there when it does not compile, and the compiler says why', async () => {
    await writeFile(join(folder, 'main.go'), 'package main\n\nfunc main() { nothing() }\n');
    await expect(buildModule(module, target, signal)).rejects.toThrow('undefined: nothing');
    expect(await readdir(join(folder, 'bin'))).toEqual([]);
  });
});
