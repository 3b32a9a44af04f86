import { hash } from 'node:crypto';
import { algorithmOf, type Digest, hexOf } from '../../../core/oci/digest.ts';
import { readManifest } from '../../../core/oci/manifest.ts';
import type { RepositoryName } from '../../../core/oci/reference.ts';
import type { Cancellation } from '../../../core/reach/cancellation.ts';
import { Doubt } from '../../../core/reach/doubt.ts';
import type { Inventory, InventoryEntry, Look, LookedAt, StoredManifest } from '../../../core/reach/inventory.ts';
import type { Tombstone } from '../../../core/reach/tombstone.ts';
import { layout } from '../../storage/layout.ts';
import { type Directory, entriesIn } from './directory.ts';
import { lookAtLayerLink, lookAtRevisionLink } from './link.ts';
import type { Coming, ReadAhead } from './readAhead.ts';
import { namesBelow, repositoriesOf } from './repositories.ts';
import type { SharedReading } from './sharedReading.ts';
import type { Awaitable, TreeReader } from './treeReader.ts';

const batchSize = 1024;
/** Room for every manifest that a registry takes (4 MiB), and for what others let in. */
export const largestManifestBytes = 32 * 1024 * 1024;

export interface Helpers {
  readonly ahead?: ReadAhead;
  readonly shared?: SharedReading;
  readonly readsManifests?: boolean;
}

/**
 * The storage, by its layout: digests come from the names of directories, so what something needs costs nothing but its name, and what may go one look.
 *
 *   repositories and their tags ─▶ revisions ─▶ layer links ─▶ data
 *
 * A directory without its link or data is what an interrupted removal leaves, and absent.
 */
export class TreeInventory implements Inventory {
  readonly #tree: TreeReader;
  readonly #readTombstones: () => Promise<readonly Tombstone[]>;
  readonly #ahead: ReadAhead | undefined;
  readonly #shared: SharedReading | undefined;
  readonly #readsManifests: boolean;

  /** `shared`: helps to list. `readsManifests`: whether most manifests will be asked for, which is worth looking ahead for. */
  constructor(
    tree: TreeReader,
    readTombstones: () => Promise<readonly Tombstone[]>,
    { ahead, shared, readsManifests = true }: Helpers = {},
  ) {
    this.#tree = tree;
    this.#readTombstones = readTombstones;
    this.#ahead = ahead;
    this.#shared = shared;
    this.#readsManifests = readsManifests;
  }

  async *entries(signal: Cancellation): AsyncGenerator<readonly InventoryEntry[]> {
    let batch: readonly InventoryEntry[] = [];
    try {
      for await (const directory of this.#directories()) {
        batch = batch.length === 0 ? directory : batch.concat(directory);
        if (batch.length < batchSize) continue;
        yield batch;
        batch = [];
        await this.#tree.rest();
        signal.throwIfAborted();
      }
      yield batch;
    } finally {
      await Promise.all([this.#ahead?.end(), this.#shared?.end()]);
    }
  }

  tombstones(signal: Cancellation): Promise<readonly Tombstone[]> {
    signal.throwIfAborted();
    return this.#readTombstones();
  }

  async manifest(digest: Digest, signal: Cancellation): Promise<StoredManifest | undefined> {
    signal.throwIfAborted();
    const path = layout.blob(digest);
    const file = await this.#tree.read(path, largestManifestBytes);
    if (file === undefined) return undefined;
    // A manifest cut short may still parse: what it lost would look unreachable.
    if (hash(algorithmOf(digest), file.bytes) !== hexOf(digest)) {
      throw new Doubt(path, `its ${file.bytes.length} bytes have another digest`);
    }
    return { reading: readManifest(new TextDecoder().decode(file.bytes)), sizeBytes: file.bytes.length };
  }

  async look(entries: readonly LookedAt[], signal: Cancellation): Promise<readonly (Look | undefined)[]> {
    signal.throwIfAborted();
    const isRead = ({ kind }: LookedAt): boolean => kind === 'revision';
    this.#ahead?.expectNow([
      { is: 'reads', files: entries.filter(isRead).map(fileOf) },
      { is: 'looks', files: entries.filter((entry) => !isRead(entry)).map(fileOf) },
    ]);
    const looks: (Look | undefined)[] = [];
    for (const entry of entries) looks.push(await this.#lookAt(entry));
    return looks;
  }

  #lookAt(entry: LookedAt): Awaitable<Look | undefined> {
    const path = fileOf(entry);
    switch (entry.kind) {
      case 'revision':
        return lookAtRevisionLink(this.#tree, path, entry.digest);
      case 'layer':
        return lookAtLayerLink(this.#tree, path, entry.digest);
      case 'data':
        return this.#tree.look(path);
    }
  }

  /** What the storage holds, one directory of links or blobs at a time. */
  async *#directories(): AsyncGenerator<readonly InventoryEntry[]> {
    const repositories: RepositoryName[] = [];
    for await (const repository of repositoriesOf(this.#tree)) repositories.push(repository);
    this.#ahead?.expect(
      repositories.map((each): Coming => ({ is: 'files', directory: layout.tags(each), file: 'current/link' })),
    );
    yield repositories.map((repository) => ({ kind: 'repository', repository }));
    yield* this.#read(repositories.map((repository) => ({ of: 'tags', repository })));
    this.#expectNames(
      repositories.map((each) => `${layout.revisions(each)}/sha256`),
      this.#readsManifests,
    );
    yield* this.#read(repositories.map((repository) => ({ of: 'revisions', repository })));
    this.#expectNames(repositories.map((each) => `${layout.layers(each)}/sha256`));
    yield* this.#read(repositories.map((repository) => ({ of: 'layers', repository })));
    for (const algorithm of ['sha256', 'sha512'] as const) {
      const [folder, prefixes] = [layout.blobsOf(algorithm), await namesBelow(this.#tree, layout.blobsOf(algorithm))];
      this.#expectNames(prefixes.map((prefix) => `${folder}/${prefix}`));
      yield* this.#read(prefixes.map((prefix) => ({ of: 'data', algorithm, prefix })));
    }
  }

  async *#read(directories: readonly Directory[]): AsyncGenerator<readonly InventoryEntry[]> {
    const read = async (directory: Directory): Promise<readonly InventoryEntry[]> => {
      const entries = await entriesIn(this.#tree, directory);
      this.#ahead?.passed(entries.length); // what the other thread reads, this one waits for nothing of
      return entries;
    };
    if (this.#shared === undefined) for (const directory of directories) yield read(directory);
    else yield* this.#shared.read(directories, read);
  }

  #expectNames(directories: readonly string[], withBlobs = false): void {
    this.#ahead?.expect(directories.map((directory): Coming => ({ is: 'names', directory, withBlobs })));
  }
}

function fileOf(entry: LookedAt): string {
  switch (entry.kind) {
    case 'revision':
      return layout.revisionLink(entry.repository, entry.digest);
    case 'layer':
      return layout.layerLink(entry.repository, entry.digest);
    case 'data':
      return layout.blob(entry.digest);
  }
}
