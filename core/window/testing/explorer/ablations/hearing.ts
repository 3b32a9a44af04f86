import { blobs, standing } from '../worlds.ts';
import { type Ablation, both, files, objects } from './ablation.ts';
import { put, garbage, restless, heads } from './props.ts';

/** What executors hear of replicas, and what they spare for it. */
export const hearing: readonly Ablation[] = [
  both('the handshake of MARKING', ['handshake']),
  both('the journal', ['journal']),
  both('the journal of windows', ['journalOfWindows']),
  both('the epoch in acknowledgements', ['acksOfThisEpoch']),
  both('the record of a life that left', ['leavingKeepsRecord'], { wishes: [[put, put]], mood: restless }),
  both('draining before the acknowledgement', ['drainBeforeAck']),
  files('registration before the permit', ['registersFirst'], {
    wishes: [[put, put, put]],
    mood: { ...restless, leave: 12, call: 3, kill: 40 },
    isRare: true,
  }),
  files('relearning the phase at a start', ['phaseRelearned'], {
    wishes: [[put, put, put, put]],
    replicas: 2,
    mood: { kill: 25, leave: 40, tick: 60, call: 3 },
  }),
  objects('relearning the phase at a start (S3)', ['phaseRelearned'], {
    wishes: [[put, put, put, put]],
    replicas: 2,
    mood: { kill: 25, leave: 40, tick: 60, call: 3 },
    isRare: true,
  }),
  both('holding what is held', ['holds']),
  both('the closure of spares, and what stays keeping its references', ['spareClosure', 'staysKeepsItsReferences'], {
    wishes: [
      [
        { call: 'put', digest: 'm2' },
        { call: 'put', digest: 'm2' },
      ],
    ],
    objects: { ...garbage, ...standing('m1') },
  }),
  both('what stays keeps its references', ['staysKeepsItsReferences'], {
    wishes: [heads('m0', 'm1', 'm0', 'm1')],
    objects: { ...garbage, ...standing('m1') },
    setting: { attemptMs: 13, batchSize: 2 },
    mood: { tick: 8, call: 25 },
  }),
  both('spares of earlier windows', ['sparesCarried']),
  both('closures over the graph as it is known now', ['closureAnew', 'staysKeepsItsReferences'], {
    wishes: [
      heads('m0', 'm0', 'm0'),
      [
        { call: 'delete', digest: 'm4' },
        { call: 'delete', digest: 'm1' },
      ],
    ],
    objects: { ...garbage, ...standing('m1'), ...standing('m4'), ...blobs('b4') },
    mood: { call: 6 },
  }),
].flat();
