import { truncateSync } from 'node:fs';
import type { Tombstone } from '../../../../core/reach/tombstone.ts';
import type { RunId } from '../../../../core/window/identity.ts';
import type { SourceProtections } from '../../../records/protections.ts';
import { layout } from '../../../storage/layout.ts';
import { minute } from '../collectorWorld.ts';
import { app } from '../scenes.ts';
import type { Fault, Scene, Struck } from './fault.ts';

/** Faults of our own records: what they keep would be unknown, so nothing goes. */
export const inRecords: Readonly<Record<string, Fault>> = {
  'a tombstone that is cut short': async (scene) => {
    const path = await bury(scene, 'cut');
    truncateSync(scene.tree.place(path), 40);
    return unreadable(path);
  },
  'a tombstone with a field that we do not know': (scene) => {
    const path = layout.tombstone('newer');
    return put(scene, path, JSON.stringify({ ...tombstoneOf(scene, 'newer'), keeps: 'everything' }));
  },
  'a tombstone under another’s name': (scene) =>
    put(scene, layout.tombstone('one'), JSON.stringify(tombstoneOf(scene, 'two'))),
  'a name among the tombstones that we do not give': (scene) => put(scene, `${layout.tombstones}/copy of a tomb`, '{}'),

  'protections that are cut short': async (scene) => {
    const path = await protect(scene, {});
    truncateSync(scene.tree.place(path), 10);
    return unreadable(path);
  },
  'protections of a source that says nothing any more': async (scene) => {
    const path = await protect(scene, {});
    scene.tree.drop(path);
    return stale('absent');
  },
  'protections that are too old': async (scene) => {
    const now = await storageNow(scene);
    await protect(scene, { observedAt: now - 11 * minute });
    return stale('stale');
  },
  'protections from the storage’s future': async (scene) => {
    const now = await storageNow(scene);
    await protect(scene, { observedAt: now + 11 * minute });
    return stale('ahead');
  },
  'protections that could not list everything': async (scene) => {
    await protect(scene, { complete: false });
    return stale('incomplete');
  },

  'suspects that are cut short': async (scene) => {
    const [run] = await suspectsOfOneMark(scene);
    truncateSync(scene.tree.place(layout.suspects(run)), 20);
    return { object: layout.suspects(run) };
  },
  'suspects of a version that we do not know': async (scene) => {
    const [run, bytes] = await suspectsOfOneMark(scene);
    bytes[8] = 99;
    await scene.world.records.suspects.write(run, bytes, scene.world.signal);
    return { object: layout.suspects(run) };
  },
  'a census that is no JSON': (scene) => put(scene, layout.census, '{'),
  'a storage.json that is gone': ({ tree }) => {
    tree.drop(layout.storage);
    return { object: 'storage.json' };
  },
  'a storage.json of another protocol': (scene) => put(scene, layout.storage, JSON.stringify({ protocol: 2 })),
};

function put({ tree }: Scene, path: string, content: string): Struck {
  tree.write(path, content);
  return unreadable(path);
}

function unreadable(path: string): Struck {
  return { object: path, reason: 'StorageError' };
}

function stale(why: string): Struck {
  return { object: `protections of cluster are ${why}`, reason: 'ProtectionsStale' };
}

function tombstoneOf({ old }: Scene, id: string): Tombstone {
  const names = { id, repository: app, kind: 'manifest', digest: old.digest, tags: [], group: [old.digest] } as const;
  return { ...names, at: 0, until: Number.MAX_SAFE_INTEGER, who: 'test', why: 'test' };
}

async function bury(scene: Scene, id: string): Promise<string> {
  await scene.world.records.tombstones.write(tombstoneOf(scene, id), scene.world.signal);
  return layout.tombstone(id);
}

async function protect(scene: Scene, changes: Partial<SourceProtections>): Promise<string> {
  const usual = { observedAt: await storageNow(scene), maxAgeMs: 10 * minute, complete: true, digests: [], tags: [] };
  await scene.world.records.protections.put('cluster', { ...usual, ...changes }, scene.world.signal);
  return layout.protectionsOf('cluster');
}

function storageNow({ world }: Scene): Promise<number> {
  return world.driver.now(world.signal);
}

/** The suspects that a mark of now leaves. */
async function suspectsOfOneMark({ world }: Scene): Promise<[run: RunId, bytes: Uint8Array]> {
  await world.collect({ mode: 'plan' });
  const [run] = await world.records.suspects.list(world.signal);
  const bytes = run && (await world.records.suspects.read(run, 1 << 20, world.signal));
  if (run === undefined || bytes === undefined) throw new Error('a mark that leaves no suspects');
  return [run, bytes];
}
