/** A page of names in byte order: what comes after `last`, at most `n` of it. */
export interface PageRequest {
  readonly n?: number;
  readonly last?: string;
}

export interface NamePage {
  readonly names: readonly string[];
  /** There is more, after this name. */
  readonly next?: string;
}

/** Takes names that come in order until the page is full and one more shows that it is not the last. */
export async function pageOf(
  names: AsyncIterable<string> | Iterable<string>,
  { n, last }: PageRequest,
): Promise<NamePage> {
  const taken: string[] = [];
  if (n === 0) return { names: taken };
  for await (const name of names) {
    if (last !== undefined && name <= last) continue;
    if (taken.length === n) return { names: taken, ...nextAfter(taken) };
    taken.push(name);
  }
  return { names: taken };
}

function nextAfter(taken: readonly string[]): { next?: string } {
  const next = taken.at(-1);
  return next === undefined ? {} : { next };
}
