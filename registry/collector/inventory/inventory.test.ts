import { hash } from 'node:crypto';
import { mkdtempSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestOf } from '../../../core/oci/digest.ts';
import { Doubt } from '../../../core/reach/doubt.ts';
import type { InventoryEntry, Look } from '../../../core/reach/inventory.ts';
import { FilesystemDriver } from '../../storage/filesystem/driver.ts';
import { layout } from '../../storage/layout.ts';
import { ImageTree, repositoryNamed, sha256, tagNamed } from '../testing/imageTree.ts';
import { StoreTree } from './storeTree.ts';
import { SyncTree } from './syncTree.ts';
import { TreeInventory } from './treeInventory.ts';
import type { TreeReader } from './treeReader.ts';

const { signal } = new AbortController();
const readers: Record<string, (root: string) => TreeReader> = {
  'synchronous calls': (root) => new SyncTree(root),
  'a driver': (root) => new StoreTree(new FilesystemDriver(root), signal),
};

describe.each(Object.entries(readers))('an inventory over %s', (_name, readerOf) => {
  const app = repositoryNamed('team/app');
  let tree: ImageTree;
  let inventory: TreeInventory;

  beforeEach(() => {
    tree = new ImageTree(mkdtempSync(join(tmpdir(), 'coppice-inventory-')));
    inventory = new TreeInventory(readerOf(tree.root), () => Promise.resolve([]));
  });
  afterEach(() => {
    rmSync(tree.root, { recursive: true, force: true });
  });

  async function entries(): Promise<InventoryEntry[]> {
    const all: InventoryEntry[] = [];
    for await (const batch of inventory.entries(signal)) all.push(...batch);
    return all;
  }

  async function lookAtAll(): Promise<readonly (Look | undefined)[]> {
    return inventory.look(
      (await entries()).filter((entry) => entry.kind !== 'repository' && entry.kind !== 'tag'),
      signal,
    );
  }

  async function doubtAbout(): Promise<string> {
    try {
      await lookAtAll();
    } catch (error) {
      if (error instanceof Doubt) return error.object;
      throw error;
    }
    return 'no doubt';
  }

  it('finds nothing on an empty storage', async () => {
    expect(await entries()).toEqual([]);
  });

  it('lists repositories and tags, then revisions, then layers, then data, with the times of the storage', async () => {
    const image = tree.image('team/app', 'one', { tag: 'v1' });
    tree.image('team', 'two');
    utimesSync(tree.place(layout.tagLink(app, tagNamed('v1'))), 1000, 1000);
    const all = await entries();
    expect(all.map(({ kind }) => kind)).toEqual([
      ...['repository', 'repository', 'tag', 'revision', 'revision'],
      ...Array.from({ length: 4 }, () => 'layer'),
      ...Array.from({ length: 6 }, () => 'data'),
    ]);
    expect(all).toContainEqual({
      kind: 'tag',
      repository: app,
      tag: 'v1',
      digest: image.digest,
      modifiedAt: 1_000_000,
    });
    const data = { kind: 'data', digest: sha256('layer of one') } as const;
    expect(all).toContainEqual(data);
    const [look] = await inventory.look([data], signal);
    expect(look).toMatchObject({ sizeBytes: 12 });
  });

  it('takes from the content of a link named by sha512 which blob is meant', async () => {
    const name = digestOf('sha512', hash('sha512', 'bytes'));
    if (name === undefined) throw new Error('no digest');
    tree.write(layout.layerLink(app, name), tree.blob('bytes'));
    expect(await entries()).toContainEqual(
      expect.objectContaining({ kind: 'layer', digest: name, target: sha256('bytes') }),
    );
  });

  it('takes directories without a link or data, which an interrupted removal leaves, as absent once it looks', async () => {
    const { digest, layers } = tree.image('team/app', 'one', { tag: 'v1' });
    tree.drop(layout.tagLink(app, tagNamed('v1')));
    tree.drop(layout.revisionLink(app, digest));
    for (const layer of layers) tree.drop(layout.blob(layer));
    const kinds = ['repository', 'revision', 'layer', 'layer', 'data', 'data', 'data'];
    expect((await entries()).map(({ kind }) => kind)).toEqual(kinds);
    expect((await lookAtAll()).filter((look) => look === undefined)).toHaveLength(1 + layers.length);
  });

  const broken: Record<string, (path: string) => void> = {
    empty: (path) => {
      truncateSync(path, 0);
    },
    truncated: (path) => {
      truncateSync(path, 40);
    },
    garbage: (path) => {
      writeFileSync(path, 'sha256:no');
    },
    'a directory': (path) => {
      rmSync(path);
      new ImageTree(path).write('x', '');
    },
    'a symbolic link to nothing': (path) => {
      rmSync(path);
      symlinkSync('/nowhere', path);
    },
  };
  it.each(Object.entries(broken))('G1: a link that is %s is a doubt that names the file', async (_how, breakIt) => {
    const { digest, config } = tree.image('team/app', 'one', { tag: 'v1' });
    for (const path of [
      layout.layerLink(app, config),
      layout.revisionLink(app, digest),
      layout.tagLink(app, tagNamed('v1')),
    ]) {
      breakIt(tree.place(path));
      expect(await doubtAbout()).toBe(path); // each is met before those already broken
    }
  });

  it('G1: a revision link that names another manifest than its own is a doubt', async () => {
    const path = layout.revisionLink(app, tree.image('team/app', 'one').digest);
    tree.write(path, sha256('another'));
    expect(await doubtAbout()).toBe(path);
  });

  it.each([
    `${layout.repositories}/UPPER/_manifests/x`,
    `${layout.repositories}/team/app/_other/x`,
    `${layout.repositories}/team/app/_manifests/tags/-x/current/link`,
    `${layout.repositories}/team/app/_layers/md5/abc/link`,
    `${layout.repositories}/team/app/_layers/sha256/abc/link`,
    `${layout.blobs}/sha256/ab/cd/data`,
  ])('G1: a name that is nobody’s is a doubt: %s', async (path) => {
    tree.image('team/app', 'one');
    tree.write(path, 'x');
    expect(path.startsWith(await doubtAbout())).toBe(true);
  });

  it('G1: a file in the place of a directory is a doubt', async () => {
    tree.write(layout.repositories, 'x');
    expect(await doubtAbout()).toBe(layout.repositories);
  });

  it('G1: a directory that cannot be read is a doubt', async () => {
    tree.image('team/app', 'one', { tag: 'v1' });
    tree.drop(layout.tags(app));
    symlinkSync('tags', tree.place(layout.tags(app))); // to itself: an error for root, too
    expect(await doubtAbout()).toBe(layout.tags(app));
  });

  it('reads manifests, and knows an absent one from a damaged one', async () => {
    const { digest, layers } = tree.image('team/app', 'one');
    const stored = await inventory.manifest(digest, signal);
    expect(
      stored?.reading.is === 'manifest' && stored.reading.manifest.references.map((reference) => reference.digest),
    ).toContain(layers[0]);
    expect(await inventory.manifest(sha256('nothing'), signal)).toBeUndefined();
    truncateSync(tree.place(layout.blob(digest)), 20);
    await expect(inventory.manifest(digest, signal)).rejects.toThrow(layout.blob(digest));
  });

  it('ends when it is told to', async () => {
    const repositories = Array.from({ length: 1100 }, (_, n) => `r${n}`);
    for (const name of repositories) tree.write(`${layout.repositories}/${name}/_layers/x`, '');
    const abort = new AbortController();
    await expect(
      (async () => {
        for await (const _batch of inventory.entries(abort.signal)) abort.abort();
      })(),
    ).rejects.toThrow();
  });
});
