import { describe, expect, it } from 'vitest';
import type { Status } from '../../core/admin/schema.ts';
import type { EndpointAnswer } from '../admin/replicas.ts';
import { lifeOf, statusOf } from '../admin/testing/statuses.ts';
import { lookAt } from './coherence.ts';

const [left, right] = [lifeOf('left'), lifeOf('right')];

function answerOf(name: string, change: Partial<Status> = {}): EndpointAnswer {
  const self = { instance: name, life: `life-${name}` };
  return {
    endpoint: `http://${name}:5443`,
    is: 'answered',
    status: statusOf({ self, lives: [left, right], ...change }),
  };
}

function silent(name: string): EndpointAnswer {
  return { endpoint: `http://${name}:5443`, is: 'silent', why: 'connect ECONNREFUSED' };
}

const cases: {
  name: string;
  answers: readonly EndpointAnswer[];
  is: 'coherent' | 'incoherent' | 'unreachable';
  says?: string;
  replicas: { registered: number; coherent: number; unknown: number };
}[] = [
  {
    name: 'every endpoint is a life of one storage, and every life an endpoint',
    answers: [answerOf('left'), answerOf('right')],
    is: 'coherent',
    replicas: { registered: 2, coherent: 2, unknown: 0 },
  },
  {
    name: 'no endpoint answers',
    answers: [silent('left'), silent('right')],
    is: 'unreachable',
    says: 'http://left:5443 does not answer: connect ECONNREFUSED; http://right:5443 does not answer: connect ECONNREFUSED',
    replicas: { registered: 7, coherent: 0, unknown: 0 },
  },
  {
    name: 'one endpoint is silent: the life that nobody names may be its own',
    answers: [answerOf('left'), silent('right')],
    is: 'incoherent',
    says: 'http://right:5443 does not answer: connect ECONNREFUSED',
    replicas: { registered: 2, coherent: 1, unknown: 0 },
  },
  {
    name: 'a replica on the storage that no endpoint names',
    answers: [answerOf('left')],
    is: 'incoherent',
    says: 'the replica right is on the storage, and no endpoint: name its admin API in spec.endpoints, or stop it',
    replicas: { registered: 2, coherent: 1, unknown: 1 },
  },
  {
    name: 'a life that left, and one that wrote nothing for long, are nobody',
    answers: [answerOf('left', { lives: [left, { ...right, left: true }, lifeOf('old', { ageMs: 90_001 })] })],
    is: 'coherent',
    replicas: { registered: 2, coherent: 1, unknown: 0 },
  },
  {
    name: 'a replica that began anew is one, though its earlier life is not fenced yet',
    answers: [answerOf('left', { lives: [left, { ...left, life: 'earlier' }] })],
    is: 'coherent',
    replicas: { registered: 1, coherent: 1, unknown: 0 },
  },
  {
    name: 'two storages',
    answers: [answerOf('left'), answerOf('right', { storage: 'other' })],
    is: 'incoherent',
    says: 'http://right:5443 serves storage other, http://left:5443 serves a-storage',
    replicas: { registered: 2, coherent: 1, unknown: 0 },
  },
  {
    name: 'an endpoint that has left the storage',
    answers: [answerOf('left', { lives: [{ ...left, left: true }, right] }), answerOf('right')],
    is: 'incoherent',
    says: 'http://left:5443 (left) is not registered on the storage',
    replicas: { registered: 1, coherent: 1, unknown: 0 },
  },
  {
    name: 'an endpoint between two lives',
    answers: [answerOf('left', { self: { instance: 'left', life: null } }), answerOf('right')],
    is: 'incoherent',
    says: 'http://left:5443 (left) has no life on the storage and may not write',
    replicas: { registered: 2, coherent: 1, unknown: 0 },
  },
  {
    name: 'two endpoints are one replica',
    answers: [
      answerOf('left', { lives: [left] }),
      { ...answerOf('left', { lives: [left] }), endpoint: 'http://again:5443' },
    ],
    is: 'incoherent',
    says: 'http://left:5443 and http://again:5443 are the same replica (left)',
    replicas: { registered: 1, coherent: 2, unknown: 0 },
  },
];

describe('what the endpoints of a Registry say together', () => {
  it.each(cases)('$is: $name', ({ answers, is, says = '', replicas }) => {
    expect(lookAt(answers, 7)).toMatchObject({ is, message: says, replicas });
  });

  it('is told by the newest gate', () => {
    const gate = { epoch: 9, phase: 'HOLDING' as const, fenced: 0 };
    expect(lookAt([answerOf('left'), answerOf('right', { gate })], 0).newest?.gate).toEqual(gate);
  });

  it('is the same from look to look while nothing but time passes', () => {
    const aged = [left, { ...right, ageMs: 31_000 }];
    expect(lookAt([answerOf('left', { lives: aged })], 0)).toEqual(lookAt([answerOf('left')], 0));
  });
});
