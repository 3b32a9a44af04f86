import type { Digest } from '../oci/digest.ts';
import type { ManifestReading, ManifestReference } from '../oci/manifest.ts';
import type { Cancellation } from './cancellation.ts';
import { Doubt } from './doubt.ts';
import { type Dangling, type Graph, role } from './graph.ts';
import { type Edge, GraphBuilder, type Named } from './graphBuilder.ts';
import type { Inventory, InventoryEntry } from './inventory.ts';
import type { Tombstone } from './tombstone.ts';

export type ReadCounts = Record<InventoryEntry['kind'] | 'manifest', number>;

export interface ReadOptions {
  /** A random whole number of 32 bits: see `DigestTable`. */
  readonly seed: number;
  /** Called now and then with what was read so far. */
  readonly progress: (counts: Readonly<ReadCounts>) => void;
}

const order: Record<InventoryEntry['kind'], number> = { repository: 0, tag: 0, revision: 1, layer: 2, data: 3 };
const manifestsAtOnce = 64;

/** Reads the whole storage. Rejects with a `Doubt`, or with what the inventory rejects with, and then nothing may be removed (G1). */
export async function readGraph(inventory: Inventory, options: ReadOptions, signal: Cancellation): Promise<Graph> {
  const reading = new Reading(inventory, options, signal);
  await reading.listTombstones();
  let reached = 0;
  for await (const batch of inventory.entries(signal)) {
    signal.throwIfAborted();
    for (const entry of batch) {
      if (order[entry.kind] < reached)
        throw new Doubt('inventory', `a ${entry.kind} listed after what must come later`);
      reached = order[entry.kind];
      if (reached >= order.layer) await reading.readManifests();
      reading.add(entry);
    }
    options.progress(reading.counts);
  }
  await reading.readManifests();
  return reading.finish();
}

class Reading {
  readonly #inventory: Inventory;
  readonly #options: ReadOptions;
  readonly #signal: Cancellation;
  readonly #builder: GraphBuilder;
  readonly counts: ReadCounts = { repository: 0, tag: 0, revision: 0, manifest: 0, layer: 0, data: 0 };
  readonly #tombstones = new Map<string, Tombstone>();
  readonly #dangling: Dangling[] = [];
  /** Children of indexes met so far, and by what: one may have lost its link, and still has children of its own. */
  readonly #children = new Map<Digest, string>();
  #manifestsRead = false;

  constructor(inventory: Inventory, options: ReadOptions, signal: Cancellation) {
    this.#inventory = inventory;
    this.#options = options;
    this.#signal = signal;
    this.#builder = new GraphBuilder(options.seed);
  }

  add(entry: InventoryEntry): void {
    this.#builder.add(entry);
    this.counts[entry.kind]++;
  }

  async listTombstones(): Promise<void> {
    for (const tombstone of await this.#inventory.tombstones(this.#signal))
      this.#tombstones.set(tombstone.id, tombstone);
  }

  /** Once all revisions are listed: the second list of tombstones, then the content of every manifest that anything names. */
  async readManifests(): Promise<void> {
    if (this.#manifestsRead) return;
    this.#manifestsRead = true;
    await this.listTombstones();
    await this.#readAll(this.#builder.named([...this.#tombstones.values()]));
    while (this.#children.size > 0) {
      const children = [...this.#children].map(([digest, object]): Named => ({ by: 'parent', object, digest }));
      this.#children.clear();
      await this.#readAll(children.filter(({ digest }) => this.#builder.isNew(digest)));
    }
  }

  finish(): Graph {
    return this.#builder.finish([...this.#tombstones.values()], this.#dangling);
  }

  async #readAll(all: Iterable<Named>): Promise<void> {
    let waiting: Named[] = [];
    for (const named of all) {
      waiting.push(named);
      if (waiting.length < manifestsAtOnce) continue;
      await this.#read(waiting);
      waiting = [];
    }
    await this.#read(waiting);
  }

  async #read(waiting: readonly Named[]): Promise<void> {
    this.#signal.throwIfAborted();
    const readings = await Promise.all(waiting.map(({ digest }) => this.#inventory.manifest(digest, this.#signal)));
    waiting.forEach((named, at) => {
      this.#take(named, readings[at]);
    });
    this.counts.manifest += waiting.length;
    this.#options.progress(this.counts);
  }

  #take(named: Named, reading: ManifestReading | undefined): void {
    if (reading === undefined) {
      // Its links stand, so it is not gone, and what it refers to is unknown: losing its children silently would be worse than waiting for a person.
      if (named.by === 'revision')
        throw new Doubt(named.object, 'its revision link stands, but its content is missing');
      if (named.by === 'tombstone') this.#dangling.push({ object: named.object, missing: named.digest });
      return;
    }
    if (reading.is === 'notUnderstood') {
      // Without a link nobody can pull it, and anybody may have listed any bytes as a manifest: then those have no children.
      if (named.by === 'parent') return;
      throw new Doubt(named.object, reading.why);
    }
    const { references, subject } = reading.manifest;
    this.#builder.addManifest(named.digest, references.map(edgeOf), subject);
    for (const { digest, role: as } of references) {
      if (as === 'manifest') this.#children.set(digest, named.object);
    }
  }
}

function edgeOf({ digest, role: named, foreign }: ManifestReference): Edge {
  return { digest, role: foreign ? role.foreign : named === 'config' ? role.config : role.plain };
}
