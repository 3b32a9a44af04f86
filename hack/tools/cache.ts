import { execFile } from 'node:child_process';
import { access, constants, mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Source, type ToolName, tools } from './catalogue.ts';

const run = promisify(execFile);

/** Tools are built once, into a folder outside the clone. */
const cache = process.env['COPPICE_TOOLS'] ?? join(homedir(), '.cache', 'coppice');

export function toolPath(name: ToolName): string {
  const source: Source = tools[name];
  return source.from === 'debian' ? source.at : join(cache, 'bin', `${name}@${source.version}`, name);
}

/** What is missing of a tool, in words, or `undefined` where it can be run. */
export async function lacking(name: ToolName): Promise<string | undefined> {
  try {
    await access(toolPath(name), constants.X_OK);
    return undefined;
  } catch (error) {
    return `${name} is not at ${toolPath(name)} (npm run tools): ${String(error)}`;
  }
}

/** Builds or installs what is missing. Rejects with the installer's own words. */
export async function provide(name: ToolName, signal: AbortSignal): Promise<'there' | 'installed'> {
  if ((await lacking(name)) === undefined) return 'there';
  const source: Source = tools[name];
  await (source.from === 'go' ? build(name, source.module, source.version, signal) : install(source.package, signal));
  const missing = await lacking(name);
  if (missing !== undefined) throw new Error(missing);
  return 'installed';
}

async function build(name: ToolName, module: string, version: string, signal: AbortSignal): Promise<void> {
  const folder = join(cache, 'bin', `${name}@${version}`);
  await mkdir(folder, { recursive: true });
  const env = { ...process.env, GOBIN: folder, CGO_ENABLED: '0' };
  await run('go', ['install', '-trimpath', '-ldflags', '-s -w', `${module}@${version}`], { env, signal });
}

async function install(debianPackage: string, signal: AbortSignal): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update'], { env, signal });
  await run('apt-get', ['install', '-y', '--no-install-recommends', debianPackage], {
    env,
    signal,
    maxBuffer: 1 << 26,
  });
}
