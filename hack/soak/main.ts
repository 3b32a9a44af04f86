/**
 * `node hack/soak/main.ts [--minutes 10] [--seed TEXT] [--pushers 8] [--peer distribution]`
 *
 * Three replicas on one directory and collections always running, under clients that push, index, mount, refer, tag again, delete and undelete. For most of
 * the time replicas and collections are killed (SIGKILL) and stopped (SIGSTOP, past their permit) at moments drawn by chance, and the disk is full now and
 * then (where a loop mount is allowed). Checked all the time and in the end, from every replica: what was acknowledged is there and hashes to its name; a
 * tag holds what was written last; nothing that was deleted comes back; garbage goes. Prints how long requests were held. With a peer, the same happens to
 * that afterwards. Exit code 1 if Coppice broke a promise.
 */
import { parseArgs } from 'node:util';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Tally } from '../load/tally.ts';
import { lacking } from '../tools/cache.ts';
import type { Contestant } from './contestant.ts';
import { coppiceContestant } from './coppice.ts';
import { openDisk } from './disk.ts';
import { distributionContestant } from './distribution.ts';
import { held, inWords } from './holds.ts';
import { Soak, type SoakResult } from './soak.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: 'coppice' },
    pushers: { type: 'string', default: '8' },
    peer: { type: 'string' },
  },
});
const [minutes, pushers] = [Number(values.minutes), Number(values.pushers)];
if (!(minutes > 0) || !(pushers > 0) || (values.peer !== undefined && values.peer !== 'distribution')) {
  console.error('usage: node hack/soak/main.ts [--minutes 10] [--seed TEXT] [--pushers 8] [--peer distribution]');
  process.exit(2);
}

const controller = new AbortController();
process.once('SIGINT', () => {
  controller.abort(new Error('interrupted'));
});

type Make = (folder: string, storage: string, tally: Tally) => Promise<Contestant>;

async function soak(make: Make): Promise<SoakResult> {
  const folder = await mkdtemp(join(tmpdir(), 'coppice-soak-'));
  const disk = await openDisk(folder);
  const tally = new Tally();
  const contestant = await make(folder, disk.storage, tally);
  const began = performance.now();
  const tell = (line: string): void => {
    console.log(`${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s  ${contestant.name}: ${line}`);
  };
  if ('lacks' in disk.full) tell(`SKIPPED: the disk is never full, for this machine lacks it: ${disk.full.lacks}`);
  let isLost = false;
  try {
    const result = await new Soak(contestant, disk, tally, { minutes, pushers, seed: values.seed, tell }).run(
      controller.signal,
    );
    isLost = result.losses.length > 0 && values.peer === undefined;
    print(contestant, result, tally);
    return result;
  } catch (error) {
    console.error(error); // what follows may fail as well
    throw error;
  } finally {
    if (isLost)
      console.error(`seed ${values.seed}; ${disk.storage} and ${folder} with configuration and logs are left`);
    else {
      await disk.drop();
      await rm(folder, { recursive: true });
    }
  }
}

function print({ name, servers }: Contestant, { holds, slowestMs, ...result }: SoakResult, tally: Tally): void {
  for (const line of tally.lines) console.log(`        ${line}`);
  for (const note of tally.notes) console.log(`        seen: ${note}`);
  for (const [phase, { holds: held, seconds }] of Object.entries(holds))
    if (servers[0]?.holds !== undefined) console.log(`        ${phase}: ${inWords(held, seconds)}`);
  console.log(
    `${name}: ${result.acknowledged} pushes acknowledged, ${result.losses.length} tags lost or not in order, ` +
      `${result.fallen.length} servers fell; after a harm a push was acknowledged within ${Math.round(slowestMs)} ms`,
  );
}

const lack = values.peer === undefined ? undefined : await lacking('registry');
if (lack !== undefined) {
  console.error(lack);
  process.exit(2);
}
const ours = await soak(coppiceContestant);
if (values.peer !== undefined) await soak(distributionContestant);
const { garbage = 1, missing = 1 } = ours.leftovers ?? {};
const isOk =
  ours.losses.length + ours.fallen.length === 0 && garbage === 0 && missing === 0 && held(ours.holds.fresh.holds) === 0;
process.exitCode = isOk ? 0 : 1;
