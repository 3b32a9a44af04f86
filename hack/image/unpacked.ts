import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

interface Descriptor {
  readonly digest: string;
  readonly size: number;
}

export interface ImageConfig {
  readonly config: {
    readonly User: string;
    readonly Entrypoint: readonly string[];
    readonly Cmd: readonly string[];
    readonly Env: readonly string[];
  };
}

/** An image as a container engine would see it: its configuration, and its root in a folder. */
export interface UnpackedImage {
  readonly digest: string;
  readonly config: ImageConfig['config'];
  readonly root: string;
}

/** Unpacks an OCI layout below `folder`, by way of its index, with every blob compared with its digest and size. */
export async function unpack(archive: string, folder: string): Promise<UnpackedImage> {
  const [layout, root] = [join(folder, 'layout'), join(folder, 'root')];
  await Promise.all([mkdir(layout), mkdir(root)]);
  await run('tar', ['-xf', archive, '-C', layout]);
  const index = JSON.parse(await readFile(join(layout, 'index.json'), 'utf8')) as { manifests: readonly Descriptor[] };
  const [top] = index.manifests;
  if (top === undefined || index.manifests.length > 1) throw new Error('the index does not name one manifest');
  const manifest = JSON.parse((await blob(layout, top)).toString()) as { config: Descriptor; layers: Descriptor[] };
  for (const layer of manifest.layers) {
    await blob(layout, layer);
    await run('tar', ['-xzf', pathOf(layout, layer), '-C', root]);
  }
  const { config } = JSON.parse((await blob(layout, manifest.config)).toString()) as ImageConfig;
  return { digest: top.digest, config, root };
}

function pathOf(layout: string, { digest }: Descriptor): string {
  return join(layout, 'blobs', digest.replace(':', '/'));
}

async function blob(layout: string, descriptor: Descriptor): Promise<Buffer> {
  const bytes = await readFile(pathOf(layout, descriptor));
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  if (digest !== descriptor.digest || bytes.length !== descriptor.size)
    throw new Error(`${descriptor.digest} is not itself`);
  return bytes;
}

export interface Containment {
  readonly image: UnpackedImage;
  /** Of this machine, where the image has /var/lib/registry. */
  readonly storage: string;
  /** `USER:GROUP`, numbers. */
  readonly user: string;
}

/**
 * What starts a program of an image as a container engine would, as far as that can be had by `unshare` and `chroot` (which need root): its root alone, which
 * cannot be written, and one volume. The network is this machine's. The process keeps its pid and gets signals itself.
 */
export function contained({ image, storage, user }: Containment, args: readonly string[]): readonly string[] {
  const script = [
    'set -e; root=$1; storage=$2; user=$3; shift 3',
    'mount --bind "$root" "$root"',
    'mount -o remount,bind,ro "$root"',
    'mount --bind "$storage" "$root/var/lib/registry"',
    'exec chroot --userspec="$user" "$root" "$@"',
  ].join('\n');
  const command = [...image.config.Entrypoint, ...args];
  return ['unshare', '--mount', 'sh', '-c', script, 'sh', image.root, storage, user, ...command];
}
