import { apply, isPossible, type Move, movesOfReplica } from './moves.ts';
import type { Name } from './names.ts';
import type { MakeStart, Mood } from './schedule.ts';
import type { Rule, Setting } from './setting.ts';
import { anyWorld, blobs, hurried, setting, sleepy, standing, worldOf } from './worlds.ts';
import type { Path, Wish, World } from './world.ts';

/** One or more rules switched off, and a world in which the history that needs them is likely. */
export interface Ablation {
  readonly name: string;
  readonly without: readonly Rule[];
  readonly makeStart: MakeStart;
}

interface Stage {
  readonly objects?: Readonly<Record<Path, Name>>;
  readonly replicas?: number;
  readonly executors?: number;
  readonly wishes: readonly (readonly Wish[])[];
  readonly setting?: Partial<Setting>;
  readonly mood?: Partial<Mood>;
  readonly prologue?: (world: World) => World;
}

const put: Wish = { call: 'put', digest: 'm0', tag: 't0' };
const again: readonly Wish[] = [put, { call: 'delete', digest: 'm0' }];
const gets = Array<Wish>(20).fill({ call: 'get', digest: 'm0' });
const overAndOver: readonly Wish[] = [...again, ...again, ...again, ...again];
const garbage = { ...blobs('b0', 'b1', 'b2'), ...standing('m0') };

function on(name: string, without: readonly Rule[], stage?: Stage): Ablation {
  if (stage === undefined) return { name, without, makeStart: anyWorld(without) };
  const world = worldOf({
    setting: { ...setting, policy: [], ...stage.setting, without },
    objects: stage.objects ?? garbage,
    replicas: stage.replicas ?? 1,
    executors: stage.executors ?? 1,
    runs: 8,
    wishes: stage.wishes,
  });
  const begun = stage.prologue?.(world) ?? world;
  const mood = { ...hurried, ...stage.mood };
  return { name, without, makeStart: () => ({ world: begun, mood }) };
}

/** The second executor begins a run, by its clock the later one, and sleeps before it has tidied up; the first begins over its MARKING. */
function overtaken(world: World): World {
  let next = apply(
    world,
    { who: 'executor', at: 1, does: 'begin', marks: true, overMarking: false, behind: 0 },
    unheard,
  );
  while (next.executors[1]?.running?.effect.do !== 'tidy')
    next = apply(next, { who: 'executor', at: 1, does: 'step' }, unheard);
  return apply(
    next,
    { who: 'executor', at: 0, does: 'begin', marks: true, overMarking: true, behind: next.serial },
    unheard,
  );
}

/** A push may write its tag, and sleeps before the call; an executor fences its life, and dies before it has taken the stage away. Long after, anything goes. */
function halfFenced(world: World): World {
  let next = apply(world, { who: 'client', at: 0, to: 0 }, unheard);
  while (
    next.storage.objects.get('revision:m0')?.writer === 0 ||
    next.replicas[0]?.operations[0]?.steps[0]?.do !== 'land'
  )
    next = apply(next, { who: 'replica', at: 0, does: 'operation', index: 0 }, unheard);
  next = apply(next, { who: 'executor', at: 0, does: 'begin', marks: true, overMarking: true, behind: 0 }, unheard);
  const step: Move = { who: 'executor', at: 0, does: 'step' };
  while (next.executors[0]?.running?.effect.do !== 'wait') next = apply(next, step, unheard);
  next = apply(next, { who: 'clock', ticks: next.setting.durations.windowMs }, unheard);
  while (next.executors[0]?.running?.state.at !== 'fencing') next = apply(next, step, unheard);
  next = apply(apply(next, step, unheard), { who: 'executor', at: 0, does: 'kill' }, unheard);
  return apply(next, { who: 'clock', ticks: next.setting.durations.promiseTTLMs * 2 }, unheard);
}

/** A life has read the gate, and is fenced before it has acknowledged it: it has a permit, and a call to answer. */
function fencedWithPermit(world: World): World {
  let next = apply(
    world,
    { who: 'executor', at: 0, does: 'begin', marks: true, overMarking: true, behind: 0 },
    unheard,
  );
  const step: Move = { who: 'executor', at: 0, does: 'step' };
  while (next.executors[0]?.running?.effect.do !== 'wait') next = apply(next, step, unheard);
  const { windowMs } = next.setting.durations;
  next = apply(next, { who: 'clock', ticks: windowMs / 2 - 1 }, unheard);
  for (let look = 0; look < 3; look += 1)
    next = apply(next, { who: 'replica', at: 0, does: 'poll', index: 0 }, unheard);
  next = apply(next, { who: 'clock', ticks: 1 }, unheard);
  while (next.executors[0]?.running !== undefined) next = apply(next, step, unheard);
  next = apply(next, { who: 'client', at: 0, to: 0 }, unheard);
  return apply(next, { who: 'replica', at: 0, does: 'operation', index: 0 }, unheard);
}

/** An executor has looked at the gate one last time, and sleeps before the removal. */
function sleptInSweep(world: World): World {
  let next = apply(
    world,
    { who: 'executor', at: 0, does: 'begin', marks: true, overMarking: true, behind: 0 },
    unheard,
  );
  while (next.executors[0]?.running?.notebook.removing[0]?.do !== 'land') {
    next = apply(next, { who: 'executor', at: 0, does: 'step' }, unheard);
    for (const move of movesOfReplica(next, 0)) next = isPossible(next, move) ? apply(next, move, unheard) : next;
  }
  return next;
}

const unheard = (): void => undefined;

const restless: Partial<Mood> = { leave: 25, kill: 60, tick: 20 };
const drowsy: Partial<Mood> = {
  ...sleepy,
  kill: 250,
  leave: 250,
  stall: 600,
  tick: 5,
  longTick: 16,
  pause: 10,
  executorPause: 10,
  sleep: 120,
  steps: 900,
};

export const ablations: readonly Ablation[] = [
  on('the handshake of MARKING', ['handshake']),
  on('the journal', ['journal']),
  on('freshness', ['freshness']),
  on('ageing and dropping of caches', ['cacheAgesAndDrops']),
  on('a permit for what is cached', ['cachedUnderPermit'], {
    replicas: 2,
    objects: { ...standing('m0', 't0'), ...blobs('b0', 'b1') },
    setting: { budgetMs: 60 },
    wishes: [
      [{ call: 'delete', digest: 'm0' }],
      [{ call: 'head', digest: 'm0' }, { call: 'head', digest: 'm0' }, ...gets],
    ],
    mood: { tick: 8, longTick: 1_000, leave: 10_000, kill: 10_000, pause: 40, sleep: 120, call: 12 },
  }),
  on('the fence', ['fence'], { wishes: [overAndOver], replicas: 2, mood: drowsy }),
  on('the wait after a fence', ['fenceWaits'], {
    objects: blobs('b0'),
    wishes: [[{ call: 'head', digest: 'b0' }]],
    prologue: fencedWithPermit,
    mood: { tick: 60, firstSleep: { is: 'replica', at: 0, ticks: 6 } },
  }),
  on('the end of a fence whose executor died', ['fencesFinishedFirst'], {
    wishes: [[put]],
    prologue: halfFenced,
    mood: { tick: 15, firstSleep: { is: 'replica', at: 0, ticks: 40 } },
  }),
  on('the stage: late writes land', ['stage'], { wishes: [[put, put, put]], mood: drowsy }),
  on('the door: late removals land', ['door'], {
    wishes: [[put, put, put]],
    prologue: sleptInSweep,
    mood: { tick: 10, firstSleep: { is: 'executor', at: 0, ticks: 60 } },
  }),
  on('the epoch in acknowledgements', ['acksOfThisEpoch']),
  on('registration before the permit', ['registersFirst'], {
    wishes: [[put, put, put]],
    mood: { ...restless, leave: 12, call: 3, kill: 40 },
  }),
  on('relearning the phase at a start', ['phaseRelearned']),
  on('the lapse', ['lapse']),
  on('the record of a life that left', ['leavingKeepsRecord'], { wishes: [[put, put]], mood: restless }),
  on('tidying by epoch and not by name', ['tidyByEpoch'], {
    executors: 2,
    replicas: 2,
    objects: { ...garbage, ...standing('m1'), ...standing('m4'), ...blobs('b4') },
    setting: { batchSize: 1 },
    wishes: [[{ call: 'put', digest: 'm4', tag: 't0' }]],
    prologue: overtaken,
    mood: { leave: 10, kill: 1_000, tick: 20, firstSleep: { is: 'executor', at: 1, ticks: 25 }, call: 6 },
  }),
  on('windows for requests', ['requestsInWindows']),
  on('draining before the acknowledgement', ['drainBeforeAck']),
  on('listing tags again after the acknowledgements', ['tagsListedAgain']),
  on('listing referrers again after the acknowledgements', ['referrersListedAgain']),
  on('the closure of spares, and what stays keeping its references', ['spareClosure', 'staysKeepsItsReferences'], {
    wishes: [
      [
        { call: 'put', digest: 'm2' },
        { call: 'put', digest: 'm2' },
      ],
    ],
    objects: { ...garbage, ...standing('m1') },
  }),
  on('what stays keeps its references', ['staysKeepsItsReferences'], {
    wishes: [['m0', 'm1', 'm0', 'm1'].map((digest): Wish => ({ call: 'head', digest }))],
    objects: { ...garbage, ...standing('m1') },
    setting: { attemptMs: 13, batchSize: 2 },
    mood: { tick: 8, call: 25 },
  }),
  on('spares of earlier windows', ['sparesCarried']),
  on('tombstones sparing what they reach', ['tombstonesSpare'], { wishes: [[{ call: 'delete', digest: 'm0' }]] }),
  on('tombstones as roots', ['tombstonesAreRoots']),
];
