import { definitions } from '../api/definitions.ts';
import { apiVersion, type Kind, type ObjectKey } from '../resources/home.ts';

/*
 *   /apis/coppice.dev/v1alpha1/[namespaces/NAMESPACE/]PLURAL[/NAME[/status]]
 */

/** What is undefined is left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** Who of the managers of a field we are. */
export const fieldManager = 'coppice';

/** Of a collection, by what is asked of it. `group`: with its version, such as `/apis/apps/v1`. Without a namespace: in all of them. */
export function namespacedPath(group: string, plural: string, namespace?: string): (query: Query) => string {
  const within = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return (query) => withQuery(`${group}${within}/${plural}`, query);
}

/** Of all objects of a kind; in one namespace, if it is given. */
export function collectionPath(kind: Kind, namespace: string | undefined, query: Query = {}): string {
  return namespacedPath(`/apis/${apiVersion}`, definitions[kind].plural, namespace)(query);
}

export function objectPath(kind: Kind, { namespace, name }: ObjectKey, query: Query = {}): string {
  return withQuery(`${collectionPath(kind, namespace)}/${encodeURIComponent(name)}`, query);
}

export function statusPath(kind: Kind, key: ObjectKey, query: Query): string {
  return withQuery(`${objectPath(kind, key)}/status`, query);
}

export function withQuery(path: string, query: Query): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as const],
  );
  return given.length === 0 ? path : `${path}?${new URLSearchParams(Object.fromEntries(given)).toString()}`;
}
