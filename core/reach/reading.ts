import type { Cancellation } from './cancellation.ts';
import { Doubt } from './doubt.ts';
import type { EdgeSnapshot } from './edgeSnapshot.ts';
import { Firm } from './firm.ts';
import type { Graph } from './graph.ts';
import { GraphBuilder } from './graphBuilder.ts';
import type { Inventory, InventoryEntry, Look, LookedAt } from './inventory.ts';
import { KnownEdges } from './knownEdges.ts';
import { Manifests } from './manifests.ts';
import type { Tagged } from './tagged.ts';
import type { Tombstone } from './tombstone.ts';

export type ReadCounts = Record<InventoryEntry['kind'] | 'manifest', number>;

export interface ReadOptions {
  /** A random whole number of 32 bits: see `DigestTable`. */
  readonly seed: number;
  /** Called now and then with what was read so far. */
  readonly progress: (counts: Readonly<ReadCounts>) => void;
  /** What an earlier reading knew of manifests. */
  readonly snapshot?: EdgeSnapshot | undefined;
  /** Whether to look also at what a tag leads to; absent: only at what may go. */
  readonly looksAtAll?: boolean;
}

export interface ReadGraph {
  readonly graph: Graph;
  /** How much a snapshot of this graph would hold that the one before did not, and the other way round, in manifests. */
  readonly newToSnapshot: number;
}

const order: Record<InventoryEntry['kind'], number> = { repository: 0, tag: 0, revision: 1, layer: 2, data: 3 };

/**
 * Reads the whole storage, as far as a mark needs it: what tags lead to stays whatever its age, so names are enough of its layers' links and its data, and of
 * the links of the manifests that tags name. Rejects with a `Doubt`, or with what the inventory rejects with, and then nothing may be removed (G1).
 */
export async function readGraph(inventory: Inventory, options: ReadOptions, signal: Cancellation): Promise<ReadGraph> {
  const reading = new Reading(inventory, options, signal);
  await reading.listTombstones();
  for await (const batch of inventory.entries(signal)) {
    signal.throwIfAborted();
    await reading.take(batch);
    options.progress(reading.counts);
  }
  return reading.finish();
}

class Reading {
  readonly #inventory: Inventory;
  readonly #options: ReadOptions;
  readonly #signal: Cancellation;
  readonly #builder: GraphBuilder;
  readonly #known: KnownEdges | undefined;
  readonly #manifests: Manifests;
  readonly counts: ReadCounts = { repository: 0, tag: 0, revision: 0, manifest: 0, layer: 0, data: 0 };
  readonly #tombstones = new Map<string, Tombstone>();
  #reached = 0;
  /** Once all tags are read. */
  #tagged: Tagged | undefined;
  /** Once all manifests are read. */
  #firm: Firm | undefined;

  constructor(inventory: Inventory, options: ReadOptions, signal: Cancellation) {
    this.#inventory = inventory;
    this.#options = options;
    this.#signal = signal;
    this.#builder = new GraphBuilder(options.seed);
    const { snapshot, seed } = options;
    this.#known = snapshot && new KnownEdges(snapshot, this.#builder, seed);
    const progress = (more: number): void => {
      this.counts.manifest += more;
      if (more > 1) options.progress(this.counts);
    };
    this.#manifests = new Manifests(inventory, this.#builder, this.#known, progress, signal);
  }

  async listTombstones(): Promise<void> {
    for (const tombstone of await this.#inventory.tombstones(this.#signal))
      this.#tombstones.set(tombstone.id, tombstone);
  }

  async take(batch: readonly InventoryEntry[]): Promise<void> {
    const unneeded: { readonly digest: number; readonly entry: LookedAt }[] = [];
    let firm = this.#firm;
    for (const entry of batch) {
      if (order[entry.kind] < this.#reached)
        throw new Doubt('inventory', `a ${entry.kind} listed after what must come later`);
      this.#reached = order[entry.kind];
      this.counts[entry.kind]++;
      if (entry.kind === 'repository' || entry.kind === 'tag') {
        this.#builder.add(entry);
        continue;
      }
      if (entry.kind !== 'revision' && firm === undefined) {
        await this.#lookAt(unneeded.splice(0)); // at the last revisions
        firm = await this.#firmly();
      }
      const digest = this.#builder.digests.intern(entry.digest);
      if (this.#isNeeded(firm, digest, entry)) this.#add(digest, entry, undefined);
      else unneeded.push({ digest, entry });
    }
    await this.#lookAt(unneeded);
  }

  async #lookAt(unneeded: readonly { readonly digest: number; readonly entry: LookedAt }[]): Promise<void> {
    if (unneeded.length === 0) return;
    const looks = await this.#inventory.look(
      unneeded.map(({ entry }) => entry),
      this.#signal,
    );
    unneeded.forEach(({ digest, entry }, at) => {
      const look = looks[at];
      if (look !== undefined) this.#add(digest, entry, look);
    });
  }

  async finish(): Promise<ReadGraph> {
    if (this.#firm === undefined) await this.#firmly();
    const tombstones = [...this.#tombstones.values()];
    const dangling = this.#manifests.dangling(tombstones);
    const graph = this.#builder.finish(tombstones, dangling);
    const [used, size] = [this.#known?.used ?? 0, this.#known?.size ?? 0];
    return { graph, newToSnapshot: graph.edges.manifest.length - used + (size - used) };
  }

  #add(digest: number, entry: LookedAt, look: Look | undefined): void {
    switch (entry.kind) {
      case 'revision':
        this.#builder.addRevision(digest, entry, look);
        return;
      case 'layer':
        this.#builder.addLayer(digest, entry, look);
        return;
      case 'data':
        this.#builder.addData(digest, look);
    }
  }

  /** Whether a tag leads to it: then it stays, whatever a look at it would tell. */
  #isNeeded(firm: Firm | undefined, digest: number, entry: LookedAt): boolean {
    if (this.#options.looksAtAll === true) return false;
    if (entry.kind === 'data') return firm?.needsData(digest) === true;
    const repository = this.#builder.repositoryIndex(entry.repository);
    if (entry.kind === 'layer') return firm?.needsLayer(repository, digest) === true;
    this.#tagged ??= this.#builder.tagged();
    return this.#tagged.names(repository, digest);
  }

  /** Once all revisions are listed: the second list of tombstones, then what every manifest that anything names refers to. */
  async #firmly(): Promise<Firm> {
    await this.listTombstones();
    await this.#manifests.read([...this.#tombstones.values()]);
    this.#firm = new Firm(this.#builder.soFar());
    return this.#firm;
  }
}
