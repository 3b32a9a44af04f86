import { algorithmOf, type Digest, digestOf, parseDigest } from '../../../../core/oci/digest.ts';
import { readManifest } from '../../../../core/oci/manifest.ts';
import { parseTag, type RepositoryName, type Tag } from '../../../../core/oci/reference.ts';
import { contentDigest } from '../../../repository/contentDigest.ts';
import { layout } from '../../../storage/layout.ts';
import type { SimulatedDisk } from '../storage/disk.ts';
import { endedMark } from '../storage/fence.ts';

/** What registries would serve of a disk, read beside all drivers. */
export class ServedContent {
  readonly #disk: SimulatedDisk;
  readonly #repositories: readonly RepositoryName[];

  constructor(disk: SimulatedDisk, repositories: readonly RepositoryName[]) {
    this.#disk = disk;
    this.#repositories = repositories;
  }

  tag(repository: RepositoryName, tag: Tag): Digest | undefined {
    const bytes = this.#bytes(layout.tagLink(repository, tag));
    return bytes && parseDigest(new TextDecoder().decode(bytes));
  }

  /** What a tag refers to, at any depth, that is not there or not whole. */
  missingBelow(repository: RepositoryName, digest: Digest, seen = new Set<Digest>()): readonly string[] {
    if (seen.has(digest)) return [];
    seen.add(digest);
    if (this.#bytes(layout.revisionLink(repository, digest)) === undefined) return [`the link of manifest ${digest}`];
    const bytes = this.#whole(digest);
    if (bytes === undefined) return [`the bytes of manifest ${digest}`];
    return this.#references(digest).flatMap((reference) => {
      if (reference.role === 'manifest') return this.missingBelow(repository, reference.digest, seen);
      seen.add(reference.digest);
      const isLinked = this.#bytes(layout.layerLink(repository, reference.digest)) !== undefined;
      const isWhole = this.#whole(reference.digest) !== undefined;
      return [
        ...(isLinked ? [] : [`the link of blob ${reference.digest}`]),
        ...(isWhole ? [] : [`the bytes of blob ${reference.digest}`]),
      ];
    });
  }

  /** What stands and nothing needs. `untagged`: whether what no tag leads to is needed for itself. */
  garbage(untagged: 'Keep' | 'Delete'): readonly string[] {
    const { reached, referred } = this.#reach(untagged);
    const garbage: string[] = [];
    for (const repository of this.#repositories) {
      const tagged = new Set(this.#taggedIn(repository));
      const revisions = this.#digestsBelow(layout.revisions(repository));
      const standing = revisions.filter((digest) => untagged === 'Keep' || tagged.has(digest) || referred.has(digest));
      const layers = new Set(standing.flatMap((digest) => this.#references(digest)).map(({ digest }) => digest));
      const left = [
        ...revisions.filter((digest) => !standing.includes(digest)),
        ...this.#digestsBelow(layout.layers(repository)).filter((digest) => !layers.has(digest)),
        ...this.#names(layout.uploads(repository)),
      ];
      garbage.push(...left.map((name) => `${name} in ${repository}`));
    }
    const folder = layout.blobsOf('sha256');
    for (const hex of this.#names(folder).flatMap((prefix) => this.#names(`${folder}/${prefix}`))) {
      const digest = digestOf('sha256', hex);
      const isThere = digest !== undefined && this.#bytes(layout.blob(digest)) !== undefined;
      if (isThere && !reached.has(digest)) garbage.push(`blob ${digest}`);
    }
    for (const folder of [layout.doors, layout.trashes, layout.tombstones, layout.requests]) {
      const left = this.#names(folder).filter((name) => !name.endsWith(endedMark)); // where doors are renamed away, they stay
      garbage.push(...left.map((name) => `${folder}/${name}`));
    }
    return garbage;
  }

  /** From the tags down and to referrers, in whatever repository (G3): all that is needed, and what of it somebody refers to. */
  #reach(untagged: 'Keep' | 'Delete'): {
    readonly reached: ReadonlySet<Digest>;
    readonly referred: ReadonlySet<Digest>;
  } {
    const [reached, referred] = [new Set<Digest>(), new Set<Digest>()];
    const all = [...new Set(this.#repositories.flatMap((each) => this.#digestsBelow(layout.revisions(each))))];
    const add = (digest: Digest): void => {
      if (reached.has(digest)) return;
      reached.add(digest);
      const below = this.#references(digest).map((reference) => reference.digest);
      const referrers = all.filter((each) => this.#subject(each) === digest);
      for (const each of [...below, ...referrers]) {
        referred.add(each);
        add(each);
      }
    };
    for (const repository of this.#repositories) for (const digest of this.#taggedIn(repository)) add(digest);
    if (untagged === 'Keep') for (const digest of all) add(digest);
    return { reached, referred };
  }

  #taggedIn(repository: RepositoryName): readonly Digest[] {
    return this.#names(layout.tags(repository)).flatMap((name) => {
      const tag = parseTag(name);
      return (tag && this.tag(repository, tag)) ?? [];
    });
  }

  #references(digest: Digest): readonly { readonly digest: Digest; readonly role: string }[] {
    const bytes = this.#bytes(layout.blob(digest));
    const reading = bytes && readManifest(new TextDecoder().decode(bytes));
    return reading?.is === 'manifest' ? reading.manifest.references : [];
  }

  #subject(digest: Digest): Digest | undefined {
    const bytes = this.#bytes(layout.blob(digest));
    const reading = bytes && readManifest(new TextDecoder().decode(bytes));
    return reading?.is === 'manifest' ? reading.manifest.subject : undefined;
  }

  #digestsBelow(folder: string): readonly Digest[] {
    return this.#names(`${folder}/sha256`).flatMap((hex) => {
      const digest = digestOf('sha256', hex);
      return digest !== undefined && this.#bytes(`${folder}/sha256/${hex}/link`) !== undefined ? [digest] : [];
    });
  }

  #whole(digest: Digest): Uint8Array | undefined {
    const bytes = this.#bytes(layout.blob(digest));
    return bytes !== undefined && contentDigest(algorithmOf(digest), bytes) === digest ? bytes : undefined;
  }

  #bytes(path: string): Uint8Array | undefined {
    const node = this.#disk.find(path);
    return node?.kind === 'file' ? node.bytes : undefined;
  }

  #names(path: string): readonly string[] {
    const node = this.#disk.find(path);
    return node?.kind === 'directory' ? [...node.entries.keys()] : [];
  }
}
