import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { jsonBlob, layerOf, writeLayout } from './layout.ts';
import { libraryEntries, nodeEntries } from './node.ts';
import type { Entry } from './tar.ts';
import { fileOf, treeOf } from './tree.ts';

const run = promisify(execFile);

/** What the commands of the Containerfile use, besides Node and npm. */
const programs = [
  ...['/bin/sh', '/usr/bin/chmod', '/usr/bin/cp', '/usr/bin/env', '/usr/bin/find', '/usr/bin/install'],
  ...['/usr/bin/ln', '/usr/bin/mkdir', '/usr/bin/rm'],
];

/** Where the cache of this machine's npm is to be mounted. */
export const npmCache = '/var/cache/npm';

/** In place of an image of Node on Debian: this machine's programs, its npm with the registry that it uses, and the Node of this checkout. */
export async function buildBase(checkout: string, signal: AbortSignal): Promise<readonly Entry[]> {
  const npm = async (...words: readonly string[]): Promise<string> =>
    (await run('npm', words, { signal, cwd: checkout })).stdout.trim();
  const settings = [`registry=${await npm('config', 'get', 'registry')}`, `cache=${npmCache}`, 'prefer-offline=true'];
  const entries = await nodeEntries(nodeOf(checkout), signal);
  const libraries = await Promise.all(programs.map(async (program) => libraryEntries(program, signal)));
  const own = await Promise.all(programs.map(async (program) => fileOf(program, program.slice(1))));
  // Links to programs are for shells.
  const isUsed = (path: string): boolean => !/(^|\/)(\.bin|docs|man)\//.test(path);
  const unique = new Map([...entries, ...libraries.flat(), ...own].map((entry) => [entry.path, entry]));
  return [
    ...unique.values(),
    ...(await treeOf(join(await npm('root', '--global'), 'npm'), 'usr/local/lib/node_modules/npm', isUsed)),
    { kind: 'link', path: 'usr/local/bin/npm', mode: 0o777, to: '../lib/node_modules/npm/bin/npm-cli.js' },
    { kind: 'bytes', path: 'usr/local/etc/npmrc', mode: 0o644, bytes: Buffer.from(settings.join('\n')) },
    { kind: 'directory', path: 'tmp', mode: 0o1777 },
  ];
}

/** In place of a distroless image: the libraries that Node needs. */
export async function runtimeBase(checkout: string, signal: AbortSignal): Promise<readonly Entry[]> {
  return [
    ...(await libraryEntries(nodeOf(checkout), signal)),
    { kind: 'directory', path: 'tmp', mode: 0o1777 },
    { kind: 'directory', path: 'var/lib', mode: 0o755 },
  ];
}

/** Such entries as an image of this name, an OCI layout in a tar file, whose path it resolves to. */
export async function writeStandIn(
  name: string,
  entries: readonly Entry[],
  folder: string,
  signal: AbortSignal,
): Promise<string> {
  const layer = await layerOf(name, entries, folder, signal);
  const platform = { os: 'linux', architecture: process.arch === 'x64' ? 'amd64' : process.arch };
  const Env = ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'];
  const config = jsonBlob({ ...platform, config: { Env }, rootfs: { type: 'layers', diff_ids: [layer.diffId] } });
  const file = join(folder, `${name.replaceAll(/\W+/g, '-')}.tar`);
  await writeLayout({ name, config, layers: [layer], annotations: {}, platform }, file, signal);
  return file;
}

function nodeOf(checkout: string): string {
  return join(checkout, 'node_modules/node/bin/node');
}
