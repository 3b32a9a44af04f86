import type { Digest } from '../oci/digest.ts';
import type { RepositoryName, Tag } from '../oci/reference.ts';

/** What is known of the pulls in one repository. Times of the storage, ms, rounded up: no pull was later than it says. */
export interface RepositoryPulls {
  /** From when on every pull is on record. */
  readonly since: number;
  /** `undefined`: no pull of it by this name is on record. */
  tag(tag: Tag): number | undefined;
  manifest(digest: Digest): number | undefined;
}

/** `undefined`: nothing is known of that repository, and rules that ask for pulls keep (R1). */
export type Pulls = (repository: RepositoryName) => RepositoryPulls | undefined;

export const noPulls: Pulls = () => undefined;
