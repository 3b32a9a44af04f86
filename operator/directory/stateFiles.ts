import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type AnyResource, type Kind, kinds, keyOf } from '../resources/home.ts';
import type { DurableFiles } from './durableFiles.ts';
import { isAbsent, messageOf, StateError } from './failure.ts';
import { layout } from './layout.ts';
import type { Keeper, Write } from './ports.ts';
import { decode, decodeObject, version } from './stateCodec.ts';

/** Objects as files, each written whole. */
export function keeperOf(files: DurableFiles): Keeper {
  const keepOne = async ({ is, object }: Write): Promise<Error | undefined> => {
    const path = layout.object(object.kind, keyOf(object));
    try {
      if (is === 'gone') await files.remove(path);
      else await files.write(path, `${JSON.stringify(object)}\n`);
      return undefined;
    } catch (cause) {
      return new StateError(files.placeOf(path), `cannot be written: ${messageOf(cause)}`, { cause });
    }
  };
  return {
    keep: async (writes) => Promise.all(writes.map(keepOne)),
    reserve: async (reserved) => files.write(layout.version, `${JSON.stringify({ reserved })}\n`),
  };
}

/** The highest resource version that may be in use; 0 where none was reserved yet. */
export async function readVersion(files: DurableFiles): Promise<number> {
  const content = await files.read(layout.version);
  return content === undefined ? 0 : decode(version, files.placeOf(layout.version), content).reserved;
}

/** Every object that is kept. Rejects with `StateError` on what is not understood; one that goes away meanwhile is gone. */
export async function readObjects(files: DurableFiles): Promise<readonly AnyResource[]> {
  const found: AnyResource[] = [];
  await namesIn(files, layout.objects, (name) => kinds.some((kind) => kind === name));
  for (const kind of kinds) {
    for (const namespace of await namesIn(files, layout.kind(kind), () => true)) {
      const folder = join(layout.kind(kind), namespace);
      const names = await namesIn(files, folder, (name) => name.endsWith('.json'));
      const objects = await Promise.all(names.map(async (name) => readObject(files, kind, join(folder, name))));
      found.push(...objects.filter((object) => object !== undefined));
    }
  }
  return found;
}

async function readObject(files: DurableFiles, kind: Kind, path: string): Promise<AnyResource | undefined> {
  const content = await files.read(path);
  if (content === undefined) return undefined;
  const object = decodeObject(kind, files.placeOf(path), content);
  if (layout.object(kind, keyOf(object)) === path) return object;
  throw new StateError(files.placeOf(path), `not understood: holds ${JSON.stringify(object.metadata.name)}`);
}

/** Sorted. Names that begin with a dot are the file system's own (NFS keeps removed files so). */
async function namesIn(
  files: DurableFiles,
  path: string,
  isOurs: (name: string) => boolean,
): Promise<readonly string[]> {
  let names: readonly string[];
  try {
    names = await readdir(files.placeOf(path));
  } catch (cause) {
    if (isAbsent(cause)) return [];
    throw new StateError(files.placeOf(path), `cannot be read: ${messageOf(cause)}`, { cause });
  }
  const visible = names.filter((name) => !name.startsWith('.')).toSorted();
  const strange = visible.find((name) => !isOurs(name));
  if (strange !== undefined)
    throw new StateError(files.placeOf(join(path, strange)), 'not understood: not a name of ours');
  return visible;
}
