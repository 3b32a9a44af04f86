import { setTimeout as pause } from 'node:timers/promises';
import { coppice, type Said } from '../load/command.ts';
import { freePorts } from '../load/ports.ts';
import { launcher, Replica } from '../load/replica.ts';
import type { Tally } from '../load/tally.ts';
import { blobsOnDisk, liveBlobs } from '../load/tree.ts';
import { undelete } from '../load/undelete.ts';
import { CollectorLoop } from './collectorLoop.ts';
import type { Contestant, Leftovers } from './contestant.ts';
import { holdsOf } from './holds.ts';

/** Short, so that hours of a registry's life fit into minutes; their proportions are those of the defaults. */
const permitMs = 2000;
const durations = {
  permitTTL: '2s',
  window: '4s',
  holdBudget: '3s',
  promiseTTL: '6s',
  minAge: '2s',
  confirmAfter: '2s',
  undoPeriod: '5s',
  trashTTL: '1s',
  untagged: 'Delete',
} as const;
/** What a tombstone kept goes when it lapses; then a mark names it, and a second one two seconds later confirms. */
const untilGarbageMs = 2500;
const mostRuns = 20;

/** Neither a fault of ours nor a sign of one, but to be explained. */
const unexpected: ReadonlySet<string> = new Set(['Doubt', 'ForeignWriter', 'StorageError', 'Overflow', 'PlanChanged']);

/** Three replicas on `storage`, and two commands that collect, one over the other where one was stopped. */
export async function coppiceContestant(folder: string, storage: string, tally: Tally): Promise<Contestant> {
  const ports = await freePorts(9);
  const replicas = [0, 1, 2].map((at) => {
    const [api = 0, admin = 0, metrics = 0] = ports.slice(at * 3);
    return new Replica({ name: `replica-${at}`, folder, storage, ports: { api, admin, metrics }, coppice: durations });
  });
  const [first] = replicas;
  if (first === undefined) throw new Error('no replicas');
  const collect = ['collect', '--config', first.config, '-o', 'json'];
  const collector = {
    command: process.execPath,
    args: [launcher, ...collect],
    env: { PATH: process.env['PATH'] },
    endOf: (exitCode: number, printed: string) => endOf(exitCode, printed, tally),
    restMs: 2000,
  };
  let next = 0;
  return {
    name: 'coppice',
    permitMs,
    servers: replicas.map((replica, at) => ({
      name: `replica ${at}`,
      api: replica.api,
      start: (signal) => replica.start(signal),
      send: (signal) => {
        replica.send(signal);
      },
      end: (signal) => replica.end(signal),
      whyGone: () => replica.whyGone(),
      holds: (signal) => holdsOf(replica.metrics, signal),
    })),
    collectors: [new CollectorLoop(collector, tally), new CollectorLoop(collector, tally)],
    undelete: (repository, tag, signal) =>
      undelete(replicas[next++ % replicas.length]?.admin ?? '', repository, tag, signal),
    finish: (signal) => collectUntilClean({ storage, config: first.config, tally }, signal),
  };
}

/** In a word; what needs an explanation is noted. */
function endOf(exitCode: number | undefined, printed: string, tally: Tally): string {
  const reason = reasonOf(printed);
  if (reason === undefined || unexpected.has(reason)) tally.note(`${reason ?? exitCode}: ${messageOf(printed)}`);
  return reason ?? `exit code ${exitCode}`;
}

function reasonOf(printed: string): string | undefined {
  return /"reason": "(\w+)"/.exec(printed)?.[1];
}

function messageOf(printed: string): string {
  return /"message": "(.*)"/.exec(printed)?.[1] ?? printed.slice(0, 300);
}

/** On a machine that has other things to do a run may be fenced or find no room in time, too: then another one follows. */
async function collectUntilClean(
  { storage, config, tally }: { readonly storage: string; readonly config: string; readonly tally: Tally },
  signal: AbortSignal,
): Promise<Leftovers> {
  for (let runs = 1; ; runs += 1) {
    await pause(untilGarbageMs, undefined, { signal });
    const said = await collectOnce(config, signal);
    tally.count('collection without faults', endOf(said.exitCode, `${said.stdout}${said.stderr}`, tally));
    const live = await liveBlobs(storage);
    const stored = new Set((await blobsOnDisk(storage)).keys());
    const garbage = stored.difference(live).size;
    const missing = live.difference(stored).size;
    const isClean = said.exitCode === 0 && garbage === 0;
    if (isClean || missing > 0 || runs === mostRuns) {
      const audit = await coppice(['audit', '--config', config], signal);
      if (audit.exitCode !== 0) throw new Error(`the audit found something: ${audit.stdout}${audit.stderr}`);
      return { runs, garbage, missing };
    }
  }
}

/** What piled up while nothing was collected may be over the limits: then the plan is approved, as a person would. */
async function collectOnce(config: string, signal: AbortSignal): Promise<Said> {
  const args = ['collect', '--config', config, '-o', 'json'];
  const said = await coppice(args, signal);
  const isOver = reasonOf(said.stdout) === 'LimitExceeded';
  const plan = isOver ? /"digest": "(sha256:[0-9a-f]+)"/.exec(said.stdout)?.[1] : undefined;
  return plan === undefined ? said : coppice([...args, '--approve', plan], signal);
}
