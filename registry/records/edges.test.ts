import { expect, it } from 'vitest';
import { GraphBuilder } from '../../core/reach/graphBuilder.ts';
import { StorageError, StorageFull } from '../storage/driver.ts';
import { layout } from '../storage/layout.ts';
import { MemoryDisk } from '../storage/testing/memoryDisk.ts';
import { MemoryDriver } from '../storage/testing/memoryDriver.ts';
import { signal } from '../storage/testing/testStorage.ts';
import { EdgeStore } from './edges.ts';

it('goes without a snapshot of the edges where there is no room for one, and fails where the storage does', async () => {
  let error: Error | undefined = new StorageFull(layout.edges, 'no space left');
  const driver = new MemoryDriver(new MemoryDisk(() => 1), {
    before: (method, path) => {
      if (method === 'write' && path === layout.edges && error !== undefined) throw error;
    },
  });
  const edges = new EdgeStore(driver);
  const graph = new GraphBuilder(1).soFar();
  await edges.write(graph, signal);
  expect(await edges.read(2 ** 20, signal)).toBeUndefined();
  error = new StorageError(layout.edges, 'EIO');
  await expect(edges.write(graph, signal)).rejects.toThrow('EIO');
  error = undefined;
  await edges.write(graph, signal);
  expect(await edges.read(2 ** 20, signal)).toBeDefined();
});
