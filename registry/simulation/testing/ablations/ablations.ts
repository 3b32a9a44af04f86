import { runSchedule } from '../schedule/schedule.ts';
import type { Ablation, Setting } from '../schedule/setting.ts';
import { fencesNothing, ForgetfulMembers, marksWith, NoMembers, OthersHeld, SpentTombstones } from './flawed.ts';

/** One mark is enough only where listings tell the truth. */
const honest: Setting['deceptions'] = { omissions: 0, lagMs: 0 };

/** Processes that stop right before what they do takes effect, and go on when all is over. */
const ambushing = (drawn: Setting): Setting => ({
  ...drawn,
  replicas: 2,
  activeMs: 9000,
  faults: 8,
  // Longer than promises last: what a commit touched before it fell asleep protects it no more.
  ambush: { at: 'commitsAndRemovals', leastMs: 4500, mostMs: 8000 },
  powerCuts: false,
  faultKinds: { ambush: 1, pause: 0, kill: 0, stop: 0, join: 0 },
  deceptions: honest,
  collection: { ...drawn.collection, confirmAfterMs: 0, untagged: 'Delete' },
});
/** Many clients, who wake whenever a run begins, and nothing else that goes wrong. */
const crowded = (drawn: Setting): Setting => ({
  ...drawn,
  replicas: 3,
  clients: 5,
  operators: 2,
  activeMs: 5000,
  faults: 0,
  deceptions: honest,
  collection: { ...drawn.collection, confirmAfterMs: 0, untagged: 'Delete' },
});
const cutting = (drawn: Setting): Setting => ({
  ...drawn,
  storage: 'filesystem',
  powerCuts: true,
  faults: drawn.faults + 2,
});

/** What is around the code, each switched off by itself: a simulation that finds nothing then would find nothing at all. */
const ablations = {
  'a storage that takes a rename from a stage, or into a door, that was taken away': {
    storage: { refusesLate: false },
    scene: (drawn) => ({ ...ambushing(drawn), storage: 'filesystem' }),
  },
  'a bucket that takes what has run out': {
    storage: { refusesLate: false },
    scene: (drawn) => ({ ...ambushing(drawn), storage: 'bucket' }),
  },
  'a bucket whose fences do not wait': {
    scene: (drawn) => ({ ...ambushing(drawn), storage: 'bucket' }),
    setting: (drawn) => ({ ...drawn, signed: { ...drawn.signed, ms: 30_000, isWaitedFor: false } }),
  },
  'an fsync that does nothing': { syncs: false, setting: cutting },
  'an executor that forgets the journals': {
    around: (ports) => ({ ...ports, records: { ...ports.records, members: new ForgetfulMembers(ports.driver) } }),
    scene: crowded,
  },
  'an executor that waits for no acknowledgement': {
    around: (ports) => ({ ...ports, records: { ...ports.records, members: new NoMembers(ports.driver) } }),
    scene: crowded,
  },
  'windows that do not hold what goes': {
    around: (ports) => ({ ...ports, records: { ...ports.records, held: new OthersHeld(ports.driver) } }),
    scene: crowded,
  },
  'a fence that is only said': {
    around: (ports) => ({ ...ports, driver: fencesNothing(ports.driver) }),
    scene: (drawn) => ({
      ...ambushing(drawn),
      operators: 3,
      ambush: { at: 'commits', leastMs: 4500, mostMs: 8000 },
    }),
  },
  'marks that look at no age': {
    around: (ports) => ({
      ...ports,
      openMarker: () => marksWith(ports.openMarker(), { freshMs: 0, minAgeMs: 0 }),
    }),
  },
  'listings that omit names, and marks that need no confirming': {
    setting: (drawn) => ({
      ...drawn,
      deceptions: { omissions: 0.03, lagMs: 0 },
      collection: { ...drawn.collection, confirmAfterMs: 0 },
    }),
  },
  'tombstones that are no roots': {
    aroundMark: (records, reader) => ({ ...records, tombstones: new SpentTombstones(reader) }),
    // Undone for longer than what is young protects what was deleted, by so few that nobody pushes the same layers meanwhile.
    scene: (drawn) => ({
      ...drawn,
      replicas: 1,
      clients: 1,
      operators: 2,
      activeMs: 12_000,
      faults: 0,
      deceptions: honest,
      collection: { ...drawn.collection, confirmAfterMs: 0, undoPeriodMs: 10_000, untagged: 'Delete' },
    }),
  },
  'deletions that ask nobody who refers': {
    around: (ports) => ({
      ...ports,
      referrers: { of: () => Promise.resolve([]), along: (...asked) => ports.referrers.along(...asked) },
    }),
  },
} as const satisfies Record<string, Ablation>;

export type AblationName = keyof typeof ablations;

export const ablationNames = Object.keys(ablations) as readonly AblationName[]; // what `Object.keys` says of a constant of ours

/** By a name that somebody typed. */
export function ablationNamed(name: string): Ablation {
  const known = ablationNames.find((each) => each === name);
  if (known === undefined) throw new Error(`nothing of that name can be switched off: ${name}`);
  return ablations[known];
}

export interface Caught {
  readonly seed: number;
  readonly violation: string;
  /** What goes wrong in the same circumstances with nothing switched off: nothing may. */
  readonly withoutIt: readonly string[];
}

/** The first seed whose schedule goes wrong with this off. */
export async function firstCaught(name: AblationName, within: number): Promise<Caught | undefined> {
  for (let seed = 1; seed <= within; seed += 1) {
    const ablation: Ablation = ablations[name];
    const [violation] = (await runSchedule(seed, ablation)).violations;
    if (violation === undefined) continue;
    const { scene } = ablation;
    const circumstances: Ablation = scene === undefined ? {} : { scene };
    return { seed, violation, withoutIt: (await runSchedule(seed, circumstances)).violations };
  }
  return undefined;
}
