import { cell, Grouping } from './column.ts';

/** What the tags of a repository name: asked for one repository after the other, each costs a walk of its tags once. */
export class Tagged {
  readonly #digest: Uint32Array;
  readonly #rowsIn: Grouping;
  /** By digest: in which repository a tag was last seen to name it, plus one. */
  readonly #seenIn: Uint32Array;
  #repository: number | undefined;

  /** `digests`: how many there were when the last tag was read; none that came later has a tag. */
  constructor(
    { repository, digest }: { readonly repository: Uint32Array; readonly digest: Uint32Array },
    repositories: number,
    digests: number,
  ) {
    this.#digest = digest;
    this.#rowsIn = new Grouping(repository, repositories);
    this.#seenIn = new Uint32Array(digests);
  }

  names(repository: number, digest: number): boolean {
    if (this.#repository !== repository) {
      this.#repository = repository;
      for (const row of this.#rowsIn.of(repository)) this.#seenIn[cell(this.#digest, row)] = repository + 1;
    }
    return this.#seenIn[digest] === repository + 1;
  }
}
