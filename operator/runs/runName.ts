import { hash } from 'node:crypto';

const longestName = 63;
const hashCharacters = 12;

/**
 * The name of a run on the storage: readable, and the same for the same `identity` whenever and by whomever it is asked for, so that a run that was
 * ordered is found again after a crash, and by an object that was created anew (its uid is no part of it). `identity`: everything that makes it this run
 * and no other; JSON, in one order. At most 63 of a-z, 0-9 and "-".
 */
export function runName(readable: string, identity: readonly unknown[]): string {
  const suffix = hash('sha256', JSON.stringify(identity)).slice(0, hashCharacters);
  const slug = readable
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, longestName - 1 - hashCharacters)
    .replace(/^-|-$/g, '');
  return slug === '' ? suffix : `${slug}-${suffix}`;
}
