import { describe, expect, it } from 'vitest';
import { parseDigest } from '../../core/oci/digest.ts';
import { parseRepositoryName, parseTag } from '../../core/oci/reference.ts';
import { parseRunId } from '../../core/window/identity.ts';
import { layout, parseOrdinal } from './layout.ts';
import { segmentsOf } from './path.ts';
import { known, lifeId, windowId } from './testing/testStorage.ts';

const hex = `ab${'0'.repeat(62)}`;
const digest = known(parseDigest(`sha256:${hex}`));
const repository = known(parseRepositoryName('library/alpine'));
const tag = known(parseTag('3.20'));
const [life, window, run] = [lifeId('l1'), windowId('w1'), known(parseRunId('r1'))];
const inRepository = '/docker/registry/v2/repositories/library/alpine';

describe('layout', () => {
  const cases: { path: string; expected: string }[] = [
    { path: layout.blob(digest), expected: `/docker/registry/v2/blobs/sha256/ab/${hex}/data` },
    { path: layout.repository(repository), expected: inRepository },
    { path: layout.layerLink(repository, digest), expected: `${inRepository}/_layers/sha256/${hex}/link` },
    {
      path: layout.revisionLink(repository, digest),
      expected: `${inRepository}/_manifests/revisions/sha256/${hex}/link`,
    },
    { path: layout.tagLink(repository, tag), expected: `${inRepository}/_manifests/tags/3.20/current/link` },
    {
      path: layout.tagIndexLink(repository, tag, digest),
      expected: `${inRepository}/_manifests/tags/3.20/index/sha256/${hex}/link`,
    },
    { path: layout.uploadStartedAt(repository, 'u1'), expected: `${inRepository}/_uploads/u1/startedat` },
    { path: layout.uploadData(repository, 'u1', life), expected: `${inRepository}/_uploads/u1/data.l1` },
    { path: layout.life(life), expected: '/coppice/v1/member/l1/life.json' },
    { path: layout.segment(life, run, 3), expected: '/coppice/v1/member/l1/touched/r1/0000000000000003' },
    { path: layout.gate(17), expected: '/coppice/v1/gate/0000000000000017' },
    { path: layout.claimed(window, 'q1'), expected: '/coppice/v1/claimed/w1/q1' },
    { path: layout.runPlan(run), expected: '/coppice/v1/runs/r1/plan.json' },
    { path: layout.protectionsOf('workloads.prod'), expected: '/coppice/v1/protections/workloads.prod.json' },
  ];
  it.each(cases)('has $expected', ({ path, expected }) => {
    expect(path).toBe(expected);
    expect(segmentsOf(path).length).toBeGreaterThan(2);
  });

  it.each(['', '..', '.', 'a/b', '/a', 'a\0', 'a b', 'é', '.hidden', 'x'.repeat(201)])(
    'makes no path of the name %j',
    (name) => {
      for (const make of [layout.tombstone, layout.request, layout.done, layout.protectionsOf, layout.temporary]) {
        expect(() => make(name)).toThrow(RangeError);
      }
      expect(() => layout.upload(repository, name)).toThrow(RangeError);
    },
  );

  it('numbers gates so that their names sort as the numbers do, and reads the numbers back', () => {
    const epochs = [0, 1, 9, 10, 99, 12_345, Number.MAX_SAFE_INTEGER];
    const names = epochs.map((epoch) => layout.gate(epoch).slice(layout.gates.length + 1));
    expect(names.toSorted()).toEqual(names);
    expect(names.map(parseOrdinal)).toEqual(epochs);
  });

  it.each(['1', '00000000000000001', '000000000000000a', '9999999999999999', '-000000000000001', ''])(
    'reads no number in the name %j',
    (name) => {
      expect(parseOrdinal(name)).toBeUndefined();
    },
  );

  it.each([-1, 1.5, NaN, 2 ** 53])('has no gate %d', (epoch) => {
    expect(() => layout.gate(epoch)).toThrow(RangeError);
  });
});
