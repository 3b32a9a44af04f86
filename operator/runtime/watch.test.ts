import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Kind, Metadata, ObjectKey, Resource } from '../resources/home.ts';
import { Reflector, type ReflectorPorts } from './reflector.ts';
import { HandClock, idle } from './testing/handClock.ts';
import { keyNamed, requestBody, ScriptedHome } from './testing/scriptedHome.ts';
import { intentChanged, type Reflectors, type Watch, watchDependency, watchOwn } from './watch.ts';

let home: ScriptedHome;
let stop: AbortController;
let keys: string[];
let running: Promise<void>[];

beforeEach(() => {
  home = new ScriptedHome();
  stop = new AbortController();
  keys = [];
});
afterEach(async () => {
  stop.abort();
  await Promise.all(running);
});

async function watching(watch: Watch): Promise<void> {
  const { mono, timers } = new HandClock();
  const ports: ReflectorPorts = { home, mono, timers, random: () => 0, log: pino({ enabled: false }) };
  const reflectors: Reflectors = {
    Registry: new Reflector('Registry', ports),
    RetentionPolicy: new Reflector('RetentionPolicy', ports),
    DeleteRequest: new Reflector('DeleteRequest', ports),
    CollectionRun: new Reflector('CollectionRun', ports),
  };
  watch(reflectors, ({ name }) => keys.push(name));
  running = [reflectors.Registry.run(stop.signal), reflectors.DeleteRequest.run(stop.signal)];
  await idle();
}

async function news(): Promise<string[]> {
  await idle();
  return keys.splice(0);
}

it('brings an object back by its own changes', async () => {
  const { DeleteRequest } = home.shelves;
  await watching(watchOwn('DeleteRequest'));
  const body = requestBody();
  DeleteRequest.put('a', body);
  DeleteRequest.put('a', { ...body, status: { observedGeneration: 1 } });
  DeleteRequest.remove('a');
  expect(await news()).toEqual(['a', 'a', 'a']);
});

it('is not brought back by its own status where only intent counts, but by its making, its end and its being made anew', async () => {
  const { DeleteRequest } = home.shelves;
  await watching(watchOwn('DeleteRequest', intentChanged));
  const body = requestBody();
  DeleteRequest.put('a', body);
  expect(await news()).toEqual(['a']);
  DeleteRequest.put('a', { ...body, status: { observedGeneration: 1 } });
  expect(await news()).toEqual([]);
  DeleteRequest.put('a', requestBody());
  expect(await news()).toEqual(['a']);
  DeleteRequest.put('a', body, { generation: 2, uid: 'another' });
  expect(await news()).toEqual(['a']);
  DeleteRequest.remove('a');
  expect(await news()).toEqual(['a']);
});

it('brings back what depends on a change, before it and after', async () => {
  const { Registry } = home.shelves;
  const toKeys = ({ spec }: Resource<'Registry'>): readonly ObjectKey[] => (spec.endpoints ?? []).map(keyNamed);
  await watching(watchDependency({ kind: 'Registry', toKeys }));
  const status = { observedGeneration: -1 };
  Registry.put('main', { spec: { endpoints: ['a', 'b'] }, status });
  expect(await news()).toEqual(['a', 'b']);
  Registry.put('main', { spec: { endpoints: ['c'] }, status });
  expect(await news()).toEqual(['a', 'b', 'c']);
});

it('leaves out changes of a dependency that do not matter', async () => {
  const { Registry } = home.shelves;
  const matters = (before: Resource<'Registry'>, after: Resource<'Registry'>): boolean =>
    before.status.storageId !== after.status.storageId;
  await watching(watchDependency({ kind: 'Registry', matters, toKeys: () => [keyNamed('a')] }));
  Registry.put('main', { spec: {}, status: { observedGeneration: -1 } });
  expect(await news()).toEqual(['a']);
  Registry.put('main', { spec: { suspend: true }, status: { observedGeneration: -1 } });
  expect(await news()).toEqual([]);
  Registry.put('main', { spec: {}, status: { observedGeneration: -1, storageId: 'x' } });
  expect(await news()).toEqual(['a', 'a']);
});

const metadata: Metadata = {
  ...keyNamed('a'),
  ...{ uid: 'u', resourceVersion: '1', generation: 1, creationTimestamp: '2026-01-01T00:00:00Z' },
};
const wanted: { name: string; marks: Partial<Metadata>; changed: boolean }[] = [
  { name: 'another version alone', marks: { resourceVersion: '2' }, changed: false },
  { name: 'an owner', marks: { ownerReferences: [] }, changed: false },
  { name: 'another spec', marks: { generation: 2 }, changed: true },
  { name: 'an annotation', marks: { annotations: { 'coppice.dev/requestedAt': 'now' } }, changed: true },
  { name: 'a label', marks: { labels: { a: 'b' } }, changed: true },
  { name: 'a finalizer', marks: { finalizers: ['coppice.dev/run'] }, changed: true },
  { name: 'a wish for its deletion', marks: { deletionTimestamp: '2026-01-01T00:00:00Z' }, changed: true },
];
it.each(wanted)('takes $name for a change of intent: $changed', ({ marks, changed }) => {
  const of = (more: Partial<Metadata>): Resource<Kind> => ({
    ...{ apiVersion: 'coppice.dev/v1alpha1', kind: 'DeleteRequest', ...requestBody() },
    metadata: { ...metadata, ...more },
  });
  expect(intentChanged(of({}), of(marks))).toBe(changed);
});
