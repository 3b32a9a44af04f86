import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Digest } from '../../../core/oci/digest.ts';
import { layout } from '../../storage/layout.ts';
import { type Image, ImageTree, repositoryNamed } from '../../collector/testing/imageTree.ts';

export const dayMs = 24 * 3_600_000;
export const imageType = 'application/vnd.oci.image.manifest.v1+json';
export const app = repositoryNamed('team/app');

/** A storage of everything that is legal, in a directory, all of it a day old. */
export class Patient {
  readonly tree: ImageTree;
  readonly one: Image;
  readonly two: Image;
  readonly index: Digest;

  constructor() {
    this.tree = new ImageTree(mkdtempSync(join(tmpdir(), 'coppice-doctor-')));
    this.one = this.tree.image('team/app', 'one', { tag: 'v1', layers: ['shared', 'layer of one'] });
    this.two = this.tree.image('team/app', 'two', { tag: 'v2', layers: ['shared', 'layer of two'] });
    this.index = this.indexOf([this.one.digest, this.two.digest]);
    this.tree.tag('team/app', 'multi', this.index);
    this.tree.image('team/app', 'signature', { subject: this.one.digest });
    this.tree.image('team', 'beside a folder of its name', { tag: 'latest' });
    this.tree.age(dayMs);
  }

  get root(): string {
    return this.tree.root;
  }

  get layerOfTwo(): Digest {
    const [, digest] = this.two.layers;
    if (digest === undefined) throw new Error('an image of two layers');
    return digest;
  }

  indexOf(children: readonly Digest[]): Digest {
    const manifests = children.map((digest) => ({
      mediaType: imageType,
      digest,
      size: statSync(this.tree.place(layout.blob(digest))).size,
    }));
    const mediaType = 'application/vnd.oci.image.index.v1+json';
    return this.tree.manifest('team/app', { schemaVersion: 2, mediaType, manifests });
  }

  remove(): void {
    rmSync(this.root, { recursive: true });
  }
}
