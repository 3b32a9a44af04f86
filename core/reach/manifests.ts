import type { ManifestReference } from '../oci/manifest.ts';
import type { Cancellation } from './cancellation.ts';
import { Doubt, StaleSnapshot } from './doubt.ts';
import { type Dangling, role } from './graph.ts';
import type { Edge, GraphBuilder, Named } from './graphBuilder.ts';
import type { Inventory, StoredManifest } from './inventory.ts';
import type { KnownEdges } from './knownEdges.ts';
import type { Tombstone } from './tombstone.ts';

const manifestsAtOnce = 64;

/** Brings into a graph what every manifest refers to that anything names: from what is known, or by reading it. */
export class Manifests {
  readonly #inventory: Inventory;
  readonly #builder: GraphBuilder;
  readonly #known: KnownEdges | undefined;
  readonly #progress: (read: number) => void;
  readonly #signal: Cancellation;
  readonly #dangling: Dangling[] = [];
  /** Children of indexes met so far, and by what: one may have lost its link, and still has children of its own. */
  readonly #children = new Map<number, Named['object']>();

  /** `progress` is called with how many more are through. */
  constructor(
    inventory: Inventory,
    builder: GraphBuilder,
    known: KnownEdges | undefined,
    progress: (more: number) => void,
    signal: Cancellation,
  ) {
    this.#inventory = inventory;
    this.#builder = builder;
    this.#known = known;
    this.#progress = progress;
    this.#signal = signal;
  }

  async read(tombstones: readonly Tombstone[]): Promise<void> {
    await this.#readAll(this.#builder.named(tombstones));
    while (this.#children.size > 0) {
      const children = [...this.#children].map(([digest, object]): Named => ({ by: 'parent', object, digest }));
      this.#children.clear();
      await this.#readAll(children.filter(({ digest }) => this.#builder.isNew(digest)));
    }
  }

  /** What tombstones name and that is not there, now that data are listed. Throws a `Doubt` for what a revision link names (G1). */
  dangling(tombstones: readonly Tombstone[]): readonly Dangling[] {
    const absent = this.#builder.withoutData(this.#known?.taken ?? []);
    if (absent.size === 0) return this.#dangling;
    const graph = this.#builder.soFar();
    for (const [row, digest] of graph.revisions.digest.entries()) {
      if (!absent.has(digest)) continue;
      const { repository, digest: name } = graph.revisionOf(row);
      throw withoutContent(`${repository}@${name}`);
    }
    for (const { id, digest, group } of tombstones) {
      for (const each of new Set([digest, ...group])) {
        const index = graph.digests.find(each);
        if (index !== undefined && absent.delete(index))
          this.#dangling.push({ object: `tombstone ${id}`, missing: each });
      }
    }
    return this.#dangling;
  }

  async #readAll(all: Iterable<Named>): Promise<void> {
    let waiting: Named[] = [];
    for (const named of all) {
      if (this.#takesKnown(named)) continue;
      waiting.push(named);
      if (waiting.length < manifestsAtOnce) continue;
      await this.#read(waiting);
      waiting = [];
    }
    await this.#read(waiting);
  }

  #takesKnown({ digest, object }: Named): boolean {
    if (this.#known?.has(digest) !== true || this.#known.isChecked(digest)) return false;
    for (const child of this.#known.take(digest)) this.#children.set(child, object);
    this.#progress(1);
    return true;
  }

  async #read(waiting: readonly Named[]): Promise<void> {
    this.#signal.throwIfAborted();
    const { digests } = this.#builder;
    const found = await Promise.all(
      waiting.map(({ digest }) => this.#inventory.manifest(digests.digest(digest), this.#signal)),
    );
    waiting.forEach((named, at) => {
      this.#take(named, found[at]);
    });
    this.#progress(waiting.length);
  }

  #take(named: Named, stored: StoredManifest | undefined): void {
    const { digests } = this.#builder;
    if (stored === undefined) {
      if (named.by === 'revision') throw withoutContent(named.object());
      if (named.by === 'tombstone')
        this.#dangling.push({ object: named.object(), missing: digests.digest(named.digest) });
      return;
    }
    const { reading, sizeBytes } = stored;
    if (reading.is === 'notUnderstood') {
      // Without a link nobody can pull it, and anybody may have listed any bytes as a manifest: then those have no children.
      if (named.by === 'parent') return;
      throw new Doubt(named.object(), reading.why);
    }
    const { references, subject } = reading.manifest;
    const edges = references.map(edgeOf);
    if (this.#known?.has(named.digest) === true && !this.#known.agrees(named.digest, edges, subject, sizeBytes))
      throw new StaleSnapshot(named.object(), 'the snapshot of the graph says otherwise of this manifest');
    this.#builder.addManifest(named.digest, edges, subject, sizeBytes);
    for (const { digest, role: as } of references) {
      if (as === 'manifest') this.#children.set(digests.intern(digest), named.object);
    }
  }
}

/** Its links stand, so it is not gone, and what it refers to is unknown: losing its children silently would be worse than waiting for a person. */
function withoutContent(object: string): Doubt {
  return new Doubt(object, 'its revision link stands, but its content is missing');
}

const roles: Readonly<Record<ManifestReference['role'], Edge['role']>> = {
  ...{ config: role.config, manifest: role.manifest },
  ...{ layer: role.plain, blob: role.plain, mentioned: role.plain },
};

function edgeOf({ digest, role: named, foreign, sizeBytes }: ManifestReference): Edge {
  return { digest, role: foreign ? role.foreign : roles[named], sizeBytes };
}
