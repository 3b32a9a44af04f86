import { definitions } from '../../operator/api/definitions.ts';
import { type Kind, kinds } from '../../operator/resources/home.ts';
import { Failure } from '../failure.ts';

const group = 'coppice.dev';

/** `deleterequests.coppice.dev`: as an API server names the resource. */
export function resourceName(kind: Kind): string {
  return `${definitions[kind].plural}.${group}`;
}

/** `deleterequest.coppice.dev`: as kubectl names the kind of one object. */
export function qualifiedName(kind: Kind): string {
  return `${definitions[kind].singular}.${group}`;
}

/** The kinds of a name as people type it: singular, plural or short, with or without the group, or a category; capitals make no difference. */
export function kindsCalled(called: string): readonly Kind[] {
  const name = called.toLowerCase();
  const found = kinds.filter((kind) => namesOf(kind).has(name));
  if (found.length > 0) return found;
  throw new Failure('failed', `error: the server doesn't have a resource type ${JSON.stringify(called)}`);
}

function namesOf(kind: Kind): ReadonlySet<string> {
  const { plural, singular, shortNames, categories } = definitions[kind];
  const own = [plural, singular, `${plural}.${group}`, `${singular}.${group}`, `${plural}.v1alpha1.${group}`];
  return new Set([...own, ...shortNames, ...categories, 'all']);
}
