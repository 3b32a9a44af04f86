import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DeleteRequestResource } from './deleteRequest.ts';
import { parseDeleteRequest } from './deleteRequest.ts';
import { requestKey } from './requestKey.ts';
import { whole } from './testing/told.ts';

const digest = `sha256:${'9f'.repeat(32)}`;
const targets = [
  { repository: 'a', digest },
  { repository: 'a', tag: 'x', digest },
  { repository: 'a', tag: 'x' },
  { repository: 'a', tagGlob: 'x' },
  { repository: 'a' },
];

function request(spec: object = {}, metadata: object = {}): DeleteRequestResource {
  return whole(
    parseDeleteRequest({
      apiVersion: 'coppice.dev/v1alpha1',
      kind: 'DeleteRequest',
      metadata: { name: 'n', ...metadata },
      spec: { registryRef: { name: 'main' }, targets, cutoff: '2026-11-20T00:00:00Z', ...spec },
    }),
  );
}

describe('the key of a request', () => {
  it('D1: is the same after every replay, re-creation and restore', () => {
    const key = requestKey('main', request());
    expect(key).toBe(
      '["main","default","n",["[\\"digest\\",\\"a\\",\\"' +
        digest +
        '\\"]","[\\"repository\\",\\"a\\"]","[\\"tag\\",\\"a\\",\\"x\\",\\"' +
        digest +
        '\\"]","[\\"tag\\",\\"a\\",\\"x\\",null]","[\\"tagGlob\\",\\"a\\",\\"x\\"]"],1795132800000,"Delete"]',
    );
    const changes = { mode: 'Execute', approvedPlan: digest, suspend: true, reason: 'why', ttlSecondsAfterFinished: 1 };
    expect(requestKey('main', request(changes, { uid: 'other' }))).toBe(key);
    expect(requestKey('main', request({ cutoff: '2026-11-20T01:00:00+01:00' }))).toBe(key);
  });

  it('D1: owes nothing to the order of targets, nor to one given twice', () => {
    const chosen = fc.shuffledSubarray(targets, { minLength: targets.length, maxLength: targets.length });
    fc.assert(
      fc.property(chosen, fc.nat(4), (order, again) => {
        const shuffled = request({ targets: [...order, ...targets.slice(again, again + 1)] });
        expect(requestKey('main', shuffled)).toBe(requestKey('main', request()));
      }),
    );
  });

  it('D1: is another for every other request', () => {
    const keys = [
      requestKey('main', request()),
      requestKey('other', request()),
      requestKey('main', request({}, { name: 'm' })),
      requestKey('main', request({}, { namespace: 'ns' })),
      requestKey('main', request({ cutoff: '2026-11-20T00:00:01Z' })),
      requestKey('main', request({ referrers: 'Keep' })),
      requestKey('main', request({ targets: targets.slice(0, 1), cutoff: null })),
      ...targets.map((target) => requestKey('main', request({ targets: [target] }))),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });
});
