import type { Wish } from '../world.ts';
import { blobs, standing } from '../worlds.ts';
import { fencedWithPermit, halfFenced, sleptInSweep } from '../scenes.ts';
import { type Ablation, both, files, objects } from './ablation.ts';
import { put, remove, overAndOver, garbage, tagged, drowsy, heads } from './props.ts';

/** Late calls: what the storage refuses, and what it may not be asked. */
export const refusal: readonly Ablation[] = [
  files('the fence', ['fence'], { wishes: [overAndOver], replicas: 2, mood: drowsy }),
  both('the wait after a fence', ['fenceWaits'], {
    objects: blobs('b0'),
    wishes: [heads('b0')],
    prologue: fencedWithPermit,
    mood: { tick: 60, firstSleep: { is: 'replica', at: 0, ticks: 6 } },
  }),
  files('the end of a fence whose executor died', ['fencesFinishedFirst'], {
    wishes: [[put]],
    prologue: halfFenced,
    mood: { tick: 15, firstSleep: { is: 'replica', at: 0, ticks: 40 } },
  }),
  files('the stage: late writes land', ['stage'], {
    wishes: [[put]],
    prologue: halfFenced,
    mood: { tick: 15, firstSleep: { is: 'replica', at: 0, ticks: 40 } },
  }),
  files('the door: late removals land', ['door'], {
    wishes: [[put, put, put]],
    prologue: sleptInSweep,
    mood: { tick: 10, firstSleep: { is: 'executor', at: 0, ticks: 60 } },
  }),
  objects('an expiry on writes', ['signedWrites'], {
    wishes: [[put]],
    prologue: halfFenced,
    mood: { tick: 15, firstSleep: { is: 'replica', at: 0, ticks: 40 } },
  }),
  objects('an expiry on removals', ['signedRemovals'], {
    wishes: [[put, put, put]],
    prologue: sleptInSweep,
    mood: { tick: 10, firstSleep: { is: 'executor', at: 0, ticks: 60 } },
  }),
  objects('in flight until the expiry: writes without an answer', ['unansweredInFlight'], {
    objects: tagged,
    replicas: 2,
    wishes: [
      [put, put],
      [remove, remove],
    ],
    mood: { tick: 60, giveUp: 3, arrive: 30 },
  }),
  objects('waiting for the expiry of removals without an answer', ['unansweredAwaited'], {
    objects: tagged,
    wishes: [overAndOver],
    mood: { giveUp: 3, arrive: 30 },
  }),
  objects('looking again after that expiry', ['unansweredLookedAgain'], {
    objects: tagged,
    wishes: [overAndOver],
    mood: { giveUp: 3, arrive: 30 },
  }),
  objects('no second attempt of a write', ['noRetries'], {
    objects: tagged,
    replicas: 2,
    wishes: [overAndOver, overAndOver],
    mood: { tick: 60, giveUp: 3, arrive: 60 },
  }),
  objects('comparing tags, where writes are attempted twice', ['comparesTags', 'noRetries'], {
    objects: { ...garbage, ...standing('m1') },
    replicas: 2,
    wishes: [[put, put, put], Array<Wish>(3).fill({ call: 'put', digest: 'm1', tag: 't0' })],
    mood: { tick: 60, giveUp: 3, arrive: 60, call: 6 },
  }),
  both('never undoing a write', ['noUndo'], {
    replicas: 2,
    objects: blobs('b0', 'b1'),
    wishes: [
      [put, put, put],
      [put, put, put],
    ],
    mood: drowsy,
  }),
  both('503 and not 404 for what was refused', ['refusedIsNotUnknown']),
].flat();
