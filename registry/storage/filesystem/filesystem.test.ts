import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StorageError } from '../driver.ts';
import { layout } from '../layout.ts';
import { describeDriver } from '../testing/driverSuite.ts';
import { lifeId, signal, textAt, utf8, windowId } from '../testing/testStorage.ts';
import { trashName, trashOf } from '../trash.ts';
import { FilesystemDriver } from './driver.ts';

const run = promisify(execFile);
const freshRoot = async (): Promise<string> => mkdtemp(join(tmpdir(), 'coppice-driver-'));

describeDriver('filesystem', async () => {
  const root = await freshRoot();
  return {
    another: () => new FilesystemDriver(root),
    dispose: async () => rm(root, { recursive: true, force: true }),
  };
});

describe('filesystem driver, on real files', () => {
  const life = lifeId('l1');
  const window = windowId('w1');
  const tags = '/docker/registry/v2/repositories/alpine/_manifests/tags';
  const blob = '/docker/registry/v2/blobs/sha256/ab/ab12';
  let root = '';
  let driver: FilesystemDriver;
  const place = (path: string): string => join(root, path);
  beforeEach(async () => {
    root = await freshRoot();
    driver = new FilesystemDriver(root);
  });
  afterEach(async () => {
    await rm(root, { recursive: true, force: true });
  });

  const notFiles = [
    { name: 'a symbolic link to itself', make: async (at: string) => symlink(at, at) },
    { name: 'a symbolic link to nothing', make: async (at: string) => symlink(`${at}.gone`, at) },
    { name: 'a pipe', make: async (at: string) => run('mkfifo', [at]) },
  ];
  it.each(notFiles)('G1: $name is unreadable, not absent, and is named', async ({ make }) => {
    const path = `${tags}/v1`;
    await mkdir(place(tags), { recursive: true });
    await make(place(path));
    for (const read of [
      async () => driver.stat(path, signal),
      async () => driver.readSmall(path, 10, signal),
      async () => driver.open(path, undefined, signal),
      async () => driver.list(path, signal),
    ]) {
      await expect(read()).rejects.toMatchObject({ name: 'StorageError', path });
    }
    await expect(driver.list(tags, signal)).rejects.toThrow(StorageError);
  });

  it('serves a tree that is linked in from elsewhere', async () => {
    await mkdir(place('/elsewhere/v1'), { recursive: true });
    await writeFile(place('/elsewhere/file'), 'linked');
    await mkdir(place(tags), { recursive: true });
    await symlink(place('/elsewhere/v1'), place(`${tags}/v1`));
    await symlink(place('/elsewhere/file'), place(`${tags}/file`));
    expect(await textAt(driver, `${tags}/file`)).toBe('linked');
    const entries = (await driver.list(tags, signal)) ?? [];
    expect(entries.map(({ name, kind }) => `${name}: ${kind}`).toSorted()).toEqual(['file: file', 'v1: directory']);
  });

  it('G1: a name among stages or doors that is none of ours rejects and is named', async () => {
    await mkdir(place(`${layout.stages}/Not ours`), { recursive: true });
    await mkdir(place(`${layout.doors}/Not ours`), { recursive: true });
    await expect(driver.stagedLives(signal)).rejects.toMatchObject({ path: `${layout.stages}/Not ours` });
    await expect(driver.openWindows(signal)).rejects.toMatchObject({ path: `${layout.doors}/Not ours` });
  });

  it('G5: does not call settled what could not be synced, and syncs it when it is asked again', async () => {
    await driver.openWindow(window, signal);
    for (const tag of ['v1', 'v2']) {
      await driver.write(`${tags}/${tag}/link`, utf8('a tag'), signal);
      expect(await driver.remove(window, `${tags}/${tag}/link`, signal)).toBe('removed');
    }
    await rm(place(`${tags}/v2`), { recursive: true });
    await symlink(place(`${tags}/v2`), place(`${tags}/v2`));
    for (const _ of ['once', 'again']) await expect(driver.settleRemovals(window, signal)).rejects.toThrow('ELOOP');
    await rm(place(`${tags}/v2`));
    await mkdir(place(`${tags}/v2`));
    await driver.settleRemovals(window, signal);
  });

  it('tells the time also where the folder for it is not there, or was taken away', async () => {
    const before = await driver.now(signal);
    await rm(place(layout.temporaries), { recursive: true });
    expect(await driver.now(signal)).toBeGreaterThanOrEqual(before);
  });

  it('does not make a root that is gone', async () => {
    await rm(root, { recursive: true });
    for (const call of [
      async () => driver.write(layout.storage, utf8(''), signal),
      async () => driver.beginLife(life, signal),
      async () => driver.now(signal),
    ]) {
      await expect(call()).rejects.toThrow(`the root directory ${root} is not there`);
    }
    await expect(stat(root)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('names the path and keeps the cause of what the system refused', async () => {
    await driver.write(layout.storage, utf8(''), signal);
    const below = `${layout.storage}/x`;
    await expect(driver.write(below, utf8(''), signal)).rejects.toMatchObject({
      name: 'StorageError',
      path: below,
      cause: { code: 'ENOTDIR' },
    });
  });

  it('leaves nothing of its own behind in any outcome', async () => {
    await driver.beginLife(life, signal);
    await driver.create(layout.storage, utf8(''), signal);
    await driver.create(layout.storage, utf8(''), signal);
    await driver.write(layout.storage, utf8(''), signal);
    await driver.now(signal);
    await driver.commit(life, `${tags}/v1/current/link`, utf8(''), signal);
    await mkdir(place(`${tags}/v2/current/link`), { recursive: true });
    await expect(driver.commit(life, `${tags}/v2/current/link`, utf8(''), signal)).rejects.toThrow(StorageError);
    await expect(driver.write(layout.temporaries, utf8(''), signal)).rejects.toThrow(StorageError);
    await driver.commitRecord(life, layout.life(life), utf8(''), 'replace', signal);
    expect(await readdir(place(layout.temporaries))).toEqual([]);
    expect(await readdir(place(layout.stage(life)))).toEqual([]);
  });

  it.each(['a stage', 'the temporaries'])(
    'W5: whoever is through with a file in %s does not fail because it cannot be taken away',
    async (where) => {
      const folder = where === 'a stage' ? layout.stage(life) : layout.temporaries;
      await driver.beginLife(life, signal);
      {
        await using left =
          where === 'a stage'
            ? await driver.stage(life, `${blob}/data`, { bytes: utf8('') }, signal)
            : await driver.prepare(utf8(''), signal);
        const [name = ''] = await readdir(place(folder));
        await rm(place(`${folder}/${name}`));
        await mkdir(place(`${folder}/${name}`));
        expect(left).toBeDefined();
      }
      expect(await readdir(place(folder))).toHaveLength(1); // tidied with the life, or in an hour
    },
  );

  it('W1: ends a life that crashed in the middle of its commits', async () => {
    await driver.beginLife(life, signal);
    await writeFile(place(layout.staged(life, 'half')), 'sha2');
    await mkdir(place(layout.staged(life, 'folder')));
    await writeFile(place(`${layout.staged(life, 'folder')}/x`), '');
    await driver.endLife(life, signal);
    expect(await readdir(place(layout.stages))).toEqual([]);
  });

  it('W5: goes on where an ender crashed, and keeps both of what went twice', async () => {
    await driver.openWindow(window, signal);
    for (const where of [layout.trash(window), layout.door(window)]) {
      await mkdir(place(`${where}/${trashName(blob)}`), { recursive: true });
      await writeFile(place(`${where}/${trashName(blob)}/data`), where);
    }
    await driver.endWindow(window, signal);
    expect(await readdir(place(layout.doors))).toEqual([]);
    const trashed = await trashOf(driver, window, signal);
    expect(trashed.map(({ from }) => from)).toEqual([blob, blob]);
    const texts = await Promise.all(trashed.map(async ({ at }) => textAt(driver, `${at}/data`)));
    expect(texts.toSorted()).toEqual([layout.door(window), layout.trash(window)]);
  });

  it('W1: leaves no directory behind for a commit whose life has ended meanwhile', async () => {
    const ending = new FilesystemDriver(root, {
      before: async () => {
        await rm(place(tags), { recursive: true });
        await driver.endLife(life, signal);
      },
    });
    await driver.beginLife(life, signal);
    expect(await ending.commit(life, `${tags}/v1/current/link`, utf8('late'), signal)).toBe('refused');
    await expect(stat(place(tags))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('W5: makes no folder for a long name in a door that was closed meanwhile, nor the door itself', async () => {
    const long = `${tags}/${'v'.repeat(128)}/index/sha256/${'0'.repeat(64)}`;
    await driver.write(`${long}/link`, utf8('sha256:ab'), signal);
    await driver.openWindow(window, signal);
    const late = new FilesystemDriver(root, {
      before: async (call) => {
        if (call === 'makePiece') await driver.endWindow(window, signal);
      },
    });
    expect(await late.remove(window, long, signal)).toBe('windowOver');
    expect(await textAt(driver, `${long}/link`)).toBe('sha256:ab');
    expect(await readdir(place(layout.doors))).toEqual([]);
  });

  it('G3: a renewal that comes late says whether the link stands, and leaves the bytes that do', async () => {
    const link = `${tags}/v1/current/link`;
    let meanwhile = async (): Promise<void> => {
      await driver.write(link, utf8('sha256:new'), signal);
      meanwhile = async () => undefined;
    };
    const late = new FilesystemDriver(root, { before: async () => meanwhile() });
    await driver.write(link, utf8('sha256:old'), signal);
    const renewed = await late.renew(link, signal);
    expect(renewed).toEqual({ renewed: true, modifiedAt: (await driver.stat(link, signal))?.modifiedAt });
    expect(await textAt(driver, link)).toBe('sha256:new');
    await driver.openWindow(window, signal);
    meanwhile = async () => {
      await driver.remove(window, `${tags}/v1`, signal);
    };
    expect(await late.renew(link, signal)).toEqual({ renewed: false });
    expect(await readdir(place(tags))).toEqual([]);
  });

  it('lands although the directory goes away once before the rename, and gives up when it always does', async () => {
    await driver.beginLife(life, signal);
    let times = 1;
    const hindered = new FilesystemDriver(root, {
      before: async () => {
        times -= 1;
        if (times >= 0) await rm(place(`${tags}/v1`), { recursive: true });
      },
    });
    expect(await hindered.commit(life, `${tags}/v1/current/link`, utf8('sha256:ab'), signal)).toBe('landed');
    expect(await textAt(driver, `${tags}/v1/current/link`)).toBe('sha256:ab');
    times = 100;
    await expect(hindered.commit(life, `${tags}/v1/current/link`, utf8(''), signal)).rejects.toThrow(StorageError);
    expect(await readdir(place(layout.stage(life)))).toEqual([]);
  });

  it('commits an upload as a second name of the same file, without a copy', async () => {
    const upload = '/docker/registry/v2/repositories/alpine/_uploads/u1/data.l1';
    await driver.beginLife(life, signal);
    await driver.append(
      upload,
      0,
      (async function* () {
        yield utf8('bytes');
      })(),
      signal,
    );
    await driver.commitFile(life, upload, `${blob}/data`, signal);
    await driver.commitFile(life, upload, `${blob}/data`, signal);
    const [uploaded, committed] = [await stat(place(upload)), await stat(place(`${blob}/data`))];
    expect(committed.ino).toBe(uploaded.ino);
    expect(committed.nlink).toBe(2);
  });

  it('makes files and directories with the rights that any program would give them', async () => {
    await driver.beginLife(life, signal);
    await driver.commit(life, `${blob}/data`, utf8(''), signal);
    await driver.write(layout.storage, utf8(''), signal);
    await writeFile(place('/plain'), '');
    await mkdir(place('/folder'));
    const modeOf = async (path: string): Promise<number> => (await stat(place(path))).mode;
    for (const path of [`${blob}/data`, layout.storage]) expect(await modeOf(path)).toBe(await modeOf('/plain'));
    for (const path of [blob, layout.own]) expect(await modeOf(path)).toBe(await modeOf('/folder'));
  });

  it.skipIf(process.getuid?.() === 0)('G1: a directory that may not be read rejects', async () => {
    await mkdir(place(tags), { recursive: true });
    await chmod(place(tags), 0);
    await expect(driver.list(tags, signal)).rejects.toThrow(StorageError);
    await chmod(place(tags), 0o700);
  });
});
