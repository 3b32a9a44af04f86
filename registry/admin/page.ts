import type { Page, PageRequest } from '../../core/admin/paging.ts';

/** RFC 3339, of a moment in ms. */
export function moment(ms: number): string {
  return new Date(Math.round(ms)).toISOString();
}

/** One page of what is listed in the order of its keys; `last` is the key of a page's last item. */
export function pageOf<T>(all: readonly T[], keyOf: (item: T) => string, { n, last }: PageRequest): Page<T> {
  const keyed = all.map((item) => ({ item, key: keyOf(item) })).toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const rest = last === undefined ? keyed : keyed.filter(({ key }) => key > last);
  const page = rest.slice(0, n);
  const end = page.at(-1)?.key;
  const items = page.map(({ item }) => item);
  return rest.length > page.length && end !== undefined ? { items, last: end } : { items };
}
