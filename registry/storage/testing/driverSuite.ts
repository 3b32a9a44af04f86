import { afterEach, beforeEach, describe } from 'vitest';
import type { Driver } from '../driver.ts';
import { describeCommits } from './commitsSuite.ts';
import { describeFence } from './fenceSuite.ts';
import { describeReads } from './readsSuite.ts';
import { describeRecords } from './recordsSuite.ts';
import { describeRemovals } from './removalsSuite.ts';
import type { MakeStorage, TestStorage } from './testStorage.ts';
import { describeUploads } from './uploadsSuite.ts';

/** What holds for every storage: each case has a fresh one, and `another()` is one more driver on it, as of another process. */
export function describeDriver(name: string, make: MakeStorage): void {
  describe(`${name} driver`, () => {
    let storage: TestStorage | undefined;
    beforeEach(async () => {
      storage = await make();
    });
    afterEach(async () => {
      await storage?.dispose();
      storage = undefined;
    });
    const another = (): Driver => {
      if (storage === undefined) throw new Error('drivers exist within a test only');
      return storage.another();
    };
    describe('reads', () => {
      describeReads(another);
    });
    describe('records', () => {
      describeRecords(another);
    });
    describe('fence', () => {
      describeFence(another);
    });
    describe('commits', () => {
      describeCommits(another);
    });
    describe('removals', () => {
      describeRemovals(another);
    });
    describe('uploads', () => {
      describeUploads(another);
    });
  });
}
