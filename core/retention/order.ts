/** In the order of the names that `nameOf` gives, part by part; each name once. */
export function inOrder<T>(items: readonly T[], nameOf: (item: T) => readonly string[]): readonly T[] {
  const named = new Map(items.map((item) => [nameOf(item).join('\0'), item]));
  return [...named].sort(([left], [right]) => compareText(left, right)).map(([, item]) => item);
}

/** By code units: the same everywhere, whatever the locale. */
function compareText(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}
