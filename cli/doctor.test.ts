import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseDigest } from '../core/oci/digest.ts';
import { parseRepositoryName, parseTag } from '../core/oci/reference.ts';
import { layout } from '../registry/storage/layout.ts';
import { coppice } from './testing/command.ts';
import { ServedStorage } from './testing/servedStorage.ts';

let served: ServedStorage;
beforeEach(async () => {
  served = await ServedStorage.start();
});
afterEach(async () => {
  await served.remove();
});

const app = known(parseRepositoryName('team/app'));
const v1 = known(parseTag('v1'));

interface Diagnosed {
  readonly findings: readonly { readonly name: string; readonly object: string; readonly says: string }[];
  readonly kinds: readonly { readonly name: string; readonly count: number; readonly todo: string }[];
  readonly counts: Readonly<Record<string, number>>;
  readonly coppice: Readonly<Record<string, unknown>> | null;
}

async function diagnose(): Promise<Diagnosed & { readonly code: number | null }> {
  const { code, out } = await coppice(['doctor', '-o', 'json', served.directory]);
  return { ...(JSON.parse(out) as Diagnosed), code };
}

async function take(path: string): Promise<void> {
  await rm(join(served.directory, path), { recursive: true });
}

describe('coppice doctor', () => {
  it('finds nothing wrong with a storage that a replica serves, and tells what is kept there', async () => {
    await served.push('team/app', 'v1');
    const { code, ...found } = await diagnose();
    expect(code).toBe(0);
    expect(found).toMatchObject({
      ...{ findings: [], kinds: [], counts: { repositories: 1, tags: 1, manifests: 1, layerLinks: 2, blobs: 3 } },
      coppice: { gate: { phase: 'OPEN' }, lives: [{ left: false }], tombstones: 0 },
    });
    const text = await coppice(['doctor', '--deep', served.directory]);
    expect(text).toMatchObject({ code: 0, err: '' });
    expect(text.out).toMatch(/^content {2}1 repository, 1 tag, 1 manifest, 3 blobs of /);
    expect(text.out).toContain('nothing is wrong');
  });

  it('D4: repairs beside the replica only when it is told to, and what it took away can be undone', async () => {
    const digest = known(parseDigest(await served.push('team/app', 'v1')));
    await served.push('team/app', 'v2');
    await take(layout.revisionDirectory(app, digest));
    expect(await diagnose()).toMatchObject({
      code: 3,
      findings: [{ name: 'DanglingTag', object: 'team/app:v1' }],
      kinds: [{ name: 'DanglingTag', severity: 'error', count: 1, todo: expect.any(String) as string }],
    });

    const dry = await coppice(['doctor', '--repair', served.directory]);
    expect(dry).toMatchObject({
      code: 3,
      err: 'a repair would take away 1 tag, 0 links of manifests and 0 uploads: add --yes\n',
    });
    expect(await diagnose()).toMatchObject({ code: 3 });

    const done = await coppice(['doctor', '--repair', '--yes', served.directory]);
    expect(done.err).toContain('took away 1 tag');
    expect(done.code).toBe(0);
    expect(await diagnose()).toMatchObject({ code: 0, findings: [], coppice: { tombstones: 1, undoable: 1 } });
    expect(await (await fetch(`${served.api}/v2/team/app/tags/list`)).json()).toMatchObject({ tags: ['v2'] });
    // Only its link was missing: the tombstone kept the bytes, and undoing the repair mends what was wrong before it.
    expect((await coppice(['undelete', 'team/app:v1', '--admin', served.admin])).code).toBe(0);
    expect(await served.statusOf('/v2/team/app/manifests/v1')).toBe(200);
    // A run afterwards has no doubt.
    expect((await coppice(['collect', '--admin', served.admin])).code).toBe(0);
  });

  it('G1: takes away what ends every collection in doubt: manifests whose bytes are gone for good, and their tags', async () => {
    const digests = [await served.push('team/app', 'v1'), await served.push('team/app', 'v2')];
    for (const digest of digests) await take(layout.blobDirectory(known(parseDigest(digest))));
    expect((await coppice(['collect', '--admin', served.admin])).out).toContain('Doubt');
    const repaired = await coppice(['doctor', '--repair', '--yes', served.directory]);
    expect(repaired.err).toBe('took away 2 tags, 2 links of manifests and 0 uploads\n');
    expect(repaired.code).toBe(0);
    expect(await diagnose()).toMatchObject({ code: 0, findings: [{ name: 'NoManifests' }] });
    expect((await coppice(['collect', '--admin', served.admin])).code).toBe(0);
  });

  it('takes a configuration, too, and says with 1 what it could not read, with 2 what is no storage', async () => {
    const config = join(served.directory, 'config.yml');
    const environment = { REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: served.directory };
    await served.push('team/app', 'v1');
    expect((await coppice(['doctor', config], environment)).code).toBe(0);
    await take(layout.tagLink(app, v1));
    await symlink('link', join(served.directory, layout.tagLink(app, v1)));
    const unreadable = await coppice(['doctor', served.directory]);
    expect(unreadable.code).toBe(1);
    expect(unreadable.out).toContain(`error Unreadable, 1: `);
    const empty = join(served.directory, 'empty');
    await mkdir(empty);
    for (const args of [['/nowhere'], [empty], [], ['--yes', served.directory]])
      expect((await coppice(['doctor', ...args])).code).toBe(2);
  });
});

describe('coppice release', () => {
  it('refuses while a replica serves, asks, and hands the storage back', async () => {
    await served.push('team/app', 'v1');
    const where = ['release', '--storage', served.directory];
    const refused = await coppice([...where, '--yes']);
    expect(refused.code).toBe(1);
    expect(refused.out).toMatch(/not handed back:\n {2}life .* stands/);
    expect(await served.statusOf('/v2/team/app/manifests/v1')).toBe(200);
    await served.push('team/app', 'v2'); // not left read-only

    served.signal('SIGTERM');
    await served.ended();
    expect(await coppice(where)).toMatchObject({ code: 3, out: expect.stringContaining('add --yes') as string });
    expect((await diagnose()).coppice).not.toBeNull();
    expect(await coppice([...where, '--yes'])).toMatchObject({ code: 0, err: '' });
    expect(await diagnose()).toMatchObject({ code: 0, coppice: null, counts: { tags: 2 } });
    const again = await coppice([...where, '--yes', '-o', 'json']);
    expect(again.code).toBe(0);
    expect(JSON.parse(again.out)).toEqual({ is: 'nothing', isLeft: false });
  });

  it('takes one storage', async () => {
    await writeFile(join(served.directory, 'x.yml'), 'version: 0.1');
    for (const args of [
      [],
      ['--storage', served.directory, '--config', 'x.yml'],
      ['--storage', '/nowhere'],
      ['x', '--storage', served.directory],
    ])
      expect((await coppice(['release', ...args])).code).toBe(2);
  });
});

function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the test expected a name');
  return value;
}
