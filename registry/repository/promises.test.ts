import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Digest } from '../../core/oci/digest.ts';
import { digestToken } from '../../core/window/token.ts';
import { StorageError } from '../storage/driver.ts';
import { layout } from '../storage/layout.ts';
import { known, textAt, utf8 } from '../storage/testing/testStorage.ts';
import { type Admission, Refused } from '../window/admission.ts';
import { Blobs } from './blobs.ts';
import { Links } from './links.ts';
import { StorageTime } from './storageTime.ts';
import { bytesOf, digestOfText, repository, repositoryNamed, signal, tagNamed } from './testing/testRegistry.ts';
import { TimedRegistry } from './testing/timedRegistry.ts';

const elsewhere = repositoryNamed('other/place');

describe('promises', () => {
  let timed: TimedRegistry;
  let blob: Digest;
  beforeEach(async () => {
    timed = await TimedRegistry.open();
    blob = await timed.registry.blob('bytes');
  });
  afterEach(async () => {
    await timed.registry.world.close();
  });

  const head = (digest = blob) => timed.registry.repositories.blobs.promise(repository, digest, signal);
  const linkTime = async (): Promise<number> =>
    known(await timed.registry.driver.stat(layout.layerLink(repository, blob), signal)).modifiedAt;

  it('G3: a HEAD renews a link that is older than a quarter of promiseTTL, and no younger one', async () => {
    const before = await linkTime();
    timed.growOlder(0.9);
    await head();
    expect(await linkTime()).toBe(before);
    timed.growOlder(0.2);
    expect(await head()).toMatchObject({ digest: blob, sizeBytes: 5 });
    expect(await linkTime()).toBeGreaterThan(before);
  });

  it('answers from memory while the link is young, and goes by the age of the link, not of the look', async () => {
    await head();
    expect(await timed.callsOf(head)).toEqual([]);
    timed.growOlder(0.9);
    await head();
    timed.growOlder(0.2);
    expect(await timed.callsOf(head)).toContain(`renew ${layout.layerLink(repository, blob)}`);
  });

  it('W1: forgets what it knew when a window has passed over it', async () => {
    await head();
    await timed.registry.deletions.request({ kind: 'blob', repository, digest: blob }, signal);
    expect(await head()).toBeUndefined();
    expect(await timed.registry.repositories.blobs.find(repository, blob, signal)).toBeUndefined();
  });

  it('W7: a new life knows nothing of what the one before it saw', async () => {
    await head();
    await timed.registry.fence();
    await timed.registry.replica.replica.nudge();
    await timed.registry.replica.replica.nudge();
    expect(await timed.callsOf(head)).toContain(`readSmall ${layout.layerLink(repository, blob)}`);
  });

  it('W1: a HEAD of what is held waits, and is refused when nothing changes', async () => {
    await timed.registry.hold([digestToken(blob)]);
    await expect(head()).rejects.toMatchObject({ name: 'Refused', reason: 'held' });
    await timed.registry.release();
    expect(await head()).toBeDefined();
  });

  it('W6: a HEAD of anything else is answered as if nothing happened', async () => {
    const other = await timed.registry.blob('other bytes');
    await timed.registry.hold([digestToken(blob)]);
    expect(await head(other)).toBeDefined();
  });

  it('G2: a link that goes while it is renewed is refused, not called absent', async () => {
    timed.growOlder(2);
    timed.before = (method) => {
      if (method === 'renew') throw new StorageError('link', 'an I/O error');
    };
    await expect(head()).rejects.toThrow(StorageError);
    timed.before = async (method) => {
      if (method !== 'renew') return;
      timed.before = () => undefined;
      await timed.registry.driver.move(layout.layerLink(repository, blob), '/coppice/v1/temporary/gone', signal);
    };
    await expect(head()).rejects.toMatchObject({ name: 'Refused', reason: 'lifeEnded' });
  });

  it('W7: promises nothing after the permit ran out while it looked', async () => {
    timed.before = (method, path) => {
      if (method === 'stat' && path === layout.blob(blob)) timed.registry.world.clock.advance(60_000);
    };
    await expect(head()).rejects.toMatchObject({ name: 'Refused' });
  });

  it('W7: looks once more before it answers from memory', async () => {
    const { driver, replica } = timed.registry;
    let hasLapsed = false;
    const operate: Admission['operate'] = (kind, tokens, until, body) =>
      replica.replica.operate(kind, tokens, until, (operation) =>
        body({
          life: operation.life,
          signal: operation.signal,
          mustStillHold: () => {
            if (hasLapsed) throw new Refused('noPermit', 'the permit ran out', 1);
          },
        }),
      );
    const admission: Admission = {
      operate,
      touch: (tokens) => replica.replica.touch(tokens),
      mayUseCache: (tokens) => replica.replica.mayUseCache(tokens),
      onDrop: () => undefined,
    };
    const links = new Links(driver, admission, new StorageTime(driver, () => 0, 1), 1_000_000);
    const blobs = new Blobs(driver, admission, links);
    await blobs.promise(repository, blob, signal);
    hasLapsed = true;
    await expect(blobs.promise(repository, blob, signal)).rejects.toMatchObject({ reason: 'noPermit' });
  });

  it('tells a link without its bytes from a blob', async () => {
    const lost = digestOfText('lost');
    await timed.registry.driver.write(layout.layerLink(repository, lost), utf8(lost), signal);
    expect(await head(lost)).toBeUndefined();
  });

  it('rejects a link that says no digest, rather than calling it absent', async () => {
    await timed.registry.driver.write(layout.layerLink(repository, blob), utf8('nonsense'), signal);
    await expect(head()).rejects.toThrow(StorageError);
  });

  it('G1: goes by what a link says, not by what it is called', async () => {
    const alias = digestOfText('bytes', 'sha512');
    await timed.registry.driver.write(layout.layerLink(repository, alias), utf8(`${blob}\n`), signal);
    expect(await head(alias)).toMatchObject({ digest: blob, sizeBytes: 5 });
    await timed.registry.repositories.blobs.mount(elsewhere, alias, repository, signal);
    expect(await textAt(timed.registry.driver, layout.layerLink(elsewhere, alias))).toBe(blob);
  });

  it('W1: what an alias means is held with the rest', async () => {
    const alias = digestOfText('bytes', 'sha512');
    await timed.registry.driver.write(layout.layerLink(repository, alias), utf8(blob), signal);
    await timed.registry.hold([digestToken(blob)]);
    await expect(head(alias)).rejects.toMatchObject({ name: 'Refused', reason: 'held' });
  });

  it('mounts a blob, which is then the other repository’s own', async () => {
    const { blobs } = timed.registry.repositories;
    expect(await blobs.mount(elsewhere, blob, repository, signal)).toMatchObject({ is: 'mounted', from: repository });
    await timed.registry.deletions.request({ kind: 'blob', repository, digest: blob }, signal);
    expect(await blobs.promise(elsewhere, blob, signal)).toBeDefined();
    expect(await blobs.find(repository, blob, signal)).toBeUndefined();
  });

  it('mounts from a repository that it knows, and from none that has the blob no more or that the client may not pull', async () => {
    const { blobs } = timed.registry.repositories;
    const anywhere = { among: () => true };
    const from = (home: string) => ({ among: (known: string) => known === home });
    expect(await blobs.mount(elsewhere, blob, from(elsewhere), signal)).toEqual({ is: 'unknown' });
    expect(await blobs.mount(elsewhere, blob, anywhere, signal)).toMatchObject({ is: 'mounted' });
    expect(await blobs.mount(elsewhere, digestOfText('unheard of'), anywhere, signal)).toEqual({ is: 'unknown' });
    for (const from of [repository, elsewhere]) {
      await timed.registry.deletions.request({ kind: 'blob', repository: from, digest: blob }, signal);
    }
    expect(await blobs.mount(elsewhere, blob, anywhere, signal)).toEqual({ is: 'unknown' });
  });

  it('a HEAD of a manifest by digest without a permit is a plain look; one of a blob is refused', async () => {
    const manifest = await timed.registry.image('app');
    await timed.registry.replica.replica.stop(AbortSignal.abort());
    const { manifests } = timed.registry.repositories;
    expect(await manifests.promise(repository, manifest, signal)).toMatchObject({ digest: manifest });
    await expect(head()).rejects.toMatchObject({ name: 'Refused' });
  });

  it('a GET is never held, and touches when it can', async () => {
    const { manifests } = timed.registry.repositories;
    const digest = await timed.registry.image('app', ['v1']);
    await timed.registry.world.beginRun();
    await timed.registry.replica.replica.nudge();
    const touched = (): number => {
      const { state } = timed.registry.replica.replica;
      return state?.at === 'serving' ? state.journal.size : 0;
    };
    const before = touched();
    expect(await manifests.get(repository, digest, signal)).toMatchObject({ digest });
    expect(touched()).toBe(before + 1);
    await timed.registry.world.holdWindow([digestToken(digest)]);
    await timed.registry.replica.replica.nudge();
    expect(await manifests.get(repository, digest, signal)).toMatchObject({ digest });
    expect(touched()).toBe(before + 1);
  });

  it('follows a tag that was moved on while it looked', async () => {
    const { manifests } = timed.registry.repositories;
    const old = await timed.registry.image('old', ['v1']);
    const young = await timed.registry.image('young');
    const looks: Digest[] = [];
    const found = await manifests.tagged(repository, tagNamed('v1'), signal, async (digest) => {
      looks.push(digest);
      if (digest !== old) return manifests.read(repository, digest, signal);
      await timed.registry.driver.write(layout.tagLink(repository, tagNamed('v1')), bytesOf(young), signal);
      return undefined;
    });
    expect(found).toMatchObject({ digest: young });
    expect(looks).toEqual([old, young]);
  });
});
