/**
 * G1: something about the graph could not be told. It ends the run with nothing removed.
 * Neither "absent" nor "empty": both of those are answers.
 */
export class Doubt extends Error {
  override readonly name = 'Doubt';
  /** What the doubt is about, as a person would look for it: `repository@digest`, `repository:tag`, a path on the storage. */
  readonly object: string;

  constructor(object: string, says: string, options?: { readonly cause: unknown }) {
    super(`${object}: ${says}`, options);
    this.object = object;
  }
}

/** The snapshot of the graph is not of this storage: what it says of one manifest is wrong, so nothing of it may be used again. */
export class StaleSnapshot extends Doubt {}
