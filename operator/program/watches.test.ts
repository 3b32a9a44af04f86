import { pino } from 'pino';
import { Registry as MetricsRegistry } from 'prom-client';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Condition, Kinds } from '../api/types.ts';
import { type Kind, kinds } from '../resources/home.ts';
import { emptyShelves } from '../resources/shelf.ts';
import { Controller } from '../runtime/controller.ts';
import { RuntimeMetrics } from '../runtime/metrics.ts';
import { Runtime } from '../runtime/runtime.ts';
import { HandClock, idle } from '../runtime/testing/handClock.ts';
import { requestBody, ScriptedHome } from '../runtime/testing/scriptedHome.ts';
import { watches } from './watches.ts';

let home: ScriptedHome;
let stop: AbortController;
let running: Promise<void>;
let reconciled: string[];

const ready = (reason: string, observedGeneration = 1): Condition => ({
  ...{ type: 'Ready', status: 'True', reason, message: '', observedGeneration },
  lastTransitionTime: '2026-01-01T00:00:00Z',
});
const registry = (conditions: readonly Condition[], epoch = 1, observedGeneration = 1): Kinds['Registry'] => ({
  spec: registrySpec,
  status: { observedGeneration, gate: { epoch, phase: 'OPEN' }, conditions },
});
const registrySpec: Kinds['Registry']['spec'] = { endpoints: ['http://127.0.0.1:1'] };
const policy = (registryName = 'main'): Kinds['RetentionPolicy'] => ({
  spec: { registryRef: { name: registryName }, repositories: { include: ['**'] }, rules: [] },
  status: { observedGeneration: -1 },
});
const runSpec: Kinds['CollectionRun']['spec'] = { registryRef: { name: 'main' } };
const run = (done: number, conditions: readonly Condition[]): Kinds['CollectionRun'] => ({
  spec: runSpec,
  status: { observedGeneration: 1, progress: { phase: 'Sweeping', done, total: 9 }, conditions },
});

beforeEach(async () => {
  home = new ScriptedHome();
  stop = new AbortController();
  reconciled = [];
  const { Registry, RetentionPolicy, DeleteRequest, CollectionRun } = home.shelves;
  Registry.put('main', registry([]));
  RetentionPolicy.put('a', policy());
  RetentionPolicy.put('b', policy());
  RetentionPolicy.put('elsewhere', policy('other'));
  DeleteRequest.put('r', requestBody());
  DeleteRequest.put('r-elsewhere', requestBody('other'));
  CollectionRun.put('c', run(0, []));
  const { mono, timers } = new HandClock();
  const log = pino({ enabled: false });
  const metrics = new RuntimeMetrics(new MetricsRegistry());
  const shelves = emptyShelves();
  const watched = watches(shelves);
  const controllerOf = (kind: Kind): Controller => {
    const reconcile = async ({ name }: { readonly name: string }) => {
      reconciled.push(`${kind} ${name}`);
      return { kind: 'settled' as const };
    };
    return new Controller({ name: kind, reconcile, watches: watched[kind] }, { mono, timers, metrics, log });
  };
  const runtime = new Runtime({
    home,
    shelves,
    mono,
    timers,
    random: () => 0,
    log,
    controllers: kinds.map(controllerOf),
  });
  running = runtime.run(stop.signal);
  await after(() => undefined);
});
afterEach(async () => {
  stop.abort();
  await running;
});

/** What a change brings back, each once, sorted. */
async function after(change: () => void): Promise<readonly string[]> {
  await atRest();
  reconciled = [];
  change();
  await atRest();
  return [...new Set(reconciled)].toSorted();
}

async function atRest(): Promise<void> {
  for (let before = -1; before !== reconciled.length;) {
    before = reconciled.length;
    for (let turns = 0; turns < 5; turns += 1) await idle();
  }
}

const dependents = ['CollectionRun c', 'DeleteRequest r', 'RetentionPolicy a', 'RetentionPolicy b'];

it('a Registry that becomes coherent brings back what refers to it, and not itself', async () => {
  const { Registry } = home.shelves;
  expect(await after(() => Registry.put('main', registry([ready('Coherent')])))).toEqual(dependents);
});

it('a Registry that was looked at after an edit brings them back, although its conditions say the same', async () => {
  const { Registry } = home.shelves;
  await after(() => Registry.put('main', registry([ready('Coherent')])));
  expect(await after(() => Registry.put('main', registry([ready('Coherent', 2)], 1, 2)))).toEqual(dependents);
});

it('a gate that moves on brings back nothing', async () => {
  const { Registry } = home.shelves;
  await after(() => Registry.put('main', registry([ready('Coherent')])));
  expect(await after(() => Registry.put('main', registry([ready('Coherent')], 2)))).toEqual([]);
});

it('a Registry that is gone brings them back', async () => {
  const gone = await after(() => {
    home.shelves.Registry.remove('main');
  });
  expect(gone).toEqual([...dependents, 'Registry main'].toSorted());
});

it('a policy that is edited, or goes, brings back the others of its Registry', async () => {
  const { RetentionPolicy } = home.shelves;
  const both = ['RetentionPolicy a', 'RetentionPolicy b'];
  expect(await after(() => RetentionPolicy.put('b', policy()))).toEqual(both);
  const gone = await after(() => {
    RetentionPolicy.remove('b');
  });
  expect(gone).toEqual(both);
});

it('a run brings its Registry back when what its conditions say changes, and not at each step', async () => {
  const { CollectionRun } = home.shelves;
  expect(await after(() => CollectionRun.put('c', run(1, [])))).toEqual([]);
  expect(await after(() => CollectionRun.put('c', run(9, [ready('Completed')])))).toEqual(['Registry main']);
});

it('a request that is annotated comes back alone', async () => {
  const { DeleteRequest } = home.shelves;
  const annotations = { 'coppice.dev/requestedAt': 'now' };
  const request = DeleteRequest.get({ namespace: 'default', name: 'r' });
  if (request === undefined) throw new Error('there is no request');
  const { spec, status } = request;
  expect(await after(() => DeleteRequest.put('r', { spec, status }, { annotations, generation: 1 }))).toEqual([
    'DeleteRequest r',
  ]);
});
