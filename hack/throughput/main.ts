/**
 * `node hack/throughput/main.ts [--loads 300x1,300x10,30x100] [--at-once 300] [--only coppice|distribution]`
 *
 * Pushes so many images of so many megabytes, up to 300 at the same time, through two replicas on one directory, and pulls and hashes each through the
 * other one; then the same through distribution. Nothing is repeated. Prints for each size the errors, requests, throughput and times, and how much memory
 * the registry's processes held. Exit code 1 if anything went wrong with coppice, 3 if with distribution alone. Storages lie in a temporary directory, one
 * after the other, which must have room for one: 6.3 GB for the usual loads.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { lacking } from '../tools/cache.ts';
import { type Contender, startCoppice, startPeer } from './contender.ts';
import { linesOf } from './figures.ts';
import { type Load, measureThroughput } from './throughput.ts';

const { values } = parseArgs({
  options: {
    loads: { type: 'string', default: '300x1,300x10,30x100' },
    'at-once': { type: 'string', default: '300' },
    only: { type: 'string', default: '' },
  },
});
const loads = values.loads.split(',').flatMap((text): Load[] => {
  const [, count, megabytes] = /^([1-9][0-9]{0,5})x([1-9][0-9]{0,4})$/.exec(text) ?? [];
  return count === undefined ? [] : [{ count: Number(count), megabytes: Number(megabytes) }];
});
const atOnce = Number(values['at-once']);
const isSound = ['', 'coppice', 'distribution'].includes(values.only) && Number.isInteger(atOnce) && atOnce >= 1;
const missing = values.only === 'coppice' ? undefined : await lacking('registry');
if (!isSound || loads.length !== values.loads.split(',').length || missing !== undefined) {
  console.error(missing ?? 'usage: main.ts [--loads COUNTxMEGABYTES,…] [--at-once 300] [--only coppice|distribution]');
  process.exit(2);
}

const controller = new AbortController();
process.once('SIGINT', () => {
  controller.abort(new Error('interrupted'));
});

async function measured(start: (folder: string, signal: AbortSignal) => Promise<Contender>): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'coppice-throughput-'));
  try {
    const contender = await start(folder, controller.signal);
    try {
      const results = await measureThroughput(contender, loads, atOnce, controller.signal);
      for (const line of linesOf(contender, results)) console.log(line);
      const errors = results.flatMap(({ pushes, pulls }) => [...pushes.errors, ...pulls.errors]);
      errors.push(...(await contender.faults()));
      for (const error of errors) console.error(error);
      return errors.length === 0;
    } finally {
      await contender.end();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

const isOursWhole = values.only === 'distribution' || (await measured(startCoppice));
const isTheirsWhole = values.only === 'coppice' || (await measured(startPeer));
process.exitCode = isOursWhole ? (isTheirsWhole ? 0 : 3) : 1;
