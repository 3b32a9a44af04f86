import { describe, expect, it } from 'vitest';
import { DefinitionMistake } from './document.ts';
import { readDefinition } from './definition.ts';

function definition(schema: string): string {
  return `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.coppice.dev}
spec:
  group: coppice.dev
  scope: Namespaced
  names: {kind: Thing, listKind: ThingList, plural: things, singular: thing, shortNames: [th], categories: [coppice]}
  versions:
  - name: v1alpha1
    served: true
    storage: true
    subresources: {status: {}}
    additionalPrinterColumns: [{name: Age, type: date, jsonPath: .metadata.creationTimestamp}]
    schema: {openAPIV3Schema: {type: object, properties: {spec: ${schema}}}}
`;
}

describe('a definition', () => {
  it('is read with what admission carries out', () => {
    const read = readDefinition(definition('{type: array, maxItems: 1, items: {type: string, maxLength: 1}}'));
    expect(read).toMatchObject({
      kind: 'Thing',
      shortNames: ['th'],
      columns: [{ name: 'Age', type: 'date', isWide: false }],
      schema: { properties: { spec: { type: 'array', maxItems: 1, items: { type: 'string', maxLength: 1 } } } },
    });
  });

  it.each([
    { schema: '{type: string, maxLength: 1, nullable: true}', at: 'nullable: is not carried out by anybody' },
    { schema: '{type: integer, minimum: 1, exclusiveMinimum: true}', at: 'exclusiveMinimum: is not carried out' },
    { schema: '{type: string, format: ipv4}', at: 'format: is not known' },
    { schema: '{type: object, anyOf: []}', at: 'anyOf: is not carried out by anybody' },
    { schema: '{type: object, x-kubernetes-preserve-unknown-fields: true}', at: 'preserve-unknown-fields: is not' },
    { schema: '{type: array, items: {type: string}, x-kubernetes-list-type: atomic}', at: 'must be set or map' },
    {
      schema: '{type: string, x-kubernetes-validations: [{rule: x, message: y, optionalOldSelf: true}]}',
      at: 'optionalOldSelf: is not',
    },
    { schema: '{maxLength: 1}', at: 'type: is required' },
  ])('is refused where admission would not carry out $schema', ({ schema, at }) => {
    expect(() => readDefinition(definition(schema))).toThrow(DefinitionMistake);
    expect(() => readDefinition(definition(schema))).toThrow(at);
  });
});
