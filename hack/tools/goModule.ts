import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A Go module in this repository (`go.mod`, `go.sum`) and a program that is built of it, which goes by several names. */
export interface GoModule {
  /** Absolute. */
  readonly folder: string;
  /** The package of a module that it names under `tool`, where the program is that; absent: its own `main.go`. */
  readonly program?: string;
  /** The names under which the program is called, too: links beside it. */
  readonly links: readonly string[];
  /** Of variables of its packages, by the linker: `package.variable=value`. */
  readonly variables: readonly string[];
}

/** Changes whenever what is built would: a program that was built of something else is not taken for this one. */
export function stampOf({ folder, program, links, variables }: GoModule): string {
  const [named, own] = program === undefined ? [[], ['main.go']] : [[program], []];
  const hash = createHash('sha256').update(JSON.stringify([links, variables, ...named]));
  for (const file of ['go.mod', 'go.sum', ...own]) hash.update(`\n${file}\n`).update(readFileSync(join(folder, file)));
  return hash.digest('hex').slice(0, 12);
}

/** Builds the program at `target`, its links first: where the program is, all is there. Rejects with the words of `go`. */
export async function buildModule(module: GoModule, target: string, signal: AbortSignal): Promise<void> {
  const folder = dirname(target);
  await mkdir(folder, { recursive: true });
  const scratch = await mkdtemp(join(folder, 'build-'));
  try {
    const built = join(scratch, basename(target));
    const flags = ['-s', '-w', ...module.variables.map((variable) => `-X ${variable}`)].join(' ');
    const how = ['-trimpath', '-buildvcs=false', '-mod=readonly', '-ldflags', flags];
    const args = ['build', ...how, '-o', built, module.program ?? '.'];
    await run('go', args, { cwd: module.folder, env: { ...process.env, CGO_ENABLED: '0' }, signal });
    for (const link of module.links) {
      await symlink(basename(target), join(scratch, link));
      await rename(join(scratch, link), join(folder, link));
    }
    await rename(built, target);
  } finally {
    await rm(scratch, { recursive: true });
  }
}
