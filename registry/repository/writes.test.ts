import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StorageError } from '../storage/driver.ts';
import { FilesystemDriver } from '../storage/filesystem/driver.ts';
import { layout } from '../storage/layout.ts';
import { lifeId, namesAt, signal, textAt, utf8 } from '../storage/testing/testStorage.ts';
import { Refused } from '../window/admission.ts';
import { mustLandInTurn } from './writes.ts';

const life = lifeId('l1');
const paths = ['/docker/a/data', '/docker/b/link', '/docker/c/d/link'];
const writes = paths.map((path) => ({ path, content: { bytes: utf8('bytes') } }));

describe('writes that follow each other', () => {
  let root: string;
  let store: FilesystemDriver;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'coppice-writes-'));
    store = new FilesystemDriver(root);
    await store.beginLife(life, signal);
  });
  afterEach(async () => rm(root, { recursive: true }));

  const standing = async (): Promise<string[]> => {
    const texts = await Promise.all(paths.map(async (path) => textAt(store, path)));
    return paths.filter((_, at) => texts[at] === 'bytes');
  };
  const operation = (mustStillHold: () => void) => ({ life, signal, mustStillHold });

  it('all stand when it resolves, and nothing is left in the stage', async () => {
    await mustLandInTurn(
      store,
      operation(() => undefined),
      writes,
    );
    expect(await standing()).toEqual(paths);
    expect(await namesAt(store, layout.stage(life))).toEqual([]);
  });

  it('W7: asks before each of them whether the operation still holds, and no later one is seen', async () => {
    let asked = 0;
    const untilTheThird = (): void => {
      asked += 1;
      if (asked > 3) throw new Refused('lifeEnded', 'the permit is over', 1);
    };
    await expect(mustLandInTurn(store, operation(untilTheThird), writes)).rejects.toThrow(Refused);
    expect(await standing()).toEqual(paths.slice(0, 2));
    expect(await namesAt(store, layout.stage(life))).toEqual([]);
  });

  it('W1: none is seen after the life has ended', async () => {
    let asked = 0;
    const driver = new FilesystemDriver(root, {
      before: async () => {
        asked += 1;
        if (asked === 2) await store.endLife(life, signal);
      },
    });
    const landing = mustLandInTurn(
      driver,
      operation(() => undefined),
      writes,
    );
    await expect(landing).rejects.toThrow(Refused);
    expect(await standing()).toEqual(paths.slice(0, 1));
  });

  it('none is seen where one of them cannot be made ready, and nothing is left in the stage', async () => {
    const withMissing = [...writes, { path: '/docker/e/data', content: { from: '/docker/absent' } }];
    const landing = mustLandInTurn(
      store,
      operation(() => undefined),
      withMissing,
    );
    await expect(landing).rejects.toThrow(StorageError);
    expect(await standing()).toEqual([]);
    expect(await namesAt(store, layout.stage(life))).toEqual([]);
  });
});
