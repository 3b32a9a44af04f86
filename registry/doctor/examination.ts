import type { TreeReader } from '../collector/inventory/treeReader.ts';
import type { Records } from '../records/records.ts';
import type { ReadableStore } from '../storage/driver.ts';
import { layout } from '../storage/layout.ts';
import { listBlobs, onlyNames, tellOrphans } from './blobs.ts';
import { BlobTable } from './blobTable.ts';
import type { FindingName } from './findingKinds.ts';
import type { Found } from './findings.ts';
import { examineLayers, examineRevisions } from './links.ts';
import { Looks } from './looks.ts';
import { examineManifest } from './manifests.ts';
import { Newest } from './newest.ts';
import { type OwnState, readOwnState } from './ownState.ts';
import { repositoriesOf } from './repositories.ts';
import type { Counts, Scene } from './scene.ts';
import { examineTags } from './tags.ts';
import { examineUploads } from './uploads.ts';

export interface ExaminationPorts {
  readonly store: ReadableStore;
  readonly tree: TreeReader;
  readonly records: Records;
  /** Hashes blobs and tells those whose bytes have another digest; absent: no blob is hashed. */
  readonly hashBlobs?: (blobs: BlobTable, found: Found, signal: AbortSignal) => Promise<void>;
  /** A whole number of 32 bits that nobody can guess. */
  readonly seed: number;
  /** This machine's clock, ms: who changes nothing cannot ask the storage's. It decides nothing but what is called old. */
  readonly now: number;
}

export interface ExaminationOptions {
  /** How long an upload may rest, ms. */
  readonly uploadsMs: number;
  readonly progress: (counts: Readonly<Counts>) => void;
}

export interface Examined {
  readonly counts: Readonly<Counts>;
  readonly own: OwnState | undefined;
}

/** With any of these, links may be there that were not seen: what nothing seems to name may be named. */
const unsure: ReadonlySet<FindingName> = new Set(['Unreadable', 'ForeignName', 'RecordNotUnderstood']);

/** A push puts a blob before its link, and a storage's clock may be a little off. */
const youngMs = 60_000;
/** A life renews its record each minute. */
const graceMs = 120_000;

/**
 * Looks at everything on a storage, and changes nothing, also not while others serve it: blobs first, so that every link is held against bytes that were there
 * before; then each repository for itself, so that the largest one bounds the memory, beside the table of blobs.
 */
export async function examine(
  ports: ExaminationPorts,
  options: ExaminationOptions,
  tell: Found,
  signal: AbortSignal,
): Promise<Examined> {
  const unseen = { count: 0 };
  const found: Found = (finding) => {
    if (unsure.has(finding.name)) unseen.count += 1;
    tell(finding);
  };
  const { store, tree, records, hashBlobs, seed, now } = ports;
  const own = await readOwnState({ store, records, now }, found, signal);
  const counts: Counts = { repositories: 0, tags: 0, manifests: 0, layerLinks: 0, blobs: 0, bytes: 0, uploads: 0 };
  const scene: Scene = {
    ...{ looks: new Looks(tree, found, signal), found, blobs: new BlobTable(seed), counts },
    // Of lives that could not be read nothing is concluded.
    newest: new Newest(unseen.count > 0 ? Infinity : lastForeignMoment(own)),
    isDeep: hashBlobs !== undefined,
  };
  const progress = (): void => {
    counts.blobs = scene.blobs.count;
    counts.bytes = scene.blobs.bytes;
    options.progress(counts);
  };

  await examineTop(scene);
  await listBlobs(scene);
  progress();
  for await (const repository of repositoriesOf(scene)) {
    const before = counts.manifests;
    await onlyNames(scene, layout.manifests(repository), ['revisions', 'tags']);
    const layers = await examineLayers(scene, repository);
    const manifests = await examineRevisions(scene, repository);
    const standing = { layers, manifests };
    for (const digest of manifests.all()) await examineManifest(scene, repository, standing, digest);
    const tags = await examineTags(scene, repository, standing);
    if (layers.size > 0 && counts.manifests === before && tags === 0 && unseen.count === 0)
      found({ name: 'NoManifests', object: repository, says: `${layers.size} layers, and nothing that names them` });
    await examineUploads(scene, store, repository, now - options.uploadsMs, signal);
    counts.repositories += 1;
    progress();
  }
  for (const { digest, group } of own?.tombstones ?? []) for (const kept of [digest, ...group]) scene.blobs.name(kept); // D4: without a link, and not for nobody
  if (unseen.count === 0) await tellOrphans(scene, now - youngMs);
  tellForeignWrites(scene);
  await hashBlobs?.(scene.blobs, found, signal);
  progress();
  return { counts, own };
}

/** While a replica serves, newer content is its own; without any sign of one, nothing tells whose it is. */
function lastForeignMoment(own: OwnState | undefined): number {
  const serves = own?.lives.some(({ left }) => !left) ?? true;
  return serves || own === undefined || own.lastSignAt === 0 ? Infinity : own.lastSignAt + graceMs;
}

function tellForeignWrites({ newest, found }: Scene): void {
  const { last, count } = newest;
  if (last === undefined) return;
  const says = `${count} links and blobs are newer than the last life of a replica, this one of ${new Date(last.at).toISOString()}`;
  found({ name: 'ForeignWrites', object: last.object, says });
}

const served: readonly string[] = [layout.blobs, layout.repositories].map((path) =>
  path.slice(layout.served.length + 1),
);
/** Where distribution keeps when a pull-through cache forgets what. */
const proxyState = '/scheduler-state.json';

async function examineTop({ looks, found }: Scene): Promise<void> {
  for (const name of await looks.names(layout.served)) {
    const object = `${layout.served}/${name}`;
    if (!served.includes(name)) found({ name: 'ForeignFile', object, says: 'beside blobs and repositories' });
  }
  if ((await looks.file(proxyState)).is === 'found')
    found({ name: 'ProxyState', object: proxyState, says: 'a pull-through cache served this storage' });
}
