import { existsSync } from 'node:fs';
import { readdir, readFile, stat, utimes } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Digest, parseDigest } from '../../core/oci/digest.ts';
import { isProbe } from '../../registry/storage/layout.ts';

/** What lies on a storage in the layout of distribution, seen from outside. */

/** The blobs whose bytes are there, with their sizes. */
export async function blobsOnDisk(storage: string): Promise<ReadonlyMap<Digest, number>> {
  const blobs = new Map<Digest, number>();
  const root = join(storage, 'docker/registry/v2/blobs');
  for (const file of await filesBelow(root)) {
    if (isProbe(basename(file))) continue; // left by a start that was killed
    const [algorithm = '', , hex = '', name] = file.slice(root.length + 1).split('/');
    const digest = parseDigest(`${algorithm}:${hex}`);
    if (digest === undefined || name !== 'data') throw new Error(`${file} is no blob`);
    blobs.set(digest, (await stat(file)).size);
  }
  return blobs;
}

/** Makes everything older, so that nothing of it counts as young or as freshly promised. */
export async function age(storage: string, ms: number): Promise<void> {
  const root = join(storage, 'docker');
  for (const file of await filesBelow(root)) {
    const { mtimeMs } = await stat(file);
    const at = new Date(mtimeMs - ms);
    await utimes(file, at, at);
  }
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** The names of a repository, as the paths of its links say them, and what each link holds. */
export interface RepositoryLinks {
  readonly tags: Map<string, string>;
  readonly revisions: Map<string, string>;
  readonly layers: Map<string, string>;
}

const linkPaths = {
  tags: /^(.+)\/_manifests\/tags\/([^/]+)\/current\/link$/,
  revisions: /^(.+)\/_manifests\/revisions\/([^/]+\/[^/]+)\/link$/,
  layers: /^(.+)\/_layers\/([^/]+\/[^/]+)\/link$/,
} as const;

/** By repository. */
export async function linksOnDisk(storage: string): Promise<ReadonlyMap<string, RepositoryLinks>> {
  const root = join(storage, 'docker/registry/v2/repositories');
  const repositories = new Map<string, RepositoryLinks>();
  for (const file of await filesBelow(root)) {
    for (const kind of ['tags', 'revisions', 'layers'] as const) {
      const [, repository = '', name = ''] = linkPaths[kind].exec(file.slice(root.length + 1)) ?? [];
      if (repository === '') continue;
      const links = repositories.get(repository) ?? { tags: new Map(), revisions: new Map(), layers: new Map() };
      repositories.set(repository, links);
      links[kind].set(name.replace('/', ':'), await readFile(file, 'utf8'));
    }
  }
  return repositories;
}

interface StoredManifest {
  readonly subject?: { readonly digest: string };
  readonly config?: { readonly digest: string };
  readonly layers?: readonly { readonly digest: string }[];
  readonly fsLayers?: readonly { readonly blobSum: string }[];
  readonly manifests?: readonly { readonly digest: string }[];
}

/**
 * Every blob that is reached from a tag (with `Keep`, from any manifest that is linked), by the shortest reasoning there is and none of the collector's
 * code: what it names, what that refers to, and what refers to any of it, in whichever repository. A digest under which a link holds another one means that
 * one. Not for manifests of types that nobody knows.
 */
export async function liveBlobs(storage: string, untagged: 'Keep' | 'Delete' = 'Delete'): Promise<ReadonlySet<Digest>> {
  const repositories = [...(await linksOnDisk(storage)).values()];
  const read = new Map<Digest, StoredManifest>();
  const manifestOf = async (digest: Digest): Promise<StoredManifest> => {
    const manifest = read.get(digest) ?? (await readManifest(storage, digest));
    read.set(digest, manifest);
    return manifest;
  };
  const referrers = new Map<string, Place[]>();
  for (const links of repositories) {
    for (const [name, digest] of links.revisions) {
      const { subject } = await manifestOf(digestIn(digest));
      if (subject === undefined) continue;
      referrers.set(subject.digest, [...(referrers.get(subject.digest) ?? []), { links, name }]);
    }
  }
  const live = new Set<Digest>();
  const seen = new Map(repositories.map((links) => [links, new Set<string>()]));
  const pending = repositories.flatMap((links) =>
    [...links.tags.values(), ...(untagged === 'Keep' ? links.revisions.keys() : [])].map((name) => ({ links, name })),
  );
  for (let place = pending.pop(); place !== undefined; place = pending.pop()) {
    const { links, name } = place;
    if (seen.get(links)?.has(name) === true) continue;
    seen.get(links)?.add(name);
    const digest = digestIn(links.revisions.get(name) ?? name);
    live.add(digest);
    const { config, layers = [], fsLayers = [], manifests = [] } = await manifestOf(digest);
    const named = [config, ...layers].flatMap((descriptor) => descriptor?.digest ?? []);
    for (const blob of [...named, ...fsLayers.map(({ blobSum }) => blobSum)])
      live.add(digestIn(links.layers.get(blob) ?? blob));
    pending.push(...manifests.map((child) => ({ links, name: child.digest })), ...(referrers.get(name) ?? []));
  }
  return live;
}

interface Place {
  readonly links: RepositoryLinks;
  readonly name: string;
}

/** One that is not there refers to nothing: an index may name manifests that were never pushed. */
async function readManifest(storage: string, digest: Digest): Promise<StoredManifest> {
  const [algorithm = '', hex = ''] = digest.split(':');
  const file = join(storage, 'docker/registry/v2/blobs', algorithm, hex.slice(0, 2), hex, 'data');
  if (!existsSync(file)) return {};
  return JSON.parse(await readFile(file, 'utf8')) as StoredManifest;
}

function digestIn(text: string): Digest {
  const digest = parseDigest(text);
  if (digest === undefined) throw new Error(`not a digest: ${text}`);
  return digest;
}
