import type { Note, Operation } from './world.ts';

/** What happened in a schedule: one in which nothing does shows nothing. */

export const counters = [
  'pushes',
  'mounts',
  'deletes',
  'undeletes',
  'protections',
  'held',
  'sweeps',
  'removals',
  'removalsRefused',
  'writesRefused',
  'givenUp',
  'buried',
  'spared',
  'fenced',
  'lapsed',
  'livesEnded',
  'left',
  'misreadings',
  'runsCompleted',
] as const;

export type Counter = (typeof counters)[number];

export type Coverage = Readonly<Record<Counter, number>>;

export const nothingCovered: Coverage = {
  pushes: 0,
  mounts: 0,
  deletes: 0,
  undeletes: 0,
  protections: 0,
  held: 0,
  sweeps: 0,
  removals: 0,
  removalsRefused: 0,
  writesRefused: 0,
  givenUp: 0,
  buried: 0,
  spared: 0,
  fenced: 0,
  lapsed: 0,
  livesEnded: 0,
  left: 0,
  misreadings: 0,
  runsCompleted: 0,
};

export function counterOf(note: Note): Counter | undefined {
  switch (note.on) {
    case 'removed':
      return 'removals';
    case 'refused':
      return 'writesRefused';
    case 'removalRefused':
      return 'removalsRefused';
    case 'lapsedWindowEnded':
      return 'lapsed';
    case 'lifeEnded':
      return 'livesEnded';
    case 'protected':
      return 'protections';
    case 'misread':
      return 'misreadings';
    case 'buried':
    case 'fenced':
    case 'givenUp':
    case 'left':
    case 'spared':
      return note.on;
    case 'gate':
      return note.gate.phase === 'SWEEPING' ? 'sweeps' : undefined;
    case 'runEnded':
      return note.result === 'completed' ? 'runsCompleted' : undefined;
    case 'answered':
      return answerCounter(note.operation.call.call, note.code);
    default:
      return undefined;
  }
}

const successes: Partial<Record<Operation['call']['call'], Counter>> = {
  put: 'pushes',
  delete: 'deletes',
  undelete: 'undeletes',
  mount: 'mounts',
};

function answerCounter(call: Operation['call']['call'], code: number): Counter | undefined {
  if (code === 429) return 'held';
  if (code === 0 || code >= 300) return undefined;
  return successes[call];
}
