import Type, { type Static } from 'typebox';
import { Check } from 'typebox/value';
import type { RunItem } from '../../core/admin/schema.ts';

/*
 * A plan as it lies on the storage, told item by item with what decided each (R3): what goes first, then what would have gone and stays.
 */
const planned = Type.Object({
  step: Type.String(),
  repository: Type.Optional(Type.String()),
  tag: Type.Optional(Type.String()),
  tags: Type.Optional(Type.Array(Type.Object({ tag: Type.String() }))),
  kind: Type.Optional(Type.String()),
  digest: Type.String(),
  group: Type.Optional(Type.Array(Type.String())),
  request: Type.Optional(Type.String()),
  why: Type.Optional(Type.String()),
  sizeBytes: Type.Optional(Type.Integer({ minimum: 0 })),
});
const spared = Type.Object({
  step: Type.String(),
  object: Type.String(),
  why: Type.String(),
  by: Type.Optional(Type.String()),
});
const count = Type.Integer({ minimum: 0 });
const document = Type.Object({
  items: Type.Array(planned),
  spared: Type.Array(spared),
  collection: Type.Object({
    manifests: count,
    layers: count,
    data: count,
    sizeBytes: count,
    spared: Type.Array(spared),
  }),
});

export function itemsOf(value: unknown): readonly RunItem[] {
  if (!Check(document, value)) throw new Error('not understood: the plan of a run has another shape');
  const goes = value.items.map((item): Told => ({ fate: 'planned', ...told(item) }));
  const spareds = [...value.spared, ...value.collection.spared].map(stays);
  return [...goes, ...collected(value.collection), ...spareds].map((item, n) => ({ n, ...item }));
}

function stays({ step, object, why, by }: Static<typeof spared>): Told {
  const item = { fate: 'spared' as const, step, object, why };
  return by === undefined ? item : { ...item, by };
}

type Told = Omit<RunItem, 'n'>;

/** What nothing reaches is counted: millions of blobs are nobody's reading. */
function collected({ manifests, layers, data, sizeBytes }: Static<typeof document>['collection']): readonly Told[] {
  const why = 'nothing reaches it, and earlier marks agree';
  const all: readonly (readonly [number, Told])[] = [
    [manifests, { fate: 'planned', step: 'manifest', object: `${manifests} manifests`, why }],
    [layers, { fate: 'planned', step: 'layer', object: `${layers} links of layers`, why }],
    [data, { fate: 'planned', step: 'data', object: `${data} blobs`, why, bytes: sizeBytes }],
  ];
  return all.filter(([n]) => n > 0).map(([, item]) => item);
}

function told(item: Static<typeof planned>): Pick<RunItem, 'step' | 'object' | 'why' | 'by' | 'bytes'> {
  const { step, request, sizeBytes, group = [] } = item;
  const why = item.why === undefined || item.why === '' ? 'asked for, without a reason' : item.why;
  const along = group.length > 1 ? `; ${group.length - 1} more go along` : '';
  return {
    step,
    object: objectOf(item),
    why: `${why}${along}`,
    ...(request === undefined ? {} : { by: request }),
    ...(sizeBytes === undefined ? {} : { bytes: sizeBytes }),
  };
}

function objectOf({ repository, tag, tags = [], kind, digest }: Static<typeof planned>): string {
  if (repository === undefined) return digest;
  const named = tag ?? (kind === 'tag' ? tags[0]?.tag : undefined);
  return named === undefined ? `${repository}@${digest}` : `${repository}:${named}`;
}
