import { entriesOf, fieldOf, isList, isMapping } from './document.ts';
import { labelValueFaults, nameFaults, namespaceFaults, qualifiedNameFaults } from './names.ts';
import type { Path } from './path.ts';
import { type FieldError, fieldError, type Refusal } from './refusal.ts';
import type { Json } from './schema.ts';

/** What an object brings of its metadata. The rest (uid, generation, …) is for a home to say. */
export interface GivenMetadata {
  readonly namespace: string;
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly GivenOwner[];
}

interface GivenOwner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

type FieldType = 'string' | 'number' | 'texts' | 'map' | 'owners' | 'any';

/** Every field of an ObjectMeta, by what it holds. */
const fields: Readonly<Record<string, FieldType>> = {
  name: 'string',
  generateName: 'string',
  namespace: 'string',
  selfLink: 'string',
  uid: 'string',
  resourceVersion: 'string',
  generation: 'number',
  creationTimestamp: 'string',
  deletionTimestamp: 'string',
  deletionGracePeriodSeconds: 'number',
  labels: 'map',
  annotations: 'map',
  ownerReferences: 'owners',
  finalizers: 'texts',
  managedFields: 'any',
};

const ownerFields: Readonly<Record<string, 'string' | 'boolean'>> = {
  apiVersion: 'string',
  kind: 'string',
  name: 'string',
  uid: 'string',
  controller: 'boolean',
  blockOwnerDeletion: 'boolean',
};

/** Why the metadata cannot be decoded: a field that there is not, or one of another type. */
export function undecodable(metadata: Json): { readonly unknown: readonly Path[]; readonly wrong: readonly Refusal[] } {
  if (!isMapping(metadata)) return { unknown: [], wrong: [wrong(['metadata'], metadata, 'ObjectMeta')] };
  const all = entriesOf(metadata);
  const unknown = all
    .filter(([name]) => !Object.hasOwn(fields, name))
    .map(([name]): Path => ['metadata', name])
    .concat(unknownOfOwners(fieldOf(metadata, 'ownerReferences')));
  const faults = all.flatMap(([name, value]) => {
    const type = Object.hasOwn(fields, name) ? fields[name] : undefined;
    return type === undefined || value === null ? [] : wrongOf(type, value, ['metadata', name]);
  });
  return { unknown, wrong: faults };
}

function unknownOfOwners(owners: Json | undefined): readonly Path[] {
  if (!isList(owners)) return [];
  return owners.flatMap((owner, at) => {
    const names = isMapping(owner) ? Object.keys(owner) : [];
    return names
      .filter((name) => !Object.hasOwn(ownerFields, name))
      .map((name): Path => ['metadata', 'ownerReferences', at, name]);
  });
}

function wrongOf(type: FieldType, value: Json, path: Path): readonly Refusal[] {
  switch (type) {
    case 'string':
      return typeof value === 'string' || value === null ? [] : [wrong(path, value, 'string')];
    case 'number':
      return typeof value === 'number' && Number.isInteger(value) ? [] : [wrong(path, value, 'int64')];
    case 'texts':
      if (!isList(value)) return [wrong(path, value, '[]string')];
      return value.flatMap((item, at) => wrongOf('string', item, [...path, at]));
    case 'map':
      if (!isMapping(value)) return [wrong(path, value, 'map[string]string')];
      return entriesOf(value).flatMap(([name, item]) => wrongOf('string', item, [...path, name]));
    case 'owners':
      if (!isList(value)) return [wrong(path, value, '[]v1.OwnerReference')];
      return value.flatMap((item, at) => wrongOfOwner(item, [...path, at]));
    case 'any':
      return [];
  }
}

function wrongOfOwner(owner: Json, path: Path): readonly Refusal[] {
  if (!isMapping(owner)) return [wrong(path, owner, 'v1.OwnerReference')];
  return Object.entries(ownerFields).flatMap(([name, type]) => {
    const value = fieldOf(owner, name) ?? null;
    return value === null || typeof value === type ? [] : [wrong([...path, name], value, type)];
  });
}

function wrong(path: Path, value: Json, type: string): Refusal {
  const got = isList(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
  const field = path.filter((step) => typeof step === 'string').join('.');
  const goType = type === 'boolean' ? 'bool' : type;
  return { path, says: `json: cannot unmarshal ${got} into Go struct field .${field} of type ${goType}` };
}

/** Of what was decoded. Namespace `default` where none is named; a text that is null is empty. */
export function givenMetadata(metadata: Json): GivenMetadata {
  const of = isMapping(metadata) ? metadata : {};
  const given = ['labels', 'annotations', 'finalizers', 'ownerReferences'].flatMap((name): [string, Json][] => {
    const value = fieldOf(of, name) ?? null;
    if (value === null) return [];
    if (isList(value)) return [[name, value.map((item) => item ?? '')]];
    return [
      [name, isMapping(value) ? Object.fromEntries(entriesOf(value).map(([key, it]) => [key, it ?? ''])) : value],
    ];
  });
  const [name, namespace] = [fieldOf(of, 'name'), fieldOf(of, 'namespace')];
  return {
    namespace: typeof namespace === 'string' && namespace !== '' ? namespace : 'default',
    name: typeof name === 'string' ? name : '',
    ...(Object.fromEntries(given) as Omit<GivenMetadata, 'name' | 'namespace'>), // `undecodable` looked
  };
}

const mostAnnotationBytes = 262_144;

/** What an API server does not take for metadata. */
export function metadataViolations(metadata: GivenMetadata): readonly FieldError[] {
  const { namespace, name, labels = {}, annotations = {}, finalizers = [], ownerReferences = [] } = metadata;
  const at = (field: string): Path => ['metadata', field];
  const bytes = Object.entries(annotations).reduce((sum, pair) => sum + Buffer.byteLength(pair.join('')), 0);
  return [
    ...(name === ''
      ? [fieldError.required(at('name'), 'name or generateName is required')]
      : told(at('name'), name, nameFaults(name))),
    ...told(at('namespace'), namespace, namespaceFaults(namespace)),
    ...Object.entries(labels).flatMap(([key, value]) => [
      ...told(at('labels'), key, qualifiedNameFaults(key)),
      ...told(at('labels'), value, labelValueFaults(value)),
    ]),
    ...Object.keys(annotations).flatMap((key) => told(at('annotations'), key, qualifiedNameFaults(key.toLowerCase()))),
    ...(bytes > mostAnnotationBytes ? [fieldError.tooLong(at('annotations'), mostAnnotationBytes)] : []),
    ...ownerReferences.flatMap((owner, index) => {
      return (['apiVersion', 'kind', 'name', 'uid'] as const)
        .filter((field) => (owner[field] as string | undefined) === undefined || owner[field] === '')
        .map((field) => fieldError.required([...at('ownerReferences'), index, field], 'must not be empty'));
    }),
    ...finalizers.flatMap((finalizer) => told(at('finalizers'), finalizer, qualifiedNameFaults(finalizer))),
  ];
}

function told(path: Path, value: string, faults: readonly string[]): readonly FieldError[] {
  return faults.map((fault) => fieldError.invalid(path, fault, value));
}
