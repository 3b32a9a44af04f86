import { parentPort } from 'node:worker_threads';
import { searchAll } from './exhaustive.ts';
import { brokenSearches, searches } from './searches.ts';

const most = 1_000_000;

parentPort?.on('message', (name: string) => {
  const search = [...searches, ...brokenSearches].find((one) => one.name === name);
  if (search === undefined) throw new Error(`there is no search ${name}`);
  parentPort?.postMessage(searchAll(search.start, search.allowance, search.limit ?? most));
});
