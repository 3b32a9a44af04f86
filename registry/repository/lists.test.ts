import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { layout } from '../storage/layout.ts';
import type { TestWorld } from '../window/testing/testWorld.ts';
import { listRepositories } from './catalog.ts';
import type { PageRequest } from './paging.ts';
import { listReferrers } from './referrers.ts';
import { listTags } from './tags.ts';
import { eachStorage } from './testing/eachStorage.ts';
import {
  bytesOf,
  digestOfText,
  imageOf,
  indexOf,
  repository,
  repositoryNamed,
  signal,
  tagNamed,
  TestRegistry,
} from './testing/testRegistry.ts';

describe.each(eachStorage)('lists on %s', (_name, open) => {
  let world: TestWorld;
  let registry: TestRegistry;
  beforeEach(async () => {
    world = await open();
    registry = await TestRegistry.on(world);
  });
  afterEach(async () => {
    await world.close();
  });

  describe('of tags', () => {
    const list = (request: PageRequest = {}) => listTags(world.driver, repository, request, signal);

    it('are in byte order, in pages that go on where the last ended', async () => {
      const document = await registry.imageDocument('app');
      await registry.manifest(document, ['b', 'a', 'B', '1.10', '1.9']);
      expect(await list()).toEqual({ names: ['1.10', '1.9', 'B', 'a', 'b'] });
      expect(await list({ n: 2 })).toEqual({ names: ['1.10', '1.9'], next: '1.9' });
      expect(await list({ n: 2, last: '1.9' })).toEqual({ names: ['B', 'a'], next: 'a' });
      expect(await list({ n: 2, last: 'a' })).toEqual({ names: ['b'] });
      expect(await list({ n: 0 })).toEqual({ names: [] });
      expect(await list({ last: 'between' })).toEqual({ names: [] });
    });

    it('tell an empty repository from one that never was', async () => {
      expect(await list()).toBeUndefined();
      await registry.blob('a blob');
      expect(await list()).toEqual({ names: [] });
    });

    it('leave out what names nothing: history, and what a commit that was refused left', async () => {
      const digest = await registry.image('app', ['v1']);
      await world.driver.write(layout.tagIndexLink(repository, tagNamed('v0'), digest), bytesOf(digest), signal);
      await world.driver.write(`${layout.tags(repository)}/.nfs0001/x`, bytesOf(''), signal);
      expect(await list()).toEqual({ names: ['v1'] });
    });
  });

  describe('of repositories', () => {
    const list = (request: PageRequest = {}) => listRepositories(world.driver, request, signal);
    const names = ['a', 'a-b', 'a-b/c', 'a/b', 'a/b/c', 'b', 'c/d'];

    it('are in byte order whatever the tree looks like, in pages', async () => {
      for (const name of names) await registry.blob('a blob', repositoryNamed(name));
      expect(await list()).toEqual({ names: names.toSorted() });
      for (const last of ['', ...names]) {
        const after = names.toSorted().filter((name) => name > last);
        const isMore = after.length > 2;
        expect(await list({ n: 2, last })).toEqual({
          names: after.slice(0, 2),
          ...(isMore && { next: after[1] }),
        });
      }
      expect(await list({ last: 'a/' })).toEqual({ names: ['a/b', 'a/b/c', 'b', 'c/d'] });
    });

    it('name those only that have content', async () => {
      const digest = await registry.image('app', ['v1']);
      await registry.repositories.uploads.begin(repositoryNamed('uploading'), signal);
      expect(await list()).toEqual({ names: [repository] });
      await registry.deletions.request({ kind: 'manifest', repository, digest }, signal);
      expect(await list()).toEqual({ names: [repository] });
      for (const text of ['config of app', 'layer of app']) {
        await registry.deletions.request({ kind: 'blob', repository, digest: digestOfText(text) }, signal);
      }
      expect(await list()).toEqual({ names: [] });
    });

    it('are none on a storage that is new', async () => {
      expect(await list()).toEqual({ names: [] });
    });
  });

  describe('of referrers', () => {
    const list = (subject: ReturnType<typeof digestOfText>, artifactType?: string) =>
      listReferrers(registry.repositories.index, repository, subject, artifactType, signal);

    it('describe what has the subject, whether that is there or not', async () => {
      const config = await registry.blob('{}');
      const subject = digestOfText('not pushed yet');
      const signature = { artifactType: 'application/vnd.example.signature', annotations: { by: 'me' } };
      const document = imageOf(config, [], { ...signature, subject: { digest: subject } });
      const signed = await registry.manifest(document);
      const plain = await registry.manifest(imageOf(config, [], { subject: { digest: subject } }));
      const { manifests, ...index } = await list(subject);
      expect(index).toEqual({ schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json' });
      expect(manifests.map(({ digest }) => digest)).toEqual([signed, plain].toSorted());
      const mediaType = 'application/vnd.oci.image.manifest.v1+json';
      const size = JSON.stringify(document).length;
      expect((await list(subject, signature.artifactType)).manifests).toEqual([
        { ...signature, mediaType, digest: signed, size },
      ]);
      expect((await list(digestOfText('another'))).manifests).toEqual([]);
    });

    it('see a referrer go, and another replica’s come', async () => {
      const other = await TestRegistry.on(world);
      const subject = await registry.image('app');
      const config = await other.blob('{}');
      expect((await list(subject)).manifests).toEqual([]);
      const digest = await other.manifest(imageOf(config, [], { subject: { digest: subject } }));
      expect((await list(subject)).manifests).toHaveLength(1);
      await registry.deletions.request({ kind: 'manifest', repository, digest }, signal);
      expect((await list(subject)).manifests).toEqual([]);
    });
  });

  describe('of who refers to what', () => {
    const referring = (digest: ReturnType<typeof digestOfText>) =>
      registry.repositories.index.referringManifests(repository, digest, signal);

    it('D3: names manifests that need a blob or a child, not those that have it as subject', async () => {
      const image = await registry.image('app');
      const index = await registry.manifest(indexOf([image]));
      const config = digestOfText('config of app');
      await registry.manifest(imageOf(config, [], { subject: { digest: index } }));
      expect(await referring(digestOfText('layer of app'))).toEqual([image]);
      expect(await referring(image)).toEqual([index]);
      expect(await referring(index)).toEqual([]);
    });

    it('D3: counts a manifest that cannot be understood as one that may need it', async () => {
      const image = await registry.image('app');
      const strange = digestOfText('not a manifest');
      await world.driver.write(layout.blob(strange), bytesOf('not a manifest'), signal);
      await world.driver.write(layout.revisionLink(repository, strange), bytesOf(strange), signal);
      expect(await referring(image)).toEqual([strange]);
      expect(await referring(strange)).toEqual([]);
    });

    it('does not count what another repository has, nor a folder without its link', async () => {
      const image = await registry.image('app', [], repositoryNamed('other/place'));
      const layer = await registry.blob('layer of app');
      const folder = layout.revisionDirectory(repository, image);
      await world.driver.write(`${folder}/unfinished`, bytesOf(''), signal);
      expect(await referring(layer)).toEqual([]);
    });
  });
});
