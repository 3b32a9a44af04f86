import { blobs, standing } from '../worlds.ts';
import { halfFenced, overtaken, sleptBeforeAnswer, sleptBeforeWriting, sleptInSweep } from '../scenes.ts';
import { type Ablation, both, files, objects } from './ablation.ts';
import { put, garbage, heads } from './props.ts';

/** Windows and permits. */
export const windows: readonly Ablation[] = [
  both('the lapse', ['lapse']),
  both('the lapse of windows that hold nothing', ['emptyWindowsLapse'], {
    wishes: [
      [put, put],
      [put, put],
    ],
    mood: { executorKill: 12 },
    isRare: true,
  }),
  both('ending a window before another run begins', ['windowsEndFirst'], {
    executors: 2,
    wishes: [[put, put, put]],
    prologue: sleptInSweep,
    mood: { tick: 60, firstSleep: { is: 'executor', at: 0, ticks: 12 } },
  }),
  files('releasing by a newer gate only', ['releasedByGateOnly'], {
    wishes: [[put, put, put, put]],
    prologue: sleptInSweep,
    setting: { budgetMs: 60 },
    mood: { tick: 20, firstSleep: { is: 'executor', at: 0, ticks: 40 } },
  }),
  objects('releasing by a newer gate only (S3)', ['releasedByGateOnly'], {
    wishes: [[put, put, put, put]],
    setting: { budgetMs: 60, attemptMs: 10 },
    mood: { tick: 20, stall: 12, hurry: 1, executorPause: 30 },
    isRare: true,
  }),
  files('any permit', ['permit'], {
    objects: blobs('b0'),
    wishes: [heads('b0')],
    prologue: sleptBeforeAnswer,
    mood: { tick: 6, firstSleep: { is: 'replica', at: 0, ticks: 160 } },
  }),
  objects('any permit (S3)', ['permit'], {
    wishes: [[put]],
    prologue: halfFenced,
    mood: { tick: 15, firstSleep: { is: 'replica', at: 0, ticks: 40 } },
  }),
  objects('an unbroken permit, and asking for the record', ['unbrokenPermit', 'recordChecked'], {
    wishes: [[put]],
    prologue: sleptBeforeWriting,
    mood: { tick: 6, firstSleep: { is: 'replica', at: 0, ticks: 80 } },
  }),
  both('looking again before a promise', ['looksAgain'], {
    objects: blobs('b0'),
    wishes: [heads('b0')],
    prologue: sleptBeforeAnswer,
    mood: { tick: 6, firstSleep: { is: 'replica', at: 0, ticks: 160 } },
  }),
  files('tidying by epoch and not by name', ['tidyByEpoch'], {
    executors: 2,
    replicas: 2,
    objects: { ...garbage, ...standing('m1'), ...standing('m4'), ...blobs('b4') },
    setting: { batchSize: 1 },
    wishes: [[{ call: 'put', digest: 'm4', tag: 't0' }]],
    prologue: overtaken,
    mood: { leave: 10, kill: 1_000, tick: 20, firstSleep: { is: 'executor', at: 1, ticks: 25 }, call: 6 },
  }),
  both('fencing the silent by the gate', ['silentFencedByGate'], {
    setting: { silentMs: 0 },
    replicas: 2,
    wishes: [
      [put, put, put],
      [put, put, put],
    ],
    mood: { housework: 1, tick: 40, pause: 60 },
    isRare: true,
  }),
].flat();
