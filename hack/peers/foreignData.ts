import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PushOutcome, RegistryClient } from '../load/client.ts';
import { artifactFor, digestOfBytes, type Image, imageOf, indexOf, layer, topOf } from '../load/images.ts';
import { client } from './tools.ts';

/** What people have in their registries: by hand through the API, and by the clients of others. */

export const repository = 'team/app';

export const images = {
  /** Tagged `v1`. */
  multi: indexOf(
    ['amd64', 'arm64'].map((platform) => imageOf(platform, [layer('shared', 5000), layer(platform, 5000)])),
  ),
  /** Tagged `sha512`, with a layer named by sha512. */
  sha512: imageOf('sha512', [layer('shared', 5000), layer('sha512', 5000, 'sha512')]),
  /** Pushed as `moving`, which another image has now. */
  untagged: imageOf('untagged', [layer('untagged', 5000)]),
  moving: imageOf('moving', [layer('moving', 5000)]),
  /** Its manifest was deleted. */
  deleted: imageOf('deleted', [layer('shared', 5000), layer('deleted', 5000)]),
  /** Without a tag in `team/app`, but a child of an index in another repository that was pushed without its children. */
  elsewhere: imageOf('elsewhere', [layer('elsewhere', 5000)]),
};

/** Known by its subject alone. */
export const artifact = artifactFor(topOf(images.multi), 'bill of materials');
/** Of an image that goes where untagged ones go. */
const artifactOfUntagged = artifactFor(topOf(images.untagged), 'signature of what went');
/** A repository of blobs alone: the push ended before its manifest. */
export const interrupted = 'interrupted/push';

/** Legal, and each a trap for somebody: words of the API's own paths, names that sort between another and what lies below it. */
const names = [
  'odd/manifests/tags',
  'tags/list',
  'blobs/uploads',
  'math',
  'math-voila',
  'math/voila',
  'a__b/c--d.e_f',
  '0',
] as const;
const tags = ['0.1.2', '0.1.20', '0.1', '_', 'V-1', 'latest', 't'.repeat(128)] as const;

export interface Foreign {
  readonly registry: RegistryClient;
  /** `127.0.0.1:PORT` */
  readonly host: string;
  /** A home for clients. */
  readonly folder: string;
}

/** Everything but what only one of the versions takes. Rejects where one push is not acknowledged. */
export async function writeForeignData(foreign: Foreign, signal: AbortSignal): Promise<void> {
  const { registry, host, folder } = foreign;
  const push = async (image: Image, tag?: string, into: string = repository): Promise<void> => {
    acknowledged(await registry.push(into, image, tag, signal));
  };
  await push(images.multi, 'v1');
  await push(artifact);
  await push(images.sha512, 'sha512');
  await push(images.untagged, 'moving');
  await push(images.moving, 'moving');
  await push(artifactOfUntagged);
  await push(images.elsewhere);
  await push(images.deleted, 'deleted');
  const removed = await registry.remove(repository, topOf(images.deleted).digest, signal);
  if (removed !== 'deleted') throw new Error(`DELETE was ${removed}`);

  const hex = topOf(images.multi).digest.slice('sha256:'.length);
  for (const kind of ['sig', 'att', 'sbom']) await push(imageOf(kind, [layer(kind, 900)]), `sha256-${hex}.${kind}`);
  await push({ blobs: [layer('never named', 700, 'sha512'), layer('nor this', 700)], manifests: [] });
  await push({ blobs: [layer('interrupted', 700)], manifests: [] }, undefined, interrupted);
  const ofName = async (name: string, at: number): Promise<void> => {
    for (const tag of tags)
      await push(imageOf(`${at % 3} ${tag}`, [layer('shared', 5000), layer(name, 1000)]), tag, name);
  };
  await Promise.all(names.map(ofName));
  await abandonUploads(`http://${host}`);
  await writeFile(join(folder, 'notes.txt'), 'notes');
  await byClients(host, folder);
}

/** Docker's schema 2, empty layers, artifacts with a subject where there is no referrers API, so that each leaves an index tagged `sha256-…`. */
async function byClients(host: string, folder: string): Promise<void> {
  const source = `${host}/${repository}:v1`;
  const plain = ['--src-tls-verify=false', '--dest-tls-verify=false'];
  const [amd64 = ''] = images.multi.manifests.map(({ digest }) => digest);
  const platform = `docker://${host}/${repository}@${amd64}`;
  await client('skopeo', folder, 'copy', ...plain, '--format=v2s2', platform, `docker://${host}/clients/skopeo:v2s2`);
  await client('crane', folder, 'copy', source, `${host}/clients/crane:v1`);
  await client('regctl', folder, 'registry', 'set', host, '--tls', 'disabled');
  await client('regctl', folder, 'image', 'copy', '--digest-tags', source, `${host}/clients/regctl:v1`);
  const attach = ['attach', '--plain-http', '--artifact-type', 'application/vnd.example.notes'];
  await client('oras', folder, ...attach, `${host}/clients/regctl:v1`, 'notes.txt:text/plain');
  await client('oras', folder, 'push', '--plain-http', `${host}/clients/oras:v1`, 'notes.txt:text/plain');
}

/** One that has begun, and one that has bytes. */
async function abandonUploads(base: string): Promise<void> {
  const uploads = `${base}/v2/${repository}/blobs/uploads/`;
  await fetch(uploads, { method: 'POST' });
  const begun = await fetch(uploads, { method: 'POST' });
  const headers = { 'content-type': 'application/octet-stream' }; // it takes no other type
  const location = new URL(begun.headers.get('location') ?? '', base);
  const sent = await fetch(location, { method: 'PATCH', headers, body: 'never finished' });
  if (sent.status !== 202) throw new Error(`PATCH was ${sent.status}`);
}

/** A manifest under its sha512, of blobs that are there. */
export async function pushBySha512({ registry }: Foreign, signal: AbortSignal): Promise<PushOutcome> {
  const top = topOf(images.sha512);
  const manifests = [{ ...top, digest: digestOfBytes(top.bytes, 'sha512') }];
  return registry.push(repository, { blobs: [], manifests }, undefined, signal);
}

/** An index of children that lie elsewhere or nowhere: only a registry that does not validate takes it. */
export async function writeSparseIndex({ registry }: Foreign, signal: AbortSignal): Promise<void> {
  const index = topOf(indexOf([images.elsewhere, imageOf('nowhere', [])]));
  acknowledged(await registry.push('sparse/index', { blobs: [], manifests: [index] }, 'v1', signal));
}

function acknowledged(outcome: PushOutcome): void {
  if (outcome.is !== 'acknowledged') throw new Error(outcome.why);
}
