import { TestWorld } from '../../window/testing/testWorld.ts';

/** For `describe.each`: whatever holds for repositories holds on every kind of storage. */
export const eachStorage: readonly (readonly [name: string, open: () => Promise<TestWorld>])[] = [
  ['a directory', () => TestWorld.onDisk()],
  ['memory', () => TestWorld.inMemory()],
];
