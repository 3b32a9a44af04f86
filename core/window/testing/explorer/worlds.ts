import { firstGate } from '../../gate.ts';
import { clientWishing } from './client.ts';
import { apply } from './moves.ts';
import { type Name, storageName } from './names.ts';
import type { Random } from './random.ts';
import { newReplica } from './passing.ts';
import type { Mood, Start } from './trial.ts';
import type { Path, Stored } from './records.ts';
import type { Rule } from './rules.ts';
import type { Manifest, Setting } from './setting.ts';
import type { Wish, World } from './world.ts';

/** Worlds to explore. Durations are ticks: a window is two permits, a promise outlasts both. */

const manifests: Readonly<Record<Name, Manifest>> = {
  m0: { references: ['b0', 'b1'] },
  m1: { references: ['b1', 'b2'] },
  m2: { references: ['m0', 'm1'] },
  m3: { references: ['b3'], subject: 'm0' },
  m4: { references: ['b4', 'b2'] },
  m5: { references: ['b1', 'b2'], mounts: true },
};

export const setting: Setting = {
  storage: 'filesystem',
  durations: { permitTTLMs: 8, windowMs: 16, promiseTTLMs: 24 },
  attemptMs: 2,
  budgetMs: 10,
  undoMs: 80,
  confirmMs: 0,
  silentMs: 60,
  manifests,
  frame: 'whole',
  batchSize: 2,
  tries: 3,
  policy: ['t1'],
  slowAsking: true,
  without: [],
};

export interface Cast {
  readonly setting: Setting;
  readonly objects: Readonly<Record<Path, Name>>;
  readonly replicas: number;
  readonly executors: number;
  readonly runs: number;
  readonly wishes: readonly (readonly Wish[])[];
  /** Listings that will omit an entry. */
  readonly lies?: number;
}

/** A world in which all that lies there is old, and every replica has read the gate once. */
export function worldOf({ setting, objects, replicas, executors, runs, wishes, lies = 0 }: Cast): World {
  const old = (digest: Name): Stored => ({ at: -1_000, digest, writer: 0 });
  let world: World = {
    setting,
    now: 0,
    serial: 0,
    storage: {
      gate: firstGate(storageName, setting.durations),
      held: new Map(),
      members: new Map(),
      segments: new Map(),
      stages: new Set(),
      doors: new Map(),
      objects: new Map(Object.entries(objects).map(([path, digest]) => [path, old(digest)])),
      tombstones: new Map(),
      requests: new Map(),
      protections: new Set(),
      suspects: [],
    },
    replicas: Array.from({ length: replicas }, () => newReplica('')),
    executors: Array.from({ length: executors }, () => ({ lag: 0, running: undefined, runsLeft: runs })),
    clients: wishes.map((each) => clientWishing(each, setting.tries)),
    housekeeper: { at: 'idle' },
    network: [],
    lies,
  };
  const steps = setting.slowAsking ? 3 : 2;
  for (const at of world.replicas.keys()) {
    for (const does of ['start', 'start', 'start', ...Array<'poll'>(steps).fill('poll')] as const)
      world = apply(world, { who: 'replica', at, does, index: 0 }, () => undefined);
  }
  return world;
}

/** Manifest and revision, and the tags that name it. */
export function standing(digest: Name, ...tags: readonly Name[]): Record<Path, Name> {
  const links = [`data:${digest}`, `revision:${digest}`, ...tags.map((tag) => `tag:${tag}`)];
  return Object.fromEntries(links.map((path) => [path, digest]));
}

export function blobs(...digests: readonly Name[]): Record<Path, Name> {
  return Object.fromEntries(digests.map((digest) => [`data:${digest}`, digest]));
}

/** Hurried: most of what happens, happens at once. Sleepy: every process sleeps often, some for long. Deadly: executors die in their windows. */
export const hurried: Mood = {
  steps: 1_600,
  tick: 30,
  call: 2,
  longTick: 200,
  pause: 250,
  executorPause: 120,
  sleep: 40,
  kill: 4_000,
  leave: 1_500,
  executorKill: 1_000,
  stall: 2_000,
  hurry: 4,
  giveUp: 40,
  arrive: 60,
  misread: 6,
  housework: 6,
  skew: 4,
};
export const sleepy: Mood = { ...hurried, tick: 16, longTick: 24, pause: 30, executorPause: 30, sleep: 80 };
const deadly: Mood = { ...hurried, kill: 500, leave: 300, tick: 24, executorKill: 200 };

const wants: readonly Wish[] = [
  { call: 'push', digest: 'm0', tag: 't0' },
  { call: 'push', digest: 'm0', tag: 't1' },
  { call: 'push', digest: 'm1', tag: 't0' },
  { call: 'push', digest: 'm1', tag: 't1' },
  { call: 'push', digest: 'm2', tag: 't2' },
  { call: 'push', digest: 'm3' },
  { call: 'put', digest: 'm2', tag: 't0' },
  { call: 'put', digest: 'm0', tag: 't2' },
  { call: 'head', digest: 'b1' },
  { call: 'head', digest: 'm0' },
  { call: 'blob', digest: 'b2' },
  { call: 'mount', digest: 'b1' },
  { call: 'push', digest: 'm5', tag: 't3' },
  { call: 'push', digest: 'm5' },
  { call: 'protect', digest: 'm0' },
  { call: 'protect', digest: 'm4' },
  { call: 'delete', digest: 'm0' },
  { call: 'delete', digest: 'm1' },
  { call: 'delete', digest: 'm2' },
  { call: 'undelete', digest: 'm0' },
  { call: 'undelete', digest: 'm1' },
  { call: 'get', digest: 'm0' },
];

/** Anything at all, and much of it at once. */
export function anyWorld(without: readonly Rule[] = [], storage?: Setting['storage']): (random: Random) => Start {
  return (random) => {
    const lies = random.oneIn(4) ? 1 : 0;
    const heap = {
      ...blobs('b0', 'b1', 'b2', 'b3', 'b4'),
      ...standing('m0', ...(random.oneIn(2) ? ['t1'] : [])),
      ...standing('m4'),
    };
    const world = worldOf({
      setting: {
        ...setting,
        storage: storage ?? (random.oneIn(2) ? 'objects' : 'filesystem'),
        batchSize: 1 + random.below(3),
        slowAsking: random.oneIn(2),
        // Only a second mark stands between a listing that lies and the loss of what it omits.
        confirmMs: lies > 0 ? 12 : 0,
        without,
      },
      lies,
      objects: random.oneIn(2) ? { ...heap, ...standing('m1', 't1') } : heap,
      replicas: 1 + random.below(3),
      executors: 1 + random.below(2),
      runs: 15,
      wishes: Array.from({ length: 2 + random.below(2) }, () =>
        Array.from({ length: 2 + random.below(3) }, () => random.pick(wants)),
      ),
    });
    return { world, mood: { ...random.pick([hurried, hurried, sleepy, deadly]), steps: 200 + random.below(600) } };
  };
}

/** One blob that nothing refers to, a push that will, and a run that would remove it: small enough to be searched to its end. */
export function smallWorld(
  cast: Partial<Pick<Cast, 'replicas' | 'executors' | 'runs' | 'wishes'>>,
  without: readonly Rule[] = [],
  storage: Setting['storage'] = 'filesystem',
): World {
  return worldOf({
    setting: {
      ...setting,
      storage,
      durations: { permitTTLMs: 1, windowMs: 2, promiseTTLMs: 4 },
      attemptMs: 1,
      budgetMs: 1,
      manifests: { m0: { references: ['b0'] } },
      frame: 'tagOnly',
      tries: 1,
      slowAsking: false,
      without,
    },
    objects: blobs('b0'),
    replicas: 1,
    executors: 1,
    runs: 1,
    wishes: [[{ call: 'put', digest: 'm0', tag: 't0' }]],
    ...cast,
  });
}
