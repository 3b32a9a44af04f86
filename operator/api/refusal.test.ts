import { describe, expect, it } from 'vitest';
import { admit } from './admission.ts';
import { pathText } from './path.ts';
import { notAsked, refusals } from './testing/admitting.ts';
import { digest, examples, exampleWith } from './testing/examples.ts';
import type { Kinds } from './types.ts';

function message(kind: keyof Kinds, document: unknown): string {
  const admission = admit(kind, document);
  return admission.ok ? 'admitted' : admission.message;
}

const target = { repository: 'a', digest };
const rule = { name: 'r', tags: { glob: ['*'] }, keep: {} };

describe('a refusal', () => {
  it('of one thing stands on one line, as kubectl writes it', () => {
    expect(message('DeleteRequest', exampleWith('DeleteRequest', { reason: 'x'.repeat(1025) }))).toBe(
      `The DeleteRequest "dr-1" is invalid:\n* spec.reason: Too long: may not be more than 1024 bytes\n* ${notAsked}`,
    );
    expect(message('DeleteRequest', exampleWith('DeleteRequest', { activeDeadlineSeconds: 0 }))).toBe(
      'The DeleteRequest "dr-1" is invalid: spec.activeDeadlineSeconds: Invalid value: 0: spec.activeDeadlineSeconds in body should be greater than or equal to 1',
    );
  });

  it('of fields that are not known names each, and drops none silently', () => {
    const document = exampleWith(
      'DeleteRequest',
      { targets: [{ ...target, tga: 'x' }], limits: { a: 1 } },
      { metadata: { name: 'x', lables: {}, ownerReferences: [{ nmae: 'x' }] }, status: { phase: 'Done' }, extra: 1 },
    );
    expect(message('DeleteRequest', document)).toBe(
      'DeleteRequest in version "v1alpha1" cannot be handled as a DeleteRequest: strict decoding error: unknown field "metadata.lables", unknown field "metadata.ownerReferences[0].nmae", unknown field "spec.targets[0].tga", unknown field "spec.limits", unknown field "status.phase", unknown field "extra"',
    );
    const admission = admit('DeleteRequest', document);
    expect(admission.ok ? [] : admission.refusals.map(({ path }) => pathText(path))).toContain('spec.targets[0].tga');
  });

  it.each([
    {
      name: 'a slip of the pen, also where nothing else is wrong',
      kind: 'DeleteRequest',
      spec: { cutof: '2026-11-20T00:00:00Z' },
      says: ['unknown field "spec.cutof"'],
    },
    {
      name: 'another word than there are',
      kind: 'RetentionPolicy',
      spec: { mode: 'Enforced' },
      says: ['spec.mode: Unsupported value: "Enforced": supported values: "Preview", "Enforce"', notAsked],
    },
    {
      name: 'a list that is too long, whatever is in it',
      kind: 'DeleteRequest',
      spec: { targets: Array.from({ length: 101 }, () => ({ repository: 'A' })) },
      says: ['spec.targets: Too many: 101: must have at most 100 items', notAsked],
    },
    {
      name: 'an empty list',
      kind: 'DeleteRequest',
      spec: { targets: [] },
      says: ['spec.targets: Invalid value: 0: spec.targets in body should have at least 1 items'],
    },
    {
      name: 'too large a map',
      kind: 'Registry',
      spec: {
        endpoints: null,
        replicas: {
          podSelector: { matchLabels: Object.fromEntries(Array.from({ length: 33 }, (_, at) => [`k${at}`, 'v'])) },
        },
      },
      says: ['spec.replicas.podSelector.matchLabels: Too many: 33: must have at most 32 items', notAsked],
    },
    {
      name: 'a map with nothing in it',
      kind: 'Registry',
      spec: { endpoints: null, replicas: { podSelector: { matchLabels: {} } } },
      says: [
        'spec.replicas.podSelector.matchLabels: Invalid value: 0: spec.replicas.podSelector.matchLabels in body should have at least 1 properties',
      ],
    },
    {
      name: 'what must be there',
      kind: 'DeleteRequest',
      spec: { registryRef: {}, targets: [{ digest }] },
      says: ['spec.registryRef.name: Required value', 'spec.targets[0].repository: Required value', notAsked],
    },
    {
      name: 'text where there should be true or false',
      kind: 'DeleteRequest',
      spec: { suspend: 'no' },
      says: ['spec.suspend: Invalid value: "string": spec.suspend in body must be of type boolean: "string"', notAsked],
    },
    {
      name: 'a fraction',
      kind: 'Registry',
      spec: { limits: { maxDeletePercent: 30.5 } },
      says: [
        'spec.limits.maxDeletePercent: Invalid value: "number": spec.limits.maxDeletePercent in body must be of type integer: "number"',
        '<nil>: Invalid value: "": Checked value must be of type integer (default format) in spec.limits.maxDeletePercent',
        notAsked,
      ],
    },
    {
      name: 'null in a list',
      kind: 'RetentionPolicy',
      spec: { repositories: { include: [null] } },
      says: [
        'spec.repositories.include[0]: Invalid value: "null": spec.repositories.include[0] in body must be of type string: "null"',
        notAsked,
      ],
    },
    {
      name: 'a number over its bound',
      kind: 'Registry',
      spec: { limits: { maxDeletePercent: 101 } },
      says: [
        'spec.limits.maxDeletePercent: Invalid value: 101: spec.limits.maxDeletePercent in body should be less than or equal to 100',
      ],
    },
    {
      name: 'a duration in other words',
      kind: 'RetentionPolicy',
      spec: { rules: [{ ...rule, keep: { pushedWithin: '90 days' } }] },
      says: [
        `spec.rules[0].keep.pushedWithin: Invalid value: "90 days": spec.rules[0].keep.pushedWithin in body should match '^([0-9]+(w|d|h|m|s))+$'`,
      ],
    },
    {
      name: 'a short digest',
      kind: 'DeleteRequest',
      spec: { targets: [{ repository: 'a', digest: 'sha256:9f' }] },
      says: [
        `spec.targets[0].digest: Invalid value: "sha256:9f": spec.targets[0].digest in body should match '^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$'`,
      ],
    },
    {
      name: 'a text of nothing',
      kind: 'DeleteRequest',
      spec: { targets: [{ repository: 'a', digest, tag: '' }] },
      says: ['spec.targets[0].tag: Invalid value: "": spec.targets[0].tag in body should be at least 1 chars long'],
    },
    {
      name: 'an age for a moment',
      kind: 'DeleteRequest',
      spec: { cutoff: '7d' },
      says: ['spec.cutoff: Invalid value: "7d": spec.cutoff in body must be of type date-time: "7d"', notAsked],
    },
    {
      name: 'a day that the month does not have',
      kind: 'DeleteRequest',
      spec: { cutoff: '2026-02-30T00:00:00Z' },
      says: [
        'spec.cutoff: Invalid value: "2026-02-30T00:00:00Z": spec.cutoff in body must be of type date-time: "2026-02-30T00:00:00Z"',
        notAsked,
      ],
    },
    {
      name: 'a list for a moment',
      kind: 'DeleteRequest',
      spec: { cutoff: [] },
      says: ['spec.cutoff: Invalid value: "": spec.cutoff in body must be of type date-time: ""', notAsked],
    },
    {
      name: 'the same name twice',
      kind: 'RetentionPolicy',
      spec: { rules: [rule, { ...rule, name: 's' }, rule] },
      says: ['spec.rules[2]: Duplicate value: {"name":"r"}'],
    },
    {
      name: 'the same endpoint twice',
      kind: 'Registry',
      spec: { endpoints: ['http://h:1', 'http://h:1'] },
      says: ['spec.endpoints[1]: Duplicate value: "http://h:1"'],
    },
    {
      name: 'a rule that is none',
      kind: 'RetentionPolicy',
      spec: { rules: ['all'] },
      says: [
        'spec.rules[0]: Invalid value: "string": spec.rules[0] in body must be of type object: "string"',
        'spec.rules[0]: Invalid value: "all": must be an object for an array of list-type map',
        notAsked,
      ],
    },
  ] as const)('is in the words of an API server for $name', ({ kind, spec, says }) => {
    expect(refusals(kind, exampleWith(kind, spec))).toEqual(says);
  });

  it.each([
    { name: 'nothing', document: null, says: 'json: cannot unmarshal into Go value of type map[string]interface {}' },
    { name: 'a list', document: [], says: 'json: cannot unmarshal into Go value of type map[string]interface {}' },
    { name: 'a moment that YAML made', document: { spec: new Date(0) }, says: 'json: unsupported type' },
    { name: 'a number without end', document: { spec: Infinity }, says: 'json: unsupported value: Infinity' },
    { name: 'no spec', document: { ...examples.Registry, spec: undefined }, says: 'spec: Required value' },
    { name: 'a spec that is none', document: { ...examples.Registry, spec: null }, says: 'spec: Required value' },
    {
      name: 'another kind',
      document: { ...examples.Registry, kind: 'Pod' },
      says: 'kind: Invalid value: "Pod": must be Registry',
    },
    {
      name: 'another version',
      document: { ...examples.Registry, apiVersion: 'v1' },
      says: 'apiVersion: Invalid value: "v1": must be coppice.dev/v1alpha1',
    },
    {
      name: 'a field of a prototype',
      document: JSON.parse('{"__proto__": {"spec": {}}, "constructor": 1}') as unknown,
      says: 'unknown field "__proto__"',
    },
  ])('is given for $name', ({ document, says }) => {
    expect(refusals('Registry', document)[0]).toBe(says);
  });
});
