import type { Name } from './names.ts';
import type { Path, Storage } from './records.ts';
import { isManifest, linkPath, referencesOf, type Setting } from './setting.ts';

/** What must hold of every storage at every moment, whoever wrote what: `undefined`, or what is wrong. */
export function flawOf(setting: Setting, now: number, storage: Storage): string | undefined {
  for (const [path, { digest }] of storage.objects) {
    if (!path.startsWith('tag:')) continue;
    const missing = missingOf(setting, storage, digest);
    if (missing !== undefined) return `G2: ${path} refers to ${digest}, and ${missing} is missing`;
  }
  for (const { digest, until } of storage.tombstones.values()) {
    if (until < now) continue;
    const missing = missingOf(setting, storage, digest, true);
    if (missing !== undefined) return `D4: ${digest} can be undone until ${until}, and ${missing} is missing`;
  }
  return undefined;
}

/** The first link or bytes that are not there. Of what is buried, the revision is not looked for, nor of a child that was itself deleted since. */
export function missingOf(setting: Setting, storage: Storage, digest: Name, isBuried = false): Path | undefined {
  for (const path of ownPaths(setting, digest))
    if (!(isBuried && path.startsWith('revision:')) && !storage.objects.has(path)) return path;
  for (const reference of referencesOf(setting, digest)) {
    const layer = linkPath(setting, digest, reference);
    if (layer.startsWith('layer:') && !storage.objects.has(layer)) return layer;
    const below = missingOf(setting, storage, reference, isBuried && isBuriedItself(storage, reference));
    if (below !== undefined) return below;
  }
  return undefined;
}

function ownPaths(setting: Setting, digest: Name): readonly Path[] {
  if (!isManifest(setting, digest)) return [`data:${digest}`];
  return setting.frame === 'whole' ? [`data:${digest}`, `revision:${digest}`] : [];
}

function isBuriedItself({ tombstones }: Storage, digest: Name): boolean {
  return tombstones.values().some((tombstone) => tombstone.of === 'manifest' && tombstone.digest === digest);
}

const kept = new WeakMap<Setting['manifests'], Map<Name, ReadonlySet<Path>>>();

/** All that a promise of this digest stands on; `layer:<digest>` is the promise of a mount. */
export function keptBy(setting: Setting, promised: Name): ReadonlySet<Path> {
  const known = kept.get(setting.manifests) ?? new Map<Name, ReadonlySet<Path>>();
  kept.set(setting.manifests, known);
  const already = known.get(promised);
  if (already !== undefined) return already;
  const paths = new Set<Path>();
  const isMount = promised.startsWith('layer:');
  if (isMount) paths.add(promised);
  const names = new Set([isMount ? promised.slice('layer:'.length) : promised]);
  for (const name of names) {
    for (const path of ownPaths(setting, name)) paths.add(path);
    for (const reference of referencesOf(setting, name)) {
      paths.add(linkPath(setting, name, reference));
      names.add(reference);
    }
  }
  known.set(promised, paths);
  return paths;
}
