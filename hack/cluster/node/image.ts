import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { toolPath } from '../../tools/cache.ts';
import { inside } from './sandbox.ts';
import { paths } from './settings.ts';

const run = promisify(execFile);

/**
 * Into the node whose sandbox has this first process: from an OCI layout in a tar file, under the name that its annotations give it. That is to be a whole
 * one, with a host: the kubelet asks for no other.
 */
export async function importImage(first: number, file: string, signal: AbortSignal): Promise<void> {
  const importing = [toolPath('ctr'), `--address=${paths.containerd}`, '--namespace=k8s.io', 'images', 'import'];
  const [command, ...args] = inside(first, [...importing, '--local', file]);
  await run(command, args, { signal });
}
