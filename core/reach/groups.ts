import { parentsFirst } from './canonical.ts';
import { cell } from './column.ts';
import type { Marked } from './mark.ts';

/** What goes together from one repository. All numbers are indexes of the mark's graph. */
export interface GroupQuestion {
  readonly repository: number;
  /** Manifests that are named to go. */
  readonly roots: ReadonlySet<number>;
  readonly referrers: 'Delete' | 'Keep';
  /** Stays whatever refers to it: protected, fresh, touched. */
  readonly stays: (digest: number) => boolean;
  /** Whether a live subject keeps this root (G3); a manifest that a request names by its digest goes from under its subject. */
  readonly isHeldBySubject: (root: number) => boolean;
  /** Tags that count as gone already, by row. */
  readonly isGoingTag: (row: number) => boolean;
}

export interface Group {
  /** Roots and what goes along with them. */
  readonly members: ReadonlySet<number>;
  /** Roots that stay because of what refers to them, each with the manifest that does. */
  readonly blocked: ReadonlyMap<number, number>;
}

/**
 * What a deletion takes along (design section 3): untagged children at any depth and untagged referrers, as far as nothing else refers to them.
 * The largest such set: all that could go, less what something outside needs, until nothing more falls out.
 */
export function groupOf(marked: Marked, question: GroupQuestion): Group {
  return new Gathering(marked, question).find();
}

class Gathering {
  readonly #marked: Marked;
  readonly #question: GroupQuestion;
  readonly #members = new Set<number>();

  constructor(marked: Marked, question: GroupQuestion) {
    this.#marked = marked;
    this.#question = question;
  }

  find(): Group {
    this.#gather();
    const waiting = [...this.#members];
    const fallen = new Set<number>();
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (!this.#members.has(next) || !this.#falls(next)) continue;
      this.#members.delete(next);
      fallen.add(next);
      // Whatever needs what stays stays: its children, and its referrers also where those are not taken along.
      waiting.push(...along(this.#marked, { ...this.#question, referrers: 'Delete' }, next));
    }
    // Asked again now: which needer was met first depends on the order of a listing, which they are does not (R2).
    const { digests } = this.#marked.graph;
    const blocked = [...fallen].flatMap((digest): [number, number][] => {
      const [first] = [...this.#needers(digest)].sort((left, right) => digests.compare(left, right));
      return first !== undefined && this.#question.roots.has(digest) ? [[digest, first]] : [];
    });
    return { members: this.#members, blocked: new Map(blocked) };
  }

  #gather(): void {
    const waiting = [...this.#question.roots];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (this.#members.has(next)) continue;
      this.#members.add(next);
      waiting.push(...along(this.#marked, this.#question, next));
    }
  }

  #falls(digest: number): boolean {
    const isRoot = this.#question.roots.has(digest);
    if (!isRoot && (this.#isTagged(digest) || this.#question.stays(digest))) return true;
    return this.#needers(digest).next().done !== true;
  }

  #isTagged(digest: number): boolean {
    return this.#marked.graph.tagsAt(this.#question.repository, digest).some((row) => !this.#question.isGoingTag(row));
  }

  /** Manifests outside that need this one in this repository: those that refer to it, and its subject. */
  *#needers(digest: number): Generator<number> {
    const { graph } = this.#marked;
    for (const parent of graph.parents(digest)) if (this.#needs(parent, digest)) yield parent;
    const subject = graph.subject(digest);
    if (subject === undefined || (this.#question.roots.has(digest) && !this.#question.isHeldBySubject(digest))) return;
    if (this.#needs(subject, digest)) yield subject;
  }

  /** Whether it stays, and stands in this repository or in one that has no link of its own. */
  #needs(needer: number, digest: number): boolean {
    const { graph, linkless } = this.#marked;
    const { repository } = this.#question;
    if (linkless.get(repository)?.has(needer) === true) return true;
    return graph.revisionsOf(needer).some((row) => {
      const holder = cell(graph.revisions.repository, row);
      return holder === repository ? !this.#members.has(needer) : graph.revisionAt(holder, digest) === undefined;
    });
  }
}

/** What could go along with a manifest: only what its repository has a link of. */
function* along({ graph }: Marked, { repository, referrers }: GroupQuestion, digest: number): Generator<number> {
  for (const child of graph.references(digest)) if (graph.revisionAt(repository, child) !== undefined) yield child;
  if (referrers === 'Keep') return;
  for (const referrer of graph.referrers(digest))
    if (graph.revisionAt(repository, referrer) !== undefined) yield referrer;
}

/** What one tombstone covers. */
export interface Part {
  readonly head: number;
  /** Goes with this part, the head among it. */
  readonly goes: ReadonlySet<number>;
  /** Goes with a later part that leads to it as well; the tombstone has to name it, so that either can be brought back whole. */
  readonly shared: ReadonlySet<number>;
}

/**
 * A group's parts, in the order in which they go. A root heads a part when `isHead` says so, or when no other member leads to it; a part is what its
 * head leads to, short of other heads. What several lead to goes with the last of them.
 */
export function partsOf(
  marked: Marked,
  question: GroupQuestion,
  { members }: Group,
  isHead: (root: number) => boolean,
): Part[] {
  const heads = headsOf(marked, question, members, isHead);
  const later = new Set<number>();
  return parentsFirst(marked.graph, heads)
    .reverse()
    .map((head) => {
      const part = partOf(marked, question, members, heads, head);
      const parted = { head, goes: part.difference(later), shared: part.intersection(later) };
      for (const member of part) later.add(member);
      return parted;
    })
    .reverse();
}

function headsOf(
  marked: Marked,
  question: GroupQuestion,
  members: ReadonlySet<number>,
  isHead: (root: number) => boolean,
): ReadonlySet<number> {
  const { graph } = marked;
  const roots = [...question.roots.intersection(members)].sort((left, right) => graph.digests.compare(left, right));
  const heads = new Set(roots.filter(isHead));
  const covered = new Set([...heads].flatMap((head) => [...partOf(marked, question, members, heads, head)]));
  const isLedTo = (root: number): boolean => {
    const subject = graph.subject(root);
    return [...graph.parents(root), ...(subject === undefined ? [] : [subject])].some((each) => members.has(each));
  };
  // Last, whatever is left: roots that lead to each other in a circle, by a reference one way and a subject the other.
  for (const root of [...roots.filter((each) => !isLedTo(each)), ...roots]) {
    if (covered.has(root)) continue;
    heads.add(root);
    for (const member of partOf(marked, question, members, heads, root)) covered.add(member);
  }
  return heads;
}

function partOf(
  marked: Marked,
  question: GroupQuestion,
  members: ReadonlySet<number>,
  heads: ReadonlySet<number>,
  head: number,
): ReadonlySet<number> {
  const part = new Set([head]);
  for (const member of part) {
    for (const next of along(marked, question, member)) if (members.has(next) && !heads.has(next)) part.add(next);
  }
  return part;
}
