import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Draft } from '../resources/home.ts';
import { requestDraft } from '../resources/testing/homeSuite.ts';
import { longestFile } from './documents.ts';
import { DirectoryWorld, yaml } from './testing/directoryWorld.ts';

const { signal } = new AbortController();
const request = (name: string, more: Partial<Draft<'DeleteRequest'>['spec']> = {}): string =>
  yaml(requestDraft(name, more));

describe('directory home, of what it cannot take', () => {
  let world: DirectoryWorld;
  beforeEach(async () => {
    world = await DirectoryWorld.make();
    await world.write('a.yaml', `${request('a1')}---\n${request('a2')}`);
    await world.open();
  });
  afterEach(async () => world.remove());

  it('keeps what came of a file that is no YAML any more, and says where', async () => {
    await world.write('a.yaml', `${request('a1')}---\n{ oh: [no\n`);
    await world.untilRefused(/^a\.yaml: document 2, line 1\d: not YAML: /);
    await world.write('b.yaml', request('b'));
    await world.untilNames('a1', 'a2', 'b');
    await world.write('a.yaml', request('a1'));
    await world.untilNames('a1', 'b');
    expect(world.refusals()).toEqual([]);
  });

  it('keeps an object whose new version is refused, in the words of an API server, until it is mended', async () => {
    const before = await world.request('a1');
    await world.write('a.yaml', `${request('a1', { targets: [] })}---\n${request('a2', { suspend: true })}`);
    await world.untilRefused(/^a\.yaml: document 1, line \d+: The DeleteRequest "a1" is invalid: .*spec\.targets: /);
    expect((await world.request('a2'))?.spec.suspend).toBe(true);
    expect((await world.request('a1'))?.spec).toEqual(before?.spec);
    await world.write('a.yaml', `${request('a1', { suspend: true })}---\n${request('a2')}`);
    await world.until(async () => (await world.request('a1'))?.spec.suspend === true);
    expect(world.refusals()).toEqual([]);
    expect((await world.request('a1'))?.metadata).toMatchObject({ uid: before?.metadata.uid, generation: 2 });
  });

  it('tells a refusal once for what was written, over restarts, and again for what is written then', async () => {
    const told = (): readonly number[] =>
      world.opened.events().flatMap(({ reason, count }) => (reason === 'Refused' ? [count] : []));
    await world.write('bad.yaml', request('bad', { mode: 'Now' as 'Preview' }));
    await world.untilRefused(/^bad\.yaml: document 1, line \d+: .*spec\.mode: Unsupported value: "Now"/);
    await world.write('b.yaml', '{ oh: [coppice.dev');
    await world.until(() => world.refusals().length === 2);
    await world.reopen();
    expect(told()).toEqual([1, 1]);
    expect(world.refusals()).toHaveLength(2);
    await world.unlink('b.yaml');
    await world.write('bad.yaml', request('bad', { mode: 'Soon' as 'Preview' }));
    await world.untilRefused(/"Soon"/);
    expect(told()).toEqual([1, 1, 1]);
    await world.unlink('bad.yaml');
    await world.untilRefused();
  });

  it('keeps all that came of a file with a document that does not say what it is', async () => {
    const cases: readonly (readonly [string, RegExp])[] = [
      [
        request('Upper_Case'),
        /document 1, line 5: The DeleteRequest "Upper_Case" is invalid: metadata\.name: Invalid value/,
      ],
      [
        request('../../escape'),
        /document 1, line 5: The DeleteRequest "\.\.\/\.\.\/escape" is invalid: metadata\.name/,
      ],
      [request('x').replace('namespace: default', 'namespace: a/b'), /metadata\.namespace: Invalid value: "a\/b"/],
      [request('x').replace('name: x', 'labels: {}'), /metadata\.name: Required value/],
      [
        request('x').replace('v1alpha1', 'v2'),
        /line 1: no matches for kind "DeleteRequest" in version "coppice\.dev\/v2"/,
      ],
      [request('x').replace('kind: DeleteRequest', 'kind: Removal'), /line 2: no matches for kind "Removal"/],
      [request('x').replace('apiVersion: coppice.dev/v1alpha1\n', ''), /line 1: apiVersion not set/],
      [request('x').replace('mode: Preview', 'mode: &m Preview\n  reason: *m'), /may hold no alias/],
      [`${request('x')}kind: Registry\n`, /not YAML: Map keys must be unique/],
    ];
    for (const [text, says] of cases) {
      await world.write('a.yaml', text);
      await world.untilRefused(says);
      expect(await world.names()).toEqual(['a1', 'a2']);
    }
  });

  it('takes the first of two files that declare one object, and the other once that is gone', async () => {
    await world.write('0.yaml', request('a1', { suspend: true })); // before a.yaml, but the object came from there
    await world.untilRefused(
      /^0\.yaml: document 1, line \d+: deleterequests\.coppice\.dev "a1" already exists: a\.yaml: document 1, line 5 declares it/,
    );
    expect((await world.request('a1'))?.spec.suspend).toBe(false);
    const before = await world.request('a1');
    await world.write('a.yaml', request('a2'));
    await world.until(async () => (await world.request('a1'))?.spec.suspend === true);
    expect((await world.request('a1'))?.metadata.uid).toBe(before?.metadata.uid);
    expect(world.refusals()).toEqual([]);
  });

  it('keeps what came of a file that cannot be read', async () => {
    const path = join(world.resources, 'a.yaml');
    const cases: readonly (readonly [() => Promise<unknown>, RegExp])[] = [
      [async () => writeFile(path, Uint8Array.of(0xff, 0xfe, 0x00)), /^a\.yaml: is not UTF-8/],
      [async () => writeFile(path, ' '.repeat(longestFile + 1)), /^a\.yaml: is longer than 8 MiB/],
      [async () => rm(path).then(async () => symlink('nowhere', path)), /^a\.yaml: cannot be read: ENOENT/],
      [async () => rm(path).then(async () => symlink('a.yaml', path)), /^a\.yaml: cannot be read: ELOOP/],
    ];
    for (const [spoil, says] of cases) {
      await spoil();
      await world.untilRefused(says);
      expect(await world.names()).toEqual(['a1', 'a2']);
    }
    await rm(path);
    await world.untilNames();
  });

  it('keeps what came of a directory that cannot be read, and of the whole when that cannot be', async () => {
    await world.write('real/b.yaml', request('b'));
    await symlink('real', join(world.resources, 'linked'));
    await world.untilNames('a1', 'a2', 'b');
    await rename(join(world.resources, 'real'), join(world.resources, '.away'));
    await world.untilRefused(/^linked: cannot be read: ENOENT/);
    expect(await world.names()).toEqual(['a1', 'a2', 'b']);
    await rename(world.resources, join(world.root, 'unmounted'));
    await world.untilRefused(/resources: cannot be read: ENOENT/);
    expect(await world.names()).toEqual(['a1', 'a2', 'b']);
    await mkdir(world.resources);
    await world.untilNames();
  });

  it('makes an object anew that was declared again while the old one was on its way out', async () => {
    const { home } = world.opened;
    const old = (await world.request('a1')) ?? expect.fail('not there');
    await home.setFinalizers(old, ['coppice.dev/run'], signal);
    await world.write('a.yaml', request('a2'));
    await world.until(async () => (await world.request('a1'))?.metadata.deletionTimestamp !== undefined);
    await world.write('a.yaml', `${request('a1', { suspend: true })}---\n${request('a2')}---\n${request('a3')}`);
    await world.untilNames('a1', 'a2', 'a3');
    const leaving = (await world.request('a1')) ?? expect.fail('not there');
    expect(leaving).toMatchObject({ metadata: { uid: old.metadata.uid }, spec: { suspend: false } });
    await home.setFinalizers(leaving, [], signal);
    await world.until(async () => (await world.request('a1'))?.spec.suspend === true);
    expect((await world.request('a1'))?.metadata.uid).not.toBe(old.metadata.uid);
  });

  it('leaves objects alone that no file declared, and takes one over that a file declares then', async () => {
    await world.opened.home.create(requestDraft('own'), signal);
    await world.write('b.yaml', request('b'));
    await world.untilNames('a1', 'a2', 'b', 'own');
    await world.write('own.yaml', request('own', { suspend: true }));
    await world.until(async () => (await world.request('own'))?.spec.suspend === true);
    await world.unlink('own.yaml');
    await world.untilNames('a1', 'a2', 'b');
  });
});
