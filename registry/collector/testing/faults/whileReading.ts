import { layout } from '../../../storage/layout.ts';
import { type Driver, StorageError } from '../../../storage/driver.ts';
import { StoreTree } from '../../inventory/storeTree.ts';
import { SyncTree } from '../../inventory/syncTree.ts';
import type { TreeReader } from '../../inventory/treeReader.ts';
import { minute } from '../collectorWorld.ts';
import { app, v1 } from '../scenes.ts';
import type { Fault, Scene, Struck } from './fault.ts';

/** Faults that show only while the mark reads: a disk that fails, a listing that lies, a file that goes or changes under it, a clock that jumps. */
export const whileReading: Readonly<Record<string, Fault>> = {
  'EIO from a listing': (scene) => failing(scene, 'list', layout.revisions(app)),
  'EIO from reading a link': (scene) => failing(scene, 'readSmall', layout.tagLink(app, v1)),
  'EIO from reading a manifest': (scene) => failing(scene, 'readSmall', layout.blob(scene.recent.digest)),
  'EIO from looking at data': (scene) => failing(scene, 'stat', layout.blob(scene.garbage.config)),

  'ENOENT between listing and reading a manifest': (scene) => {
    const path = layout.blob(scene.recent.digest);
    const reading = lying(scene, { read: (asked, answer) => (asked === path ? undefined : answer) });
    return { ...reading, object: `${app}@${scene.recent.digest}` };
  },
  'a manifest that becomes shorter while it is read': (scene) => {
    const path = layout.blob(scene.recent.digest);
    const cut = (asked: string, file: Read): Read =>
      asked === path && file !== undefined ? { ...file, bytes: file.bytes.subarray(0, -1) } : file;
    return { ...lying(scene, { read: cut }), object: path };
  },
  'a listing that misses a page': async (scene) => {
    await countMany(scene);
    const short = (asked: string, names: Names): Names => (asked === layout.tags(app) ? names?.slice(0, 10) : names);
    return { ...lying(scene, { list: short }), object: 'tags: 32 were listed before and 10 now' };
  },
  'a listing that misses a whole folder of blobs': async (scene) => {
    await countMany(scene);
    const none = (asked: string, names: Names): Names => (asked === layout.blobsOf('sha256') ? [] : names);
    return { ...lying(scene, { list: none }), object: `${app}@` };
  },
  'a listing that says a directory is not there': async (scene) => {
    await countMany(scene);
    const absent = (asked: string, names: Names): Names => (asked === layout.repositories ? undefined : names);
    return { ...lying(scene, { list: absent }), object: app };
  },
  'a listing with a name twice as long as any': (scene) => {
    const more = (asked: string, names: Names): Names =>
      asked === layout.tags(app) ? [...(names ?? []), 'x'.repeat(256)] : names;
    return { ...lying(scene, { list: more }), object: `${layout.tags(app)}/xxx` };
  },

  'a clock that jumps': ({ world }) => {
    let asked = 0;
    const clock = { now: async () => (await world.driver.now(world.signal)) + (asked++ === 0 ? 0 : 10 * minute) };
    return { ports: { openMarker: () => world.inThread({ clock }) }, object: 'the storage’s clock' };
  },
  'a clock that stands still while the mark goes on': ({ world }) => {
    let mono = 0;
    const ports = { openMarker: () => world.inThread({ mono: () => (mono += 10 * minute) }) };
    return { ports, object: 'the storage’s clock' };
  },

  'a link that nobody of us wrote': ({ world, tree, recent }) => {
    const marker = world.inThread();
    const mark = marker.mark.bind(marker);
    marker.mark = (order) => {
      tree.tag(app, 'foreign', recent.digest); // after the acknowledgements, by somebody without a journal
      return mark(order);
    };
    return { ports: { openMarker: () => marker }, object: `${app}:foreign`, reason: 'ForeignWriter' };
  },
  'a tag that cannot be read any more in its window': ({ world, tree }) => {
    const marker = world.inThread();
    const plan = marker.plan.bind(marker);
    marker.plan = async (order) => {
      const summary = await plan(order);
      tree.write(layout.tagLink(app, v1), '');
      return summary;
    };
    return { ports: { openMarker: () => marker }, object: layout.tagLink(app, v1) };
  },
};

type Names = readonly string[] | undefined;
type Read = Awaited<ReturnType<TreeReader['read']>>;

interface Lies {
  readonly list?: (path: string, names: Names) => Names;
  readonly read?: (path: string, file: Read) => Read;
}

/** A mark over a tree that answers wrongly. */
function lying({ world, tree }: Scene, { list, read }: Lies): Pick<Struck, 'ports'> {
  const real = new SyncTree(tree.root);
  const reader: TreeReader = {
    list: (path) => (list ?? same)(path, real.list(path)),
    look: (path) => real.look(path),
    read: (path, limitBytes) => (read ?? same)(path, real.read(path, limitBytes)),
    rest: () => real.rest(),
  };
  return { ports: { openMarker: () => world.inThread({ tree: reader }) } };
}

function same<T>(_path: string, answer: T): T {
  return answer;
}

/** A mark over a driver whose call fails as a disk does that is going bad. */
function failing({ world }: Scene, call: 'list' | 'readSmall' | 'stat', path: string): Struck {
  const store = new Proxy<Driver>(world.driver, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...given: unknown[]): unknown =>
        name === call && given[0] === path
          ? Promise.reject(new StorageError(path, 'EIO: i/o error'))
          : (Reflect.apply(value, target, given) as unknown);
    },
  });
  return {
    ports: { openMarker: () => world.inThread({ tree: new StoreTree(store, world.signal) }) },
    object: path,
  };
}

/** Thirty tags more, and a mark that counted them. */
async function countMany({ world, tree }: Scene): Promise<void> {
  for (let number = 0; number < 30; number++) tree.image(app, `many ${number}`, { tag: `many-${number}` });
  tree.age(10 * minute);
  await world.collect({ mode: 'plan' });
}
