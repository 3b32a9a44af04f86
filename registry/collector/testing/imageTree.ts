import { hash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Digest, digestOf } from '../../../core/oci/digest.ts';
import { parseRepositoryName, parseTag, type RepositoryName, type Tag } from '../../../core/oci/reference.ts';
import { layout } from '../../storage/layout.ts';

const imageType = 'application/vnd.oci.image.manifest.v1+json';
const indexType = 'application/vnd.oci.image.index.v1+json';

interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
}

export interface Image {
  readonly digest: Digest;
  readonly config: Digest;
  readonly layers: readonly Digest[];
}

export interface ImageOptions {
  readonly tag?: string;
  /** The contents of its layers; equal contents are one blob. */
  readonly layers?: readonly string[];
  readonly subject?: Digest;
}

/** Writes images straight into a directory as distribution lays them out: a storage that others have used. */
export class ImageTree {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  place(path: string): string {
    return join(this.root, path);
  }

  exists(path: string): boolean {
    return existsSync(this.place(path));
  }

  image(repository: string, name: string, options: ImageOptions = {}): Image {
    const config = this.layer(repository, JSON.stringify({ name }), 'application/vnd.oci.image.config.v1+json');
    const layers = (options.layers ?? [`layer of ${name}`]).map((content) => this.layer(repository, content));
    const subject = options.subject && { subject: { mediaType: imageType, digest: options.subject, size: 2 } };
    const digest = this.manifest(repository, { schemaVersion: 2, mediaType: imageType, config, layers, ...subject });
    if (options.tag !== undefined) this.tag(repository, options.tag, digest);
    return { digest, config: config.digest, layers: layers.map((layer) => layer.digest) };
  }

  index(repository: string, children: readonly Digest[], tag?: string): Digest {
    const manifests = children.map((digest) => ({ mediaType: imageType, digest, size: 2 }));
    const digest = this.manifest(repository, { schemaVersion: 2, mediaType: indexType, manifests });
    if (tag !== undefined) this.tag(repository, tag, digest);
    return digest;
  }

  manifest(repository: string, document: object): Digest {
    const digest = this.blob(JSON.stringify(document));
    this.write(layout.revisionLink(repositoryNamed(repository), digest), digest);
    return digest;
  }

  layer(repository: string, content: string, mediaType = 'application/vnd.oci.image.layer.v1.tar'): Descriptor {
    const digest = this.blob(content);
    this.write(layout.layerLink(repositoryNamed(repository), digest), digest);
    return { mediaType, digest, size: Buffer.byteLength(content) };
  }

  tag(repository: string, tag: string, digest: Digest): void {
    this.write(layout.tagLink(repositoryNamed(repository), tagNamed(tag)), digest);
    this.write(layout.tagIndexLink(repositoryNamed(repository), tagNamed(tag), digest), digest);
  }

  blob(content: string): Digest {
    const digest = sha256(content);
    this.write(layout.blob(digest), content);
    return digest;
  }

  write(path: string, content: string): void {
    mkdirSync(dirname(this.place(path)), { recursive: true });
    writeFileSync(this.place(path), content);
  }

  drop(path: string): void {
    rmSync(this.place(path), { recursive: true });
  }

  /** Sets the time of every file below `path` back: by so much older than now, on the storage's own clock. */
  age(byMs: number, path: string = layout.served): void {
    const place = this.place(path);
    if (!lstatSync(place).isDirectory()) {
      this.ageOne(byMs, path);
      return;
    }
    for (const name of readdirSync(place)) this.age(byMs, `${path}/${name}`);
  }

  /** The same for this one file or directory. */
  ageOne(byMs: number, path: string): void {
    const then = (statSync(this.place(path)).mtimeMs - byMs) / 1000;
    utimesSync(this.place(path), then, then);
  }

  /** Every file and directory that registries serve, sorted: two equal listings are two equal storages. */
  served(path: string = layout.served): string[] {
    const place = this.place(path);
    if (!existsSync(place)) return [];
    if (!lstatSync(place).isDirectory()) return [path];
    return readdirSync(place)
      .toSorted()
      .flatMap((name) => this.served(`${path}/${name}`));
  }
}

export function sha256(content: string): Digest {
  const digest = digestOf('sha256', hash('sha256', content));
  if (digest === undefined) throw new Error('sha256 is 64 hexadecimal characters');
  return digest;
}

export function repositoryNamed(name: string): RepositoryName {
  const repository = parseRepositoryName(name);
  if (repository === undefined) throw new Error(`not a repository name: ${name}`);
  return repository;
}

export function tagNamed(name: string): Tag {
  const tag = parseTag(name);
  if (tag === undefined) throw new Error(`not a tag: ${name}`);
  return tag;
}
