/**
 * The operator as `coppice operator` runs it, on a directory or a cluster, but one that dies (SIGKILL) at one of its own steps: before or after the nth call of a kind to its home or
 * to the replicas. `COPPICE_DIES_AT`: `before|after CALL NUMBER`, such as `after applyStatus DeleteRequest 3`; absent: never. Each call is written down,
 * one a line, in the file that `COPPICE_CALLS` names, before it is made.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { pino } from 'pino';
import { endpointReplicas } from '../../operator/admin/endpointReplicas.ts';
import type { ReplicasOf } from '../../operator/admin/replicas.ts';
import { clusterHome } from '../../operator/program/cluster.ts';
import { directoryHome } from '../../operator/program/directory.ts';
import { runOperator } from '../../operator/program/operator.ts';
import type { OpenHome } from '../../operator/program/ports.ts';
import { httpListener } from '../../registry/program/listeners.ts';

const text = { type: 'string' } as const;
const { values } = parseArgs({
  options: { resources: text, state: text, metrics: text, kubeconfig: text, namespace: text },
});
const { resources = '', state = '', metrics = '', kubeconfig, namespace = '' } = values;
const diesAt = process.env['COPPICE_DIES_AT'];
const written = process.env['COPPICE_CALLS'];
const counts = new Map<string, number>();

async function step<T>(call: string, make: () => Promise<T>): Promise<T> {
  const number = (counts.get(call) ?? 0) + 1;
  counts.set(call, number);
  if (written !== undefined) appendFileSync(written, `${call} ${number}\n`);
  if (diesAt === `before ${call} ${number}`) process.kill(process.pid, 'SIGKILL');
  const made = await make();
  if (diesAt === `after ${call} ${number}`) process.kill(process.pid, 'SIGKILL');
  return made;
}

/** Reading changes nothing, and neither does writing what stands: nobody dies of it. */
function mortalHome(open: OpenHome): OpenHome {
  return async (ports, signal) => {
    const opened = await open(ports, signal);
    const { home } = opened;
    return {
      ...opened,
      close: () => opened.close(),
      home: {
        live: home.live,
        get: (kind, key, its) => home.get(kind, key, its),
        list: (kind, its) => home.list(kind, its),
        listReferring: (kind, registry, its) => home.listReferring(kind, registry, its),
        watch: (kind, from, its) => home.watch(kind, from, its),
        create: (draft, its) => step(`create ${draft.kind}`, () => home.create(draft, its)),
        delete: (kind, key, uid, its) => step(`delete ${kind}`, () => home.delete(kind, key, uid, its)),
        applyStatus: (object, status, its) => {
          const apply = async () => home.applyStatus(object, status, its);
          return isSame(object.status, status) ? apply() : step(`applyStatus ${object.kind}`, apply);
        },
        setFinalizers: (object, finalizers, its) => {
          const set = async () => home.setFinalizers(object, finalizers, its);
          const isStanding = isSame(object.metadata.finalizers ?? [], finalizers);
          return isStanding ? set() : step(`setFinalizers ${object.kind}`, set);
        },
        record: (object, event) => {
          home.record(object, event);
        },
      },
    };
  };
}

function isSame(stands: unknown, written: unknown): boolean {
  return isDeepStrictEqual(stands, JSON.parse(JSON.stringify(written)));
}

function mortalReplicas(of: ReplicasOf): ReplicasOf {
  return (registry) => {
    const replicas = of(registry);
    return {
      statuses: (its) => replicas.statuses(its),
      run: (id, its) => step('run', () => replicas.run(id, its)),
      items: (id, whose, page, its) => step('items', () => replicas.items(id, whose, page, its)),
      beginRun: (order, its) => step(`beginRun ${order.mode}`, () => replicas.beginRun(order, its)),
      cancel: (id, its) => step('cancel', () => replicas.cancel(id, its)),
      protect: (source, said, its) => step('protect', () => replicas.protect(source, said, its)),
      declareReadOnly: (reason, owner, its) =>
        step('declareReadOnly', () => replicas.declareReadOnly(reason, owner, its)),
      withdrawReadOnly: (owner, its) => step('withdrawReadOnly', () => replicas.withdrawReadOnly(owner, its)),
    };
  };
}

const stopping = new AbortController();
process.once('SIGTERM', () => {
  stopping.abort(new Error('asked to stop'));
});
const ports = {
  version: 'mortal',
  now: Date.now,
  mono: () => performance.now(),
  fresh: randomUUID,
  random: randomBytes,
  log: pino(process.stdout),
  replicasOf: mortalReplicas(endpointReplicas()),
  async serve(server: Parameters<typeof httpListener>[0]) {
    const [host = '', port = ''] = metrics.split(':');
    const listener = httpListener(server);
    await listener.listen({ host, port: Number(port) });
    return { at: metrics, close: () => listener.close(0) };
  },
};
const home =
  kubeconfig === undefined
    ? directoryHome({ resources, state })
    : clusterHome({ kubeconfig, namespace, identity: randomUUID() });
await runOperator(mortalHome(home), ports, stopping.signal);
