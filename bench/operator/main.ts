/**
 * `node bench/operator/main.ts [--requests 2000] [--policies 200] [--images 500]`
 *
 * Many objects in a directory, one operator and one replica, each a process of its own: how long until all are settled, how often each was reconciled and
 * for how long, what memory it took, and whether anything goes on once nothing changes.
 */
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { metric } from '../../hack/load/metrics.ts';
import { OperatorWorld, policyOf, requestOf } from '../../hack/operator/world.ts';
import { readState } from '../../operator/directory/state.ts';
import { quantileOf, samplesIn } from '../measuring/exposition.ts';

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '2000' },
    policies: { type: 'string', default: '200' },
    images: { type: 'string', default: '500' },
  },
});
const [requests, policies, images] = [Number(values.requests), Number(values.policies), Number(values.images)];
const perFile = 100;
const idleMs = 15_000;
const longestMs = 600_000;
const kinds = ['Registry', 'RetentionPolicy', 'DeleteRequest'] as const;
const controllers = {
  Registry: 'registry',
  RetentionPolicy: 'retentionpolicy',
  DeleteRequest: 'deleterequest',
} as const;

const controller = new AbortController();
const { signal } = controller;
process.once('SIGINT', () => {
  controller.abort(new Error('interrupted'));
});

const digestOf = (at: number): string => `sha256:${at.toString(16).padStart(64, '0')}`;

async function writeResources(world: OperatorWorld): Promise<void> {
  const documents = [
    ...Array.from({ length: policies }, (_, at) =>
      policyOf(`policy-${at}`, {
        repositories: { include: [`team-${at % 50}/**`] },
        rules: [{ name: 'all', tags: { glob: ['*'] }, keep: { latest: 3 } }],
      }),
    ),
    // Half preview what is there, a quarter what is not; a quarter want to execute and are not approved.
    ...Array.from({ length: requests }, (_, at) =>
      requestOf(`request-${at}`, {
        targets: at % 2 === 0 ? [{ repository: `team-${at % 50}/app`, tagGlob: `v${at % 10}*` }] : [absent(at)],
        cutoff: '2100-01-01T00:00:00Z',
        mode: at % 4 === 0 ? 'Execute' : 'Preview',
      }),
    ),
  ];
  for (let at = 0; at < documents.length; at += perFile)
    await world.write(`resources-${at}.yaml`, ...documents.slice(at, at + perFile));
}

const absent = (at: number): object => ({ repository: `team-${at % 50}/app`, digest: digestOf(at) });

/** How many objects have settled: a Ready condition of this generation that is not waited for. */
async function settled(world: OperatorWorld): Promise<number> {
  const { objects } = await readState(world.state, signal);
  return objects.filter(({ metadata, status }) => {
    const conditions = status.conditions ?? [];
    const isBusy = conditions.some(({ type, status: its }) => type === 'Reconciling' && its === 'True');
    return status.observedGeneration === metadata.generation && conditions.length > 0 && !isBusy;
  }).length;
}

async function reconciles(world: OperatorWorld, kind: (typeof kinds)[number]): Promise<number> {
  return metric(
    world.operator.metrics,
    'controller_runtime_reconcile_total',
    { controller: controllers[kind] },
    signal,
  );
}

/** The bucket below which 99 % of a controller's reconciles took, in seconds. */
async function p99(world: OperatorWorld, kind: (typeof kinds)[number]): Promise<string> {
  const samples = samplesIn(await (await fetch(world.operator.metrics, { signal })).text());
  const labels = { controller: controllers[kind] };
  return quantileOf(samples, 'controller_runtime_reconcile_time_seconds', labels, 0.99);
}

const world = await OperatorWorld.start({}, signal);
try {
  for (let at = 0; at < images; at += 1) await world.push(`team-${at % 50}/app`, `v${at}`, signal);
  await world.write('registry.yaml', world.registry());
  await writeResources(world);
  const all = requests + policies + 1;
  const begun = performance.now();
  await world.startOperator(signal);
  for (let now = 0; now < all; now = await settled(world)) {
    if (performance.now() - begun > longestMs) throw new Error(`${now} of ${all} settled in ${longestMs / 1000} s`);
    await pause(250, undefined, { signal });
  }
  const tookS = (performance.now() - begun) / 1000;
  console.log(`${requests} DeleteRequests and ${policies} RetentionPolicies settled in ${tookS.toFixed(1)} s`);
  const objects = { Registry: 1, RetentionPolicy: policies, DeleteRequest: requests };
  for (const kind of kinds) {
    const count = await reconciles(world, kind);
    console.log(
      `${kind.padEnd(15)} ${(count / objects[kind]).toFixed(2)} reconciles per object, p99 under ${await p99(world, kind)} s`,
    );
  }
  const memory = await metric(world.operator.metrics, 'process_resident_memory_bytes', {}, signal);
  console.log(`memory          ${Math.round(memory / 2 ** 20)} MiB resident`);
  const before = await Promise.all(kinds.map(async (kind) => reconciles(world, kind)));
  const written = await readFile(`${world.state}/objects/DeleteRequest/default/request-0.json`, 'utf8');
  await pause(idleMs, undefined, { signal });
  const after = await Promise.all(kinds.map(async (kind) => reconciles(world, kind)));
  const idle = kinds.map((kind, at) => `${kind} ${(after[at] ?? 0) - (before[at] ?? 0)}`).join(', ');
  console.log(`idle for ${idleMs / 1000} s  ${idle} reconciles`);
  if (written !== (await readFile(`${world.state}/objects/DeleteRequest/default/request-0.json`, 'utf8')))
    console.log('idle            a status was written although nothing changed');
} finally {
  await world.remove();
}
