/**
 * `node hack/throughput/main.ts [--loads 200x1,40x10,4x100] [--at-once 200]`
 *
 * Pushes so many images of so many megabytes, up to 200 at the same time, through two replicas on one directory, and pulls and hashes each through the
 * other one; nothing is repeated. Prints how long transfers took and how much memory the replicas held. Exit code 1 if anything went wrong. The storage
 * lies in a temporary directory, which must have room for all of it: `--loads 500x1,200x10,40x100` takes 6.5 GB.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { linesOf } from './figures.ts';
import { type Load, measureThroughput } from './throughput.ts';

const { values } = parseArgs({
  options: {
    loads: { type: 'string', default: '200x1,40x10,4x100' },
    'at-once': { type: 'string', default: '200' },
  },
});
const loads = values.loads.split(',').flatMap((text): Load[] => {
  const [, count, megabytes] = /^([1-9][0-9]{0,5})x([1-9][0-9]{0,4})$/.exec(text) ?? [];
  return count === undefined ? [] : [{ count: Number(count), megabytes: Number(megabytes) }];
});
const atOnce = Number(values['at-once']);
if (loads.length !== values.loads.split(',').length || !Number.isInteger(atOnce) || atOnce < 1) {
  console.error('usage: node hack/throughput/main.ts [--loads COUNTxMEGABYTES,…] [--at-once 200]');
  process.exit(2);
}

const controller = new AbortController();
process.once('SIGINT', () => {
  controller.abort(new Error('interrupted'));
});
const folder = await mkdtemp(join(tmpdir(), 'coppice-throughput-'));
try {
  const result = await measureThroughput({ loads, atOnce, folder }, controller.signal);
  for (const line of linesOf(result)) console.log(line);
  for (const error of result.errors) console.error(error);
  process.exitCode = result.errors.length === 0 ? 0 : 1;
} finally {
  await rm(folder, { recursive: true });
}
