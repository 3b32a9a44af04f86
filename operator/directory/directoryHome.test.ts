import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Draft } from '../resources/home.ts';
import { describeHome, type HomeUnderTest, requestDraft } from '../resources/testing/homeSuite.ts';
import { DirectoryWorld, yaml } from './testing/directoryWorld.ts';

const { signal } = new AbortController();
const request = (name: string, more: Partial<Draft<'DeleteRequest'>['spec']> = {}): string =>
  yaml(requestDraft(name, more));

async function underTest(): Promise<HomeUnderTest> {
  const world = await DirectoryWorld.make();
  const { home } = await world.open();
  const fileOf = (kind: string, name: string): string => `${kind}-${name}.yaml`;
  return {
    home,
    apply: async (draft: Draft<'DeleteRequest'> | Draft<'Registry'>) => {
      const { kind, metadata } = draft;
      await world.write(fileOf(kind, metadata.name), yaml(draft));
      await world.until(async () => {
        const found = await home.get(kind, metadata, signal);
        const labels = JSON.stringify(found?.metadata.annotations ?? {});
        const isAnnotated = Object.values(metadata.annotations ?? {}).every((value) => labels.includes(value));
        return JSON.stringify(found?.spec) === JSON.stringify({ ...found?.spec, ...draft.spec }) && isAnnotated;
      });
    },
    remove: async (kind, name) => {
      await world.unlink(fileOf(kind, name));
      await world.until(async () => {
        const found = await home.get(kind, { namespace: 'default', name }, signal);
        return found === undefined || found.metadata.deletionTimestamp !== undefined;
      });
    },
    events: async (name) => {
      return world.opened
        .events()
        .filter(({ subject }) => subject.name === name)
        .map(({ reason, count }) => `${reason} x${count}`);
    },
    goneVersions: (earlier) => {
      home.forgetHistory();
      return [earlier, '999999999999', 'x', ''];
    },
    endWatches: () => {
      home.endWatches();
    },
    close: async () => world.remove(),
  };
}

describeHome('directory home', underTest);

describe('directory home', () => {
  let world: DirectoryWorld;
  beforeEach(async () => {
    world = await DirectoryWorld.make();
  });
  afterEach(async () => world.remove());

  it('takes everything that is declared before it is open: several documents a file, JSON, subfolders', async () => {
    await world.write('a.yaml', `${request('a1')}---\n${request('a2')}---\n# nothing\n`);
    await world.write('deep/er/b.yml', request('b'));
    await world.write('c.json', JSON.stringify({ apiVersion: 'coppice.dev/v1alpha1', ...requestDraft('c') }));
    await world.write('list.yaml', `apiVersion: v1\nkind: List\nitems:\n${indented(request('d'))}`);
    await world.write('notes.txt', request('not'));
    await world.open();
    expect(await world.names()).toEqual(['a1', 'a2', 'b', 'c', 'd']);
    expect((await world.request('a2'))?.metadata.annotations).toEqual({ 'coppice.dev/source': 'a.yaml#2' });
    expect((await world.request('b'))?.metadata.annotations).toEqual({ 'coppice.dev/source': 'deep/er/b.yml#1' });
    expect(world.refusals()).toEqual([]);
  });

  it('follows files that appear, change, move and vanish', async () => {
    await world.open();
    await world.write('a.yaml', request('a'));
    await world.untilNames('a');
    await world.write('a.yaml', request('a', { mode: 'Execute' }));
    await world.until(async () => (await world.request('a'))?.spec.mode === 'Execute');
    const before = await world.request('a');
    await mkdir(join(world.resources, 'sub'));
    await rename(join(world.resources, 'a.yaml'), join(world.resources, 'sub/b.yaml'));
    const source = async (): Promise<string | undefined> =>
      (await world.request('a'))?.metadata.annotations?.['coppice.dev/source'];
    await world.until(async () => (await source()) === 'sub/b.yaml#1');
    expect((await world.request('a'))?.metadata).toMatchObject({ uid: before?.metadata.uid, generation: 2 });
    await world.unlink('sub');
    await world.untilNames();
  });

  it('passes over what is for others, whatever it holds', async () => {
    await world.write('deployment.yaml', 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\n');
    await world.write('compose.yaml', 'x: &a {b: c}\ny: *a\n');
    await world.write('chart/template.yaml', 'kind: {{ .Values.kind }}\n');
    await world.write('mixed.yaml', `x: &a 1\ny: *a\n---\n${request('a')}`);
    await world.write('.git/config.yaml', request('hidden'));
    await world.write('.hidden.yaml', request('hidden'));
    await world.write('list.json', '[1, 2]');
    await world.open();
    expect(await world.names()).toEqual(['a']);
    expect(world.refusals()).toEqual([]);
  });

  it('never takes its own state for resources, whatever leads there', async () => {
    await world.write('a.yaml', request('a'));
    await world.write('.coppice/.keep', '');
    await symlink('.coppice', join(world.resources, 'link'));
    const { home } = await world.open({ state: join(world.resources, '.coppice') });
    expect(home.all()).toHaveLength(1);
    expect(await textOf(join(world.resources, '.coppice/.gitignore'))).toBe('*\n');
    await world.unlink('a.yaml');
    await world.untilNames();
    expect(world.refusals()).toEqual([]);
  });

  it('refuses a state directory that holds the resources', async () => {
    await expect(world.open({ state: world.resources })).rejects.toThrow('state needs a directory of its own');
    await expect(world.open({ state: world.root })).rejects.toThrow('state needs a directory of its own');
    await expect(world.open({ resources: join(world.root, 'nowhere') })).rejects.toThrow('there is no such directory');
  });

  it('takes documents that are handed in, once', async () => {
    await world.open({ text: `${request('a')}---\n${request('b', { cutoff: 'soon' })}` });
    expect(await world.names()).toEqual(['a']);
    expect(world.refusals()).toEqual([
      expect.stringMatching(/^-: document 2, line \d+: The DeleteRequest "b" is invalid/),
    ]);
  });

  it('knows one object behind several links, and ends loops of links', async () => {
    await world.write('sub/a.yaml', request('a'));
    await symlink('sub/a.yaml', join(world.resources, 'again.yaml'));
    await symlink('sub', join(world.resources, 'other'));
    await symlink('..', join(world.resources, 'sub/up'));
    await symlink('self', join(world.resources, 'self'));
    await world.open();
    expect(await world.names()).toEqual(['a']);
    expect(world.refusals()).toEqual([]);
  });

  it('follows the swap of links by which a kubelet changes all files at once', async () => {
    for (const [version, mode] of [
      ['..1', 'Preview'],
      ['..2', 'Execute'],
    ] as const) {
      await world.write(`${version}/a.yaml`, request('a', { mode }));
      await world.write(`${version}/b.yaml`, request('b', { mode }));
    }
    await symlink('..1', join(world.resources, '..data'));
    for (const name of ['a.yaml', 'b.yaml']) await symlink(`..data/${name}`, join(world.resources, name));
    await world.open();
    expect(await world.names()).toEqual(['a', 'b']);
    const before = await world.request('a');
    await symlink('..2', join(world.resources, '..tmp'));
    await rename(join(world.resources, '..tmp'), join(world.resources, '..data'));
    await world.until(async () => (await world.request('b'))?.spec.mode === 'Execute');
    expect((await world.request('a'))?.metadata).toMatchObject({ uid: before?.metadata.uid, generation: 2 });
  });

  it('follows the swap of the link that git-sync gives for a checkout', async () => {
    for (const [version, name] of [
      ['one', 'a'],
      ['two', 'b'],
    ] as const) {
      await world.write(`.worktrees/${version}/deep/x.yaml`, request(name));
      await world.write(`.worktrees/${version}/both.yaml`, request('both'));
    }
    const checkout = join(world.resources, 'current');
    await symlink('.worktrees/one', checkout);
    await world.open({ resources: checkout });
    expect(await world.names()).toEqual(['a', 'both']);
    const before = await world.request('both');
    await symlink('.worktrees/two', join(world.resources, 'next'));
    await rename(join(world.resources, 'next'), checkout);
    await world.untilNames('b', 'both');
    expect((await world.request('both'))?.metadata.uid).toBe(before?.metadata.uid);
  });

  it('waits while Git holds the lock of the checkout', async () => {
    await mkdir(join(world.root, '.git'));
    await world.open();
    await writeFile(join(world.root, '.git/index.lock'), '');
    await world.write('a.yaml', request('a'));
    const lockedFor = performance.now();
    await world.until(() => performance.now() - lockedFor > 500); // more than two polls of a clock that runs fast
    expect(await world.names()).toEqual([]);
    await rm(join(world.root, '.git/index.lock'));
    await world.untilNames('a');
  });
});

function indented(text: string): string {
  return `- ${text.trimEnd().replaceAll('\n', '\n  ')}\n`;
}

async function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8');
}
