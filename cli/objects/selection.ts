import { type AnyResource, type Kind, kinds } from '../../operator/resources/home.ts';
import { Failure } from '../failure.ts';
import { kindsCalled, resourceName } from './kindNames.ts';

/** What a person asks for: kinds, and of each all objects or those of some names. */
export type Asked =
  | { readonly kinds: readonly Kind[]; readonly names: 'all' }
  | { readonly named: readonly { readonly kind: Kind; readonly name: string }[] };

/** Operands as kubectl takes them: `KIND[,KIND…] [NAME…]`, or `KIND/NAME…`. */
export function askedFor(operands: readonly string[]): Asked {
  const [first, ...names] = operands;
  if (first === undefined) {
    const all = kinds.map(resourceName).join(', ');
    throw new Failure('usage', `name the kind of resource: ${all}, or coppice for all of them`);
  }
  if (operands.some((operand) => operand.includes('/'))) return { named: operands.map(oneNamed) };
  const called = first.split(',').flatMap(kindsCalled);
  if (names.length === 0) return { kinds: kinds.filter((kind) => called.includes(kind)), names: 'all' };
  return { named: names.flatMap((name) => called.map((kind) => ({ kind, name }))) };
}

function oneNamed(operand: string): { kind: Kind; name: string } {
  const [called = '', name = '', ...more] = operand.split('/');
  const isWhole = name !== '' && more.length === 0;
  const [kind, another] = isWhole ? kindsCalled(called) : [];
  if (kind !== undefined && another === undefined) return { kind, name };
  throw new Failure('usage', `${JSON.stringify(operand)} is not KIND/NAME, as every operand is to be when one is`);
}

/** Which namespaces are looked at. */
export type Scope = { readonly in: 'all' } | { readonly in: 'one'; readonly namespace: string };

/**
 * kubectl has a current namespace. Here it is the one that all objects are in; where they are in several, all are looked at, and shown with theirs.
 * `default`: where there is none yet.
 */
export function scopeOf(objects: readonly AnyResource[], namespace: string | undefined, isAll: boolean): Scope {
  if (namespace !== undefined && isAll) throw new Failure('usage', 'give one of -n and -A');
  if (isAll) return { in: 'all' };
  if (namespace !== undefined) return { in: 'one', namespace };
  const namespaces = new Set(objects.map(({ metadata }) => metadata.namespace));
  const [only = 'default', another] = namespaces;
  return another === undefined ? { in: 'one', namespace: only } : { in: 'all' };
}

export interface Selection {
  /** In the order that was asked for; those of a kind by namespace and name. */
  readonly found: readonly AnyResource[];
  /** A name that no object of this kind has, in the words of an API server. */
  readonly missing: readonly string[];
}

export function select(objects: readonly AnyResource[], asked: Asked, scope: Scope): Selection {
  const within = objects
    .filter(({ metadata }) => scope.in === 'all' || metadata.namespace === scope.namespace)
    .sort((left, right) => compare(placeOf(left), placeOf(right)));
  if ('kinds' in asked) {
    return { found: asked.kinds.flatMap((kind) => within.filter((one) => one.kind === kind)), missing: [] };
  }
  const each = asked.named.map((named) => ({
    named,
    found: within.filter(({ kind, metadata }) => kind === named.kind && metadata.name === named.name),
  }));
  return {
    found: each.flatMap(({ found }) => found),
    missing: each.filter(({ found }) => found.length === 0).map(({ named }) => notFound(named.kind, named.name)),
  };
}

function notFound(kind: Kind, name: string): string {
  return `Error from server (NotFound): ${resourceName(kind)} ${JSON.stringify(name)} not found`;
}

function placeOf({ metadata: { namespace, name } }: AnyResource): string {
  return `${namespace}/${name}`;
}

function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
