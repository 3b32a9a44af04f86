import { withDefaults } from '../api/defaults.ts';
import { definitions } from '../api/definitions.ts';
import { asJson, fieldIn, isMapping, type Mapping } from '../api/document.ts';
import { violations } from '../api/violations.ts';
import { apiVersion, type Kind, type Metadata, type OwnerReference, type Resource } from '../resources/home.ts';

/** The API server holds an object that is none of ours by its form: its definition there is another than this program's. */
export class NotUnderstood extends Error {
  override readonly name = 'NotUnderstood';
}

/**
 * An object as the API server gave it. Bounds, patterns and rules are the server's to hold, and what it admitted under earlier ones stands; but with a
 * field of another type nobody could go on. Throws `NotUnderstood`, which names the object: passed over, a policy that keeps would keep nothing.
 */
export function resourceOf<K extends Kind>(kind: K, value: unknown): Resource<K> {
  const metadata = metadataOf(kind, fieldIn(value, 'metadata'));
  const wrong = (says: string): NotUnderstood =>
    new NotUnderstood(
      `${kind} ${metadata.namespace}/${metadata.name}: ${says}: is the definition of this kind in the cluster that of this program?`,
    );
  for (const [field, must] of Object.entries({ apiVersion, kind })) {
    const is = fieldIn(value, field) ?? must; // the items of a list need not say it
    if (is !== must) throw wrong(`${field} is ${JSON.stringify(is)}`);
  }
  const body = bodyOf(kind, value);
  if (typeof body === 'string') throw wrong(body);
  return { apiVersion, kind, metadata, ...body };
}

function bodyOf<K extends Kind>(kind: K, value: unknown): Pick<Resource<K>, 'spec' | 'status'> | string {
  const { schema } = definitions[kind];
  const decoded = asJson({ spec: fieldIn(value, 'spec'), status: fieldIn(value, 'status') });
  if ('why' in decoded) return decoded.why;
  const whole = withDefaults(schema, decoded.json);
  const [mistake] = violations(schema, whole).filter(({ isBlocking }) => isBlocking);
  if (mistake !== undefined) return mistake.says;
  const { spec, status } = whole as Mapping;
  return { spec, status } as unknown as Pick<Resource<K>, 'spec' | 'status'>; // the schema, of which the type is made, holds
}

const texts = ['namespace', 'name', 'uid', 'resourceVersion', 'creationTimestamp'] as const;

function metadataOf(kind: Kind, value: unknown): Metadata {
  const wrong = (field: string): NotUnderstood =>
    new NotUnderstood(`${kind} ${JSON.stringify(fieldIn(value, 'name') ?? '')}: metadata.${field} is not understood`);
  const text = (field: string): string => {
    const found = fieldIn(value, field);
    if (typeof found !== 'string' || found === '') throw wrong(field);
    return found;
  };
  const [namespace, name, uid, resourceVersion, creationTimestamp] = texts.map(text) as [
    string,
    string,
    string,
    string,
    string,
  ];
  if (!/^\d{1,20}$/.test(resourceVersion)) throw wrong('resourceVersion'); // or nobody could say which version is newer
  const generation = fieldIn(value, 'generation');
  if (typeof generation !== 'number') throw wrong('generation');
  const optional = <T>(field: string, is: (found: unknown) => found is T): Record<string, T> => {
    const found = fieldIn(value, field);
    if (found === undefined || found === null) return {};
    if (!is(found)) throw wrong(field);
    return { [field]: found };
  };
  return {
    ...{ namespace, name, uid, resourceVersion, generation, creationTimestamp },
    ...optional('deletionTimestamp', (found) => typeof found === 'string'),
    ...optional('labels', areTexts),
    ...optional('annotations', areTexts),
    ...optional('finalizers', (found) => Array.isArray(found) && found.every((one) => typeof one === 'string')),
    ...optional('ownerReferences', areOwners),
  };
}

function areTexts(value: unknown): value is Readonly<Record<string, string>> {
  return isMapping(value) && Object.values(value).every((one) => typeof one === 'string');
}

function areOwners(value: unknown): value is readonly OwnerReference[] {
  const named = ['apiVersion', 'kind', 'name', 'uid'];
  return Array.isArray(value) && value.every((one) => named.every((field) => typeof fieldIn(one, field) === 'string'));
}
