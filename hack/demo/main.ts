/**
 * `npm run demo`: two replicas on one directory, clients that push all the time, and an operator on a directory of YAML files that carries out a policy and
 * a delete request, each previewed first, and collects; a deletion is undone, and everything that was acknowledged is pulled again and hashed. Exit code
 * 1 if anything was lost.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Digest } from '../../core/oci/digest.ts';
import { RegistryClient } from '../load/client.ts';
import { imageOf, layer, topOf } from '../load/images.ts';
import { Ledger } from '../load/ledger.ts';
import { metric } from '../load/metrics.ts';
import { Pusher } from '../load/pusher.ts';
import { Random } from '../load/random.ts';
import type { Replica } from '../load/replica.ts';
import { blobsOnDisk } from '../load/tree.ts';
import { command, readyReason, Resources } from './scenario.ts';
import { PortTaken, setStage, type Stage, strike, undoMs } from './stage.ts';

const controller = new AbortController();
const { signal } = controller;
process.once('SIGINT', () => {
  controller.abort(new Error('interrupted'));
});

const began = performance.now();
function tell(line: string): void {
  const seconds = ((performance.now() - began) / 1000).toFixed(0).padStart(3);
  console.log(`${seconds} s  ${line}`);
}

function kilobytes(sizes: Iterable<number>): string {
  return `${Math.round([...sizes].reduce((sum, size) => sum + size, 0) / 1024).toLocaleString('en')} KiB`;
}

const patient = {
  retryAfterMs: [100, 200, 400, 800, 1600],
  pause: async (ms: number): Promise<void> => pause(ms, undefined, { signal }),
};

function makePushers(clients: readonly RegistryClient[], ledger: Ledger): readonly Pusher[] {
  return [0, 1, 2, 3, 4, 5].map(
    (number) =>
      new Pusher({
        name: `client-${number}`,
        repositories: [`team/app-${number}`],
        replicas: clients,
        ledger,
        random: new Random(`demo ${number}`),
        layerBytes: 4096,
        restMs: 170,
        mix: { index: 15, artifact: 15, retag: 10, remove: 0 },
        tagOf: (tag) => (tag % 2 === 0 ? `pr-${tag}` : `1.0.${tag}`),
      }),
  );
}

function isCandidate(_repository: string, tag: string): boolean {
  return tag.startsWith('pr-');
}

/** What `coppice` printed, set off from the story. */
function show(text: string): void {
  for (const line of text.split('\n')) console.log(`         ${line}`);
}

/** A tag that the policy's run removed, by its report. */
async function goneTag(
  run: string,
  { admin }: Replica,
  client: RegistryClient,
): Promise<{ repository: string; tag: string }> {
  const answer = await fetch(`${admin}/coppice/v1/runs/${run}/items?of=RetentionPolicy/registry/team&n=1000`, {
    signal,
  });
  const { items } = (await answer.json()) as { items: { step: string; object: string; why: string }[] };
  for (const { step, object, why } of items) {
    const [repository = '', tag = ''] = object.split(':');
    if (step !== 'tag' || (await client.pull(repository, tag, signal)).is !== 'absent') continue;
    show(`for example ${object}: ${why}`);
    return { repository, tag };
  }
  throw new Error('the policy removed nothing');
}

async function holdsOf(metrics: string): Promise<{ count: number; longestSeconds: number }> {
  const [count, longestSeconds] = await Promise.all([
    metric(metrics, 'coppice_hold_seconds_count', {}, signal),
    metric(metrics, 'coppice_longest_hold_seconds', {}, signal),
  ]);
  return { count, longestSeconds };
}

/** Waits until so many are counted, but for no longer than 15 seconds: a slow machine shows what it can. */
async function atLeast(wanted: number, counted: () => number): Promise<void> {
  for (let waits = 0; waits < 60 && counted() < wanted; waits += 1) await pause(250, undefined, { signal });
}

async function play(stage: Stage, stopLoad: AbortController): Promise<number> {
  const { replicas, storage } = stage;
  const [one, two] = replicas;
  tell(`two replicas serve one directory at ${one.api} and ${two.api}; an operator watches a directory of YAML files`);
  const clients = replicas.map(({ api }) => new RegistryClient(api, patient));
  const [client] = clients;
  if (client === undefined) throw new Error('no client');
  const ledger = new Ledger();
  const resources = new Resources(stage);
  // Without the example's key and its hours of the night: this is a minute.
  const here = { endpoints: replicas.map(({ admin }) => admin), auth: undefined, collection: undefined };
  await resources.apply('registry.yaml', here);

  const unwanted = imageOf('unwanted', [layer('unwanted', 4096)]);
  const outcome = await client.push('tools/scanner', unwanted, 'latest', signal);
  if (outcome.is !== 'acknowledged') throw new Error(outcome.why);
  const load = Promise.all(
    makePushers(clients, ledger).map(async (pusher) => pusher.run(AbortSignal.any([signal, stopLoad.signal]))),
  );
  await resources.ready('Registry', 'main', ['Coherent'], signal);
  show(await resources.table(['registries'], signal));
  await pause(3000, undefined, { signal });
  tell(
    `six clients have pushed ${ledger.acknowledged} images (layers shared, indexes, artifacts with a subject), and go on all the time`,
  );

  tell('a RetentionPolicy in mode Preview: what would it remove?');
  await resources.apply('retention-policy.yaml', { mode: 'Preview' });
  await resources.ready('RetentionPolicy', 'team', ['Evaluated'], signal);
  show(await resources.table(['retentionpolicies', '-o', 'wide'], signal));
  const before = ledger.acknowledged;
  await enforce(resources, ledger);
  const enforcedAt = performance.now();
  const gone = await goneTag(await reportOf(resources), one, client);
  tell(`undo: ${(await command(['undelete', `${gone.repository}:${gone.tag}`, '--admin', two.admin], signal)).trim()}`);
  const back = await client.pull(gone.repository, gone.tag, signal);
  if (back.is !== 'whole') throw new Error(`what was undone is ${back.is}`);

  await deleteInTwoSteps(resources, topOf(unwanted).digest);
  if ((await client.pull('tools/scanner', 'latest', signal)).is !== 'absent')
    throw new Error('the request removed nothing');

  await atLeast(300, () => ledger.acknowledged - before);
  await pause(Math.max(0, enforcedAt + undoMs - performance.now()), undefined, { signal });
  const full = await blobsOnDisk(storage);
  tell('undo period over; two CollectionRuns: the first mark finds what nothing reaches, the second confirms it');
  await resources.apply('collection-run.yaml', {});
  await resources.ready('CollectionRun', 'by-hand', ['Completed'], signal);
  await pause(1000, undefined, { signal });
  await resources.applyAs('collection-run.yaml', 'by-hand-again', {});
  const collected = await resources.ready('CollectionRun', 'by-hand-again', ['Completed'], signal);
  show(await resources.table(['collectionruns'], signal));
  const freed = Math.round((collected.status.sweep?.bytes ?? 0) / 1024).toLocaleString('en');
  tell(`freed ${freed} KiB of ${kilobytes(full.values())} in the last run`);
  tell(`${ledger.acknowledged - before} pushes were acknowledged while windows passed`);

  stopLoad.abort();
  await load;
  const audit = await command(['audit', '--admin', two.admin], signal);
  tell(`audit: ${audit.trim().split('\n').at(-1) ?? ''}`);
  const holds = await Promise.all(replicas.map(async ({ metrics }) => holdsOf(metrics)));
  const longestMs = Math.round(Math.max(...holds.map(({ longestSeconds }) => longestSeconds)) * 1000);
  tell(
    `${holds.reduce((sum, { count }) => sum + count, 0)} requests touched what was going and waited, at most ${longestMs} ms; no other was held`,
  );
  const verified = await Promise.all(clients.map(async (each) => ledger.verify(each, signal)));
  for (const [at, { images, losses }] of verified.entries()) {
    tell(`replica ${at + 1}: ${images} acknowledged images pulled and hashed, ${losses.length} lost`);
    for (const { image, why } of losses.slice(0, 5)) console.log(`         lost ${image}: ${why}`);
  }
  return verified.reduce((sum, { losses }) => sum + losses.length, 0);
}

/** Mode Enforce stops at the policy's brakes, and goes on with the plan that is approved. */
async function enforce(resources: Resources, ledger: Ledger): Promise<void> {
  tell('the same in mode Enforce:');
  ledger.allowAbsent(isCandidate);
  const limits = { maxDeletesPerRun: 10 };
  await resources.apply('retention-policy.yaml', { mode: 'Enforce', limits });
  const enforced = await resources.ready('RetentionPolicy', 'team', ['LimitExceeded', 'Enforced'], signal);
  show(await resources.table(['retentionpolicies'], signal));
  if (readyReason(enforced) === 'Enforced') return;
  tell('more than its limits let go, so it asks; its plan is approved in the file:');
  const approvedPlan = enforced.status.lastEvaluation?.planDigest;
  await resources.apply('retention-policy.yaml', { mode: 'Enforce', limits, approvedPlan });
  await resources.ready('RetentionPolicy', 'team', ['Enforced'], signal);
  show(await resources.table(['retentionpolicies'], signal));
}

async function reportOf(resources: Resources): Promise<string> {
  const { status } = await resources.ready('RetentionPolicy', 'team', ['Enforced'], signal);
  return status.report?.run ?? '';
}

async function deleteInTwoSteps(resources: Resources, digest: Digest): Promise<void> {
  const wanted = { targets: [{ repository: 'tools/scanner', digest }], cutoff: null };
  tell('a DeleteRequest for one image by its digest, in two steps: Preview,');
  await resources.apply('delete-request.yaml', { ...wanted, mode: 'Preview' });
  const planned = await resources.ready('DeleteRequest', 'cve-2026-1234', ['PlanReady'], signal);
  show(await resources.table(['deleterequests'], signal));
  tell('then Execute with the plan that is approved:');
  await resources.apply('delete-request.yaml', {
    ...wanted,
    mode: 'Execute',
    approvedPlan: planned.status.plan?.digest,
  });
  await resources.ready('DeleteRequest', 'cve-2026-1234', ['Completed'], signal);
  show(await resources.table(['deleterequests'], signal));
}

let stage: Stage | undefined;
const stopLoad = new AbortController();
try {
  stage = await setStage(signal);
  process.exitCode = (await play(stage, stopLoad)) === 0 ? 0 : 1;
} catch (error) {
  process.exitCode = error instanceof PortTaken ? 2 : 1;
  console.error(error instanceof PortTaken ? error.message : error);
} finally {
  stopLoad.abort();
  if (stage !== undefined) await strike(stage);
}
