import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { NamedCluster } from '../cluster/namedCluster.ts';
import { lackingNode } from '../cluster/node/lacking.ts';
import { Release } from '../helm/release.ts';
import { type BuiltImage, buildImage } from '../image/image.ts';
import { lacking, toolsCache } from '../tools/cache.ts';

const run = promisify(execFile);
const checkout = fileURLToPath(new URL('../..', import.meta.url));
const clusters = join(checkout, 'hack/cluster/main.ts');
const name = 'demo';
const cluster = new NamedCluster(join(toolsCache, 'clusters', name));

/** What a person types to end a cluster that was kept. */
export const ending = `node hack/cluster/main.ts down --name ${name}`;

/** The named cluster `demo` with one node, the image of this checkout on it, and a folder that goes with this process. */
export interface Stage {
  readonly kubeconfig: string;
  /** The first process of the node's namespaces. */
  readonly node: number;
  readonly folder: string;
  /** On the node, for the volume; it goes with the cluster. */
  readonly storage: string;
  readonly release: Release;
}

/** Why there can be no such stage here, in words. */
export async function lackingStage(): Promise<string | undefined> {
  const lack = (await lackingNode()) ?? (await lacking('helm4'));
  if (lack !== undefined) return lack;
  return (await cluster.standing()) === undefined ? undefined : `a cluster stands from an earlier run: ${ending}`;
}

/** `onBuilt`: told when the image is there, and before the cluster is. */
export async function setStage(
  folder: string,
  onBuilt: (image: BuiltImage) => void,
  signal: AbortSignal,
): Promise<Stage> {
  const image = join(folder, 'image.tar');
  onBuilt(await buildImage(checkout, image, signal));
  await inTerminal(['up', '--node', '--image', image], signal);
  const standing = await cluster.standing();
  if (standing?.node === undefined) throw new Error('the cluster that was asked for a node has none');
  const { kubeconfig, node } = standing;
  const storage = join(dirname(kubeconfig), 'storage');
  return { kubeconfig, node, folder, storage, release: new Release({ kubeconfig, home: folder }) };
}

/** Ends the cluster, if it stands, with all that it stored. */
export async function strike(signal: AbortSignal): Promise<void> {
  await inTerminal(['down'], signal);
}

export async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'coppice-demo-cluster-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function inTerminal(args: readonly string[], signal: AbortSignal): Promise<void> {
  await run(process.execPath, [clusters, ...args, '--name', name], { signal });
}
