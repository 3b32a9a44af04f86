import { cell, Flags } from './column.ts';
import type { Graph } from './graph.ts';
import { Reach } from './reach.ts';

/** Bytes that only these manifests lead to, in bytes stored: what their removal frees in the end. `going` are rows of revisions. */
export function uniqueBytes(graph: Graph, going: Iterable<number>): number {
  const goes = new Flags(graph.revisions.digest.length);
  const [left, stays] = [new Reach(graph), new Reach(graph)];
  for (const row of going) {
    goes.add(row);
    left.add(cell(graph.revisions.digest, row));
  }
  for (const [row, digest] of graph.revisions.digest.entries()) if (!goes.has(row)) stays.add(digest);
  return graph.data.digest.reduce(
    (sum, digest, row) => sum + (left.has(digest) && !stays.has(digest) ? cell(graph.data.sizeBytes, row) : 0),
    0,
  );
}
