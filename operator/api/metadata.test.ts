import { describe, expect, it } from 'vitest';
import { refusals } from './testing/admitting.ts';
import { exampleWith } from './testing/examples.ts';

describe('a refusal', () => {
  it.each([
    {
      name: 'no name',
      metadata: {},
      says: 'metadata.name: Required value: name or generateName is required',
    },
    {
      name: 'a name of other characters',
      metadata: { name: 'Main_1' },
      says: `metadata.name: Invalid value: "Main_1": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
    },
    {
      name: 'a long name',
      metadata: { name: 'a'.repeat(254) },
      says: `metadata.name: Invalid value: "${'a'.repeat(254)}": must be no more than 253 characters`,
    },
    {
      name: 'a namespace with dots',
      metadata: { name: 'x', namespace: 'a.b' },
      says: 'metadata.namespace: Invalid value: "a.b": must not contain dots',
    },
    {
      name: 'a namespace in capitals',
      metadata: { name: 'x', namespace: 'A' },
      says: `metadata.namespace: Invalid value: "A": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')`,
    },
    {
      name: 'a label of other characters',
      metadata: { name: 'x', labels: { a: 'b c' } },
      says: `metadata.labels: Invalid value: "b c": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`,
    },
    {
      name: 'an annotation whose domain is none',
      metadata: { name: 'x', annotations: { '/a': 'b' } },
      says: 'metadata.annotations: Invalid value: "/a": prefix part must be non-empty',
    },
    {
      name: 'annotations without end',
      metadata: { name: 'x', annotations: { a: 'b'.repeat(262_144) } },
      says: 'metadata.annotations: Too long: may not be more than 262144 bytes',
    },
    {
      name: 'an owner without uid',
      metadata: { name: 'x', ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'o' }] },
      says: 'metadata.ownerReferences[0].uid: Required value: must not be empty',
    },
    {
      name: 'a finalizer that is no name',
      metadata: { name: 'x', finalizers: ['a/b/c'] },
      says: `metadata.finalizers: Invalid value: "a/b/c": a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    },
    {
      name: 'a label that is a number',
      metadata: { name: 'x', labels: { a: 1 } },
      says: 'json: cannot unmarshal number into Go struct field .metadata.labels.a of type string',
    },
    {
      name: 'labels that are a list',
      metadata: { name: 'x', labels: ['a'] },
      says: 'json: cannot unmarshal array into Go struct field .metadata.labels of type map[string]string',
    },
  ])('is in the words of an API server for metadata with $name', ({ metadata, says }) => {
    expect(refusals('Registry', exampleWith('Registry', {}, { metadata }))[0]).toBe(says);
  });
});
