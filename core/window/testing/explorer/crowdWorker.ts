import { parentPort } from 'node:worker_threads';
import type { Chunk } from './chunk.ts';
import { exploreChunk } from './chunk.ts';

parentPort?.on('message', (chunk: Chunk) => {
  parentPort?.postMessage(exploreChunk(chunk));
});
