import { describe, expect, it } from 'vitest';
import { definitions } from './definitions.ts';
import type { Schema } from './schema.ts';

interface Node {
  readonly path: string;
  readonly schema: Schema;
  readonly isInList: boolean;
}

function nodes(path: string, schema: Schema, isInList = false): readonly Node[] {
  const own: Node = { path, schema, isInList };
  if (schema.type === 'array') return [own, ...nodes(`${path}[]`, schema.items, true)];
  if (schema.type !== 'object') return [own];
  const { properties = {}, additionalProperties } = schema;
  return [
    own,
    ...Object.entries(properties).flatMap(([name, inner]) => nodes(`${path}.${name}`, inner, isInList)),
    ...(additionalProperties === undefined ? [] : nodes(`${path}.*`, additionalProperties, isInList)),
  ];
}

const all = Object.entries(definitions).flatMap(([kind, { schema }]) => nodes(kind, schema));

function isBounded({ schema }: Node): boolean {
  switch (schema.type) {
    case 'array':
      return schema.maxItems !== undefined;
    case 'string':
      return schema.maxLength !== undefined || schema.enum !== undefined;
    case 'object':
      return schema.additionalProperties === undefined || schema.maxProperties !== undefined;
    case 'integer':
    case 'number':
      return schema.minimum !== undefined;
    case 'boolean':
      return true;
  }
}

describe('the definitions of the kinds', () => {
  it('bound every list, map, text and number', () => {
    expect(all.filter((node) => !isBounded(node)).map(({ path }) => path)).toEqual([]);
  });

  it('have no default in a list, where server-side apply would lose it', () => {
    const defaults = all.filter(({ schema, isInList }) => isInList && schema.default !== undefined);
    expect(defaults.map(({ path }) => path)).toEqual([]);
  });

  it.each(Object.entries(definitions))('say of a %s what kstatus needs', (_, { schema, categories }) => {
    const status = schema.properties?.['status'];
    expect(status?.default).toEqual({ observedGeneration: -1 });
    expect(status).toMatchObject({
      required: ['observedGeneration'],
      properties: { conditions: { listType: 'map', listMapKeys: ['type'] } },
    });
    expect(categories).toEqual(['coppice']);
  });
});
