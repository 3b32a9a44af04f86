/**
 * `npm run demo`: two replicas on one directory, clients that push all the time, a policy and a delete request planned and carried out, bytes
 * collected, a deletion undone, and everything that was acknowledged pulled again and hashed. Exit code 1 if anything was lost.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { RegistryClient } from '../load/client.ts';
import { imageOf, layer, topOf } from '../load/images.ts';
import { Ledger } from '../load/ledger.ts';
import { metric } from '../load/metrics.ts';
import { Pusher } from '../load/pusher.ts';
import { Random } from '../load/random.ts';
import { blobsOnDisk } from '../load/tree.ts';
import { command, runCommand, type RunDocument, writeResources } from './scenario.ts';
import { PortTaken, setStage, type Stage, strike } from './stage.ts';

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
        restMs: 70,
        mix: { index: 15, artifact: 15, retag: 10, remove: 0 },
        tagOf: (tag) => (tag % 2 === 0 ? `pr-${tag}` : `1.0.${tag}`),
      }),
  );
}

function isCandidate(_repository: string, tag: string): boolean {
  return tag.startsWith('pr-');
}

function removed({ run }: RunDocument): string {
  const steps = Object.entries(run.sweep.removedBySteps).filter(([, count]) => count > 0);
  const what = steps.map(([step, count]) => `${count} ${step}`).join(', ');
  return `removed ${what === '' ? 'nothing' : what}; ${run.sweep.spared} spared; ${run.windows.count} windows, the longest ${Math.round(run.windows.longestMs)} ms`;
}

/** A tag that the plan named and that is gone. */
async function goneTag({ items }: RunDocument, client: RegistryClient): Promise<{ repository: string; tag: string }> {
  for (const { step, object } of items) {
    const [repository = '', tag = ''] = object.split(':');
    if (step === 'tag' && (await client.pull(repository, tag, signal)).is === 'absent') return { repository, tag };
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

async function play({ replicas, storage, folder }: Stage, stopLoad: AbortController): Promise<number> {
  const [one, two] = replicas;
  tell(`two replicas serve one directory at ${one.api} and ${two.api}`);
  const clients = replicas.map(({ api }) => new RegistryClient(api, patient));
  const [client] = clients;
  if (client === undefined) throw new Error('no client');
  const ledger = new Ledger();

  const unwanted = imageOf('unwanted', [layer('unwanted', 4096)]);
  const outcome = await client.push('tools/scanner', unwanted, 'latest', signal);
  if (outcome.is !== 'acknowledged') throw new Error(outcome.why);
  const load = Promise.all(
    makePushers(clients, ledger).map(async (pusher) => pusher.run(AbortSignal.any([signal, stopLoad.signal]))),
  );
  await pause(6000, undefined, { signal });
  tell(
    `six clients have pushed ${ledger.acknowledged} images (layers shared, indexes, artifacts with a subject), and go on all the time`,
  );

  const [policy, request] = await writeResources(folder, topOf(unwanted).digest);
  const resources = ['-f', policy, '-f', request, '--admin', one.admin];
  const plan = await runCommand(['plan', ...resources], signal);
  tell(
    `plan ${plan.run.plan?.digest.slice(0, 19) ?? ''}…: ${plan.items.length} items, each with its reason, for example`,
  );
  for (const step of ['request', 'tag']) {
    const item = plan.items.find((candidate) => candidate.step === step);
    if (item !== undefined)
      console.log(
        `         ${step} ${item.object.slice(0, 50)} (${item.why}${item.by === undefined ? '' : `: ${item.by}`})`,
      );
  }

  ledger.allowAbsent(isCandidate);
  const before = ledger.acknowledged;
  const approve = ['--approve', plan.run.plan?.digest ?? ''];
  const carriedOut = await runCommand(['collect', ...resources, ...approve], signal);
  tell(`carried out: ${removed(carriedOut)}`);
  const gone = await goneTag(carriedOut, client);
  tell(`undo: ${(await command(['undelete', `${gone.repository}:${gone.tag}`, '--admin', two.admin], signal)).trim()}`);
  const back = await client.pull(gone.repository, gone.tag, signal);
  if (back.is !== 'whole') throw new Error(`what was undone is ${back.is}`);

  await pause(12_500, undefined, { signal }); // the undo period of the others ends
  await atLeast(1000, () => ledger.acknowledged - before);
  const full = await blobsOnDisk(storage);
  await runCommand(['collect', '--admin', two.admin], signal); // the first mark that finds them unreachable
  await pause(2000, undefined, { signal });
  const collected = await runCommand(['collect', '--admin', one.admin], signal); // the second, which confirms
  tell(`undo period over, collected: ${removed(collected)}`);
  tell(`freed ${Math.round(collected.run.sweep.bytes / 1024).toLocaleString('en')} KiB of ${kilobytes(full.values())}`);
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
