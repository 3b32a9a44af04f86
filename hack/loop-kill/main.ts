/**
 * `node hack/loop-kill/main.ts [--rounds 100] [--seed TEXT]`
 *
 * Two replicas on one directory and a collection always running, under pushes, indexes, tags moved and deletes. Each round kills (SIGKILL) or stops
 * (SIGSTOP, past its permit) one of the three at a moment drawn by chance, then starts or continues it. In the end: no acknowledged image lost, the
 * registry writable again within a window's lapse each time, the next run clean, and nothing on the disk but what tags reach. Exit code 1 otherwise.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { RegistryClient } from '../load/client.ts';
import { coppice, type Said } from '../load/command.ts';
import { imageOf, layer } from '../load/images.ts';
import { Ledger, type Loss } from '../load/ledger.ts';
import { freePorts } from '../load/ports.ts';
import { Pusher } from '../load/pusher.ts';
import { Random } from '../load/random.ts';
import { Replica } from '../load/replica.ts';
import { blobsOnDisk, liveBlobs } from '../load/tree.ts';
import { CollectorLoop } from './executor.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '100' }, seed: { type: 'string', default: 'coppice' } },
});
const rounds = Number(values.rounds);
const random = new Random(values.seed);

const permitMs = 1000;
const windowMs = 2000;
const durations = {
  permitTTL: '1s',
  window: '2s',
  holdBudget: '2s',
  promiseTTL: '4s',
  minAge: '1s',
  confirmAfter: '1s',
  undoPeriod: '3s',
  trashTTL: '1s',
  untagged: 'Delete',
};

const controller = new AbortController();
const { signal } = controller;
process.once('SIGINT', () => {
  controller.abort(new Error('interrupted'));
});

const folder = await mkdtemp(join(tmpdir(), 'coppice-loop-kill-'));
const storage = join(folder, 'storage');
await mkdir(storage);
const ports = await freePorts(6);
const replicas = [0, 1].map((at) => {
  const [api = 0, admin = 0, metrics = 0] = ports.slice(at * 3);
  return new Replica({ name: `replica-${at}`, folder, storage, ports: { api, admin, metrics }, coppice: durations });
});
const [first, second] = replicas;
if (first === undefined || second === undefined) throw new Error('no replicas');
const collections = new CollectorLoop(['--config', first.config]);

const ledger = new Ledger();
const patient = {
  retryAfterMs: [100, 200, 400, 800, 1600, 1600, 1600],
  pause: async (ms: number): Promise<void> => pause(ms),
};
const clients = replicas.map(({ api }) => new RegistryClient(api, patient));
const pushers = [0, 1, 2, 3, 4, 5, 6, 7].map(
  (number) =>
    new Pusher({
      name: `pusher-${number}`,
      repositories: [`load/app-${number}`, `load/other-${number}`],
      replicas: clients,
      ledger,
      random: new Random(`${values.seed} pusher ${number}`),
      layerBytes: 2000,
      restMs: 20,
      mix: { index: 20, artifact: 10, retag: 20, remove: 20 },
      tagOf: (tag) => `t-${tag % 40}`,
    }),
);

/** How long until a push through this replica is acknowledged, ms. */
async function writableAfter(through: Replica, round: number): Promise<number> {
  const began = performance.now();
  const client = new RegistryClient(through.api, { ...patient, retryAfterMs: Array.from({ length: 400 }, () => 50) });
  const outcome = await client.push(
    'probe/app',
    imageOf(`probe ${round}`, [layer(`probe ${round}`, 500)]),
    'latest',
    signal,
  );
  if (outcome.is !== 'acknowledged') throw new Error(`round ${round}: not writable again: ${outcome.why}`);
  return performance.now() - began;
}

async function harm(round: number): Promise<string> {
  const victim = random.pick(['replica 0', 'replica 1', 'collector'] as const);
  const how = random.pick(['SIGKILL', 'SIGSTOP'] as const);
  await pause(random.between(0, 1500), undefined, { signal });
  const target = victim === 'collector' ? collections : victim === 'replica 0' ? first : second;
  if (target === undefined) throw new Error('no victim');
  if (how === 'SIGSTOP') {
    target.send('SIGSTOP');
    await pause(permitMs * random.between(1.1, 2.5), undefined, { signal });
    target.send('SIGCONT');
  } else if (target instanceof Replica) {
    await target.end('SIGKILL');
    await pause(random.between(0, 1000), undefined, { signal });
    await target.start(signal);
  } else {
    target.send('SIGKILL');
  }
  return `${how} ${victim} in round ${round}`;
}

/** What piled up while nothing was collected may be over the limits: then the plan is approved, as a person would. */
async function collectOnce(): Promise<Said> {
  const args = ['collect', '--config', first?.config ?? '', '-o', 'json'];
  const said = await coppice(args, signal);
  const plan = said.stdout.includes('LimitExceeded')
    ? /"digest": "(sha256:[0-9a-f]+)"/.exec(said.stdout)?.[1]
    : undefined;
  return plan === undefined ? said : coppice([...args, '--approve', plan], signal);
}

async function collectUntilClean(): Promise<{ runs: number; garbage: number; missing: number }> {
  for (let runs = 1; ; runs += 1) {
    await pause(1500, undefined, { signal });
    const said = await collectOnce();
    if (said.exitCode !== 0)
      throw new Error(`a run without faults did not end clean (${said.exitCode}): ${said.stderr}${said.stdout}`);
    const live = await liveBlobs(storage);
    const stored = new Set((await blobsOnDisk(storage)).keys());
    const garbage = stored.difference(live).size;
    const missing = live.difference(stored).size;
    if (garbage === 0 || missing > 0 || runs === 20) return { runs, garbage, missing };
  }
}

const losses: Loss[] = [];
const stopLoad = new AbortController();
let slowestMs = 0;
let failure: unknown;
try {
  await Promise.all(replicas.map(async (replica) => replica.start(signal)));
  const load = Promise.all(pushers.map(async (pusher) => pusher.run(AbortSignal.any([signal, stopLoad.signal]))));
  collections.start(signal);
  for (let round = 1; round <= rounds; round += 1) {
    const done = await harm(round);
    const waited = await writableAfter(random.pick(replicas), round);
    slowestMs = Math.max(slowestMs, waited);
    if (round % 10 === 0)
      console.log(
        `round ${round}: ${ledger.acknowledged} pushes acknowledged, writable after ${Math.round(waited)} ms (${done})`,
      );
  }
  stopLoad.abort();
  await load;
  const ends = await collections.stop();
  console.log(`collections: ${[...ends].map(([end, count]) => `${count} ${end}`).join(', ')}`);
  for (const client of clients) losses.push(...(await ledger.verify(client, signal)).losses);
  const clean = await collectUntilClean();
  for (const client of clients) losses.push(...(await ledger.verify(client, signal)).losses);
  console.log(`${clean.garbage} garbage blobs and ${clean.missing} missing after ${clean.runs} runs without faults`);
  if (clean.garbage > 0 || clean.missing > 0)
    failure = new Error('the disk does not hold what tags reach, and that alone');
} catch (error) {
  failure = error;
} finally {
  stopLoad.abort();
  await Promise.all(replicas.map(async (replica) => replica.end('SIGTERM')));
}

const limitMs = 3 * windowMs;
console.log(
  `${rounds} rounds, ${ledger.acknowledged} pushes acknowledged, ${losses.length} lost, writable again after at most ${Math.round(slowestMs)} ms`,
);
for (const { image, why } of losses.slice(0, 20)) console.log(`  lost ${image}: ${why}`);
if (failure !== undefined) console.error(failure);
const ok = failure === undefined && losses.length === 0 && slowestMs <= limitMs;
if (ok) await rm(folder, { recursive: true });
else console.error(`seed ${values.seed}; storage, configuration and logs are left in ${folder}`);
process.exitCode = ok ? 0 : 1;
