import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Draft } from '../resources/home.ts';
import { requestDraft } from '../resources/testing/homeSuite.ts';
import { readState } from './state.ts';
import { DirectoryWorld, yaml } from './testing/directoryWorld.ts';

const { signal } = new AbortController();
const request = (name: string, more: Partial<Draft<'DeleteRequest'>['spec']> = {}): string =>
  yaml(requestDraft(name, more));

/** A process that tries to take a lock, says how that went, and holds it until it is killed. */
function locker(file: string): { readonly said: Promise<string>; kill(): Promise<void> } {
  const module = new URL('lock.ts', import.meta.url).href;
  const script = `
    import { acquireLock } from ${JSON.stringify(module)};
    const lock = acquireLock(${JSON.stringify(file)});
    process.stdout.write(lock === 'held' ? 'held' : 'acquired');
    setInterval(() => lock, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return {
    said: once(child.stdout, 'data').then(([data]) => String(data)),
    async kill() {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}

describe('state directory', () => {
  let world: DirectoryWorld;
  beforeEach(async () => {
    world = await DirectoryWorld.make();
    await world.write('a.yaml', request('a'));
  });
  afterEach(async () => world.remove());

  it('keeps uid, generation, status, finalizers, versions and events over a restart', async () => {
    const { home } = await world.open();
    const first = (await world.request('a')) ?? expect.fail('not there');
    const second = await home.applyStatus(first, { observedGeneration: 1 }, signal);
    const third = await home.setFinalizers(second, ['coppice.dev/run'], signal);
    home.record(third, { type: 'Normal', reason: 'Planned', message: 'one manifest' });
    await world.reopen();
    expect(await world.request('a')).toEqual(third);
    expect(world.opened.events().map(({ reason, subject }) => [reason, subject.uid])).toEqual([
      ['Planned', first.metadata.uid],
    ]);
    const { resourceVersion } = await world.opened.home.list('DeleteRequest', signal);
    expect(Number(resourceVersion)).toBeGreaterThanOrEqual(Number(third.metadata.resourceVersion));
    const later = await world.opened.home.applyStatus(third, { observedGeneration: 2 }, signal);
    expect(Number(later.metadata.resourceVersion)).toBeGreaterThan(Number(third.metadata.resourceVersion));
  });

  it('gives no version twice, although the object that had the last one is gone', async () => {
    const { home } = await world.open();
    await home.create(requestDraft('b'), signal);
    const b = (await world.request('b')) ?? expect.fail('not there');
    await home.delete('DeleteRequest', { namespace: 'default', name: 'b' }, b.metadata.uid, signal);
    const { resourceVersion } = await home.list('DeleteRequest', signal);
    await world.reopen();
    await world.opened.home.create(requestDraft('c'), signal);
    expect(Number((await world.request('c'))?.metadata.resourceVersion)).toBeGreaterThan(Number(resourceVersion));
  });

  it('goes on with a deletion, and with what changed in the files while nobody looked', async () => {
    await world.write('b.yaml', request('b'));
    await world.write('c.yaml', request('c'));
    const { home } = await world.open();
    const b = (await world.request('b')) ?? expect.fail('not there');
    await home.setFinalizers(b, ['coppice.dev/run'], signal);
    await world.unlink('b.yaml');
    await world.until(async () => (await world.request('b'))?.metadata.deletionTimestamp !== undefined);
    await world.close();
    await world.unlink('c.yaml');
    await world.write('a.yaml', request('a', { suspend: true }));
    await world.open();
    expect(await world.names()).toEqual(['a', 'b']);
    expect((await world.request('a'))?.metadata.generation).toBe(2);
    const leaving = (await world.request('b')) ?? expect.fail('not there');
    await world.opened.home.setFinalizers(leaving, [], signal);
    await world.reopen();
    expect(await world.names()).toEqual(['a']);
  });

  it('gives new uids where it was lost', async () => {
    await world.open();
    const before = await world.request('a');
    await world.close();
    await rm(world.state, { recursive: true });
    await world.open();
    const after = await world.request('a');
    expect(after?.metadata.uid).not.toBe(before?.metadata.uid);
    expect(after).toMatchObject({ metadata: { generation: 1 }, status: { observedGeneration: -1 } });
  });

  it('stops the start with the name of a file that is not understood, and lets go of the lock', async () => {
    const { home } = await world.open();
    home.record((await world.request('a')) ?? expect.fail('not there'), { type: 'Normal', reason: 'X', message: 'y' });
    await world.close();
    const object = 'objects/DeleteRequest/default/a.json';
    const text = await readFile(join(world.state, object), 'utf8');
    const cases: readonly (readonly [string, string])[] = [
      [object, text.slice(0, 40)],
      [object, text.replace('"generation":1', '"generation":"one"')],
      [object, text.replace('"name":"a"', '"name":"b"')],
      [object, text.replace('DeleteRequest', 'CollectionRun')],
      [object, text.replace('"metadata":{', '"metadata":{"more":1,')],
      ['version.json', '{}'],
      ['refusals.json', '[]'],
      ['events.jsonl', '{"id":1}\n'],
      ['objects/Strange/default/a.json', text],
      ['objects/DeleteRequest/default/a.yaml', text],
    ];
    for (const [path, spoilt] of cases) {
      const file = join(world.state, path);
      const before = await readFile(file).catch(() => undefined);
      await mkdir(join(file, '..'), { recursive: true });
      await writeFile(file, spoilt);
      const named = path.startsWith('objects/Strange') ? 'objects/Strange' : path;
      await expect(world.open()).rejects.toThrow(join(world.state, named));
      if (before === undefined)
        await rm(path.startsWith('objects/Strange') ? join(world.state, named) : file, { recursive: true });
      else await writeFile(file, before);
    }
    await world.open();
    expect(await world.names()).toEqual(['a']);
  });

  it('takes away what a process left that was killed before a rename, and a line of events that it was writing', async () => {
    const { home } = await world.open();
    home.record((await world.request('a')) ?? expect.fail('not there'), { type: 'Normal', reason: 'X', message: 'y' });
    await world.close();
    const before = await readState(world.state, signal);
    await writeFile(join(world.state, 'temporaries/17'), '{"apiVersion":"coppice.dev/v1alpha1","ki');
    const events = await readFile(join(world.state, 'events.jsonl'), 'utf8');
    await writeFile(join(world.state, 'events.jsonl'), `${events}{"id":"2","subj`);
    await world.open();
    expect(await readdir(join(world.state, 'temporaries'))).toEqual([]);
    expect(world.opened.events()).toEqual(before.events);
    world.opened.home.record((await world.request('a')) ?? expect.fail('not there'), {
      type: 'Normal',
      reason: 'Z',
      message: 'z',
    });
    await world.reopen();
    expect(world.opened.events().map(({ reason }) => reason)).toEqual(['X', 'Z']);
  });

  it('is for one operator at a time, and says who has it', async () => {
    const { home } = await world.open();
    const first = world.opened;
    await expect(world.open()).rejects.toThrow(`another operator works on it (process ${process.pid} on`);
    await first.close();
    await expect(home.create(requestDraft('late'), signal)).rejects.toThrow('is closed already');
    await world.open();
  });

  it('is given to one of several processes that start at the same moment, and to another after kill -9', async () => {
    const file = join(world.root, 'lock');
    const processes = Array.from({ length: 4 }, () => locker(file));
    const said = await Promise.all(processes.map(async (one) => one.said));
    expect(said.toSorted()).toEqual(['acquired', 'held', 'held', 'held']);
    await processes[said.indexOf('acquired')]?.kill();
    const next = locker(file);
    expect(await next.said).toBe('acquired');
    await Promise.all([...processes.filter((_, at) => said[at] === 'held'), next].map(async (one) => one.kill()));
  });

  it('shows others what it holds, while its operator works and after', async () => {
    expect(await readState(world.state, signal)).toMatchObject({
      isThere: false,
      objects: [],
      isOperatorRunning: false,
    });
    await world.write('bad.yaml', request('bad', { mode: 'Now' as 'Preview' }));
    await world.open();
    const running = await readState(world.state, signal);
    expect(running).toMatchObject({ isThere: true, isOperatorRunning: true, holder: { pid: process.pid } });
    expect(running.objects).toEqual(world.opened.home.all());
    expect(running.refusals).toEqual(world.opened.refusals());
    await world.close();
    const after = await readState(world.state, signal);
    expect(after.isOperatorRunning).toBe(false);
    expect(after.events.map(({ reason }) => reason)).toEqual(['Refused']);
  });

  it('keeps a name of 253 characters, which is no name of a file', async () => {
    const name = `${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}.ef.g0.h`;
    expect(name.length).toBeGreaterThan(250);
    await world.write('long.yaml', request(name));
    await world.open();
    await world.reopen();
    expect(await world.names()).toEqual(['a', name]);
  });

  it('holds 2,200 objects', async () => {
    const all = Array.from({ length: 2_200 }, (_, at) => request(`r${at}`));
    for (let at = 0; at < all.length; at += 100)
      await world.write(`many-${at}.yaml`, all.slice(at, at + 100).join('---\n'));
    const { home } = await world.open();
    expect(await world.names()).toHaveLength(2_201);
    const { items } = await home.list('DeleteRequest', signal);
    await Promise.all(items.map(async (item) => home.applyStatus(item, { observedGeneration: 1 }, signal)));
    await world.reopen();
    const again = await world.opened.home.list('DeleteRequest', signal);
    expect(again.items.every(({ status }) => status.observedGeneration === 1)).toBe(true);
    expect(new Set(again.items.map(({ metadata }) => metadata.uid))).toEqual(
      new Set(items.map(({ metadata }) => metadata.uid)),
    );
    await Promise.all(Array.from({ length: 22 }, async (_, at) => world.unlink(`many-${at * 100}.yaml`)));
    await world.untilNames('a');
  });
});
