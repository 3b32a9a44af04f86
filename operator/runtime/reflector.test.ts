import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Gone, keyOf } from '../resources/home.ts';
import { Shelf } from '../resources/shelf.ts';
import { Reflector, type ReflectorPorts } from './reflector.ts';
import { HandClock, idle } from './testing/handClock.ts';
import { requestBody, ScriptedHome } from './testing/scriptedHome.ts';

let clock: HandClock;
let home: ScriptedHome;
let seen: string[];
let stop: AbortController;
let running: Promise<void>[];

beforeEach(() => {
  clock = new HandClock();
  home = new ScriptedHome();
  seen = [];
  stop = new AbortController();
  running = [];
});
afterEach(async () => {
  stop.abort();
  await Promise.all(running);
  expect(clock.armed).toBe(0);
});

function build(more: Partial<ReflectorPorts> = {}, shelf?: Shelf<'DeleteRequest'>): Reflector<'DeleteRequest'> {
  const { mono, timers } = clock;
  const log = pino({ enabled: false });
  const reflector = new Reflector('DeleteRequest', { home, mono, timers, random: () => 0, log, ...more }, shelf);
  reflector.listen({
    sighted(sighting) {
      seen.push(`${sighting.saw} ${(sighting.saw === 'gone' ? sighting.before : sighting.after).metadata.name}`);
    },
    resynced(objects) {
      for (const object of objects) seen.push(`again ${keyOf(object).name}`);
    },
  });
  return reflector;
}

async function start(reflector: Reflector<'DeleteRequest'>): Promise<void> {
  running.push(reflector.run(stop.signal));
  await idle();
}

function news(): string[] {
  return seen.splice(0);
}

it('tells what is there, is synced then, and goes on with every change', async () => {
  const { DeleteRequest } = home.shelves;
  DeleteRequest.put('a', requestBody());
  const reflector = build();
  expect(reflector.isSynced).toBe(false);
  await start(reflector);
  expect(reflector.isSynced).toBe(true);
  expect(news()).toEqual(['added a']);
  DeleteRequest.put('b', requestBody());
  DeleteRequest.put('a', requestBody());
  DeleteRequest.remove('a');
  DeleteRequest.put('a', requestBody());
  await idle();
  expect(news()).toEqual(['added b', 'changed a', 'gone a', 'added a']);
});

it('lists again where a watch is gone, and tells what was missed and nothing else', async () => {
  const { DeleteRequest } = home.shelves;
  for (const name of ['stays', 'changes', 'goes']) DeleteRequest.put(name, requestBody());
  await start(build());
  news();
  DeleteRequest.isSilent = true;
  DeleteRequest.put('changes', requestBody());
  DeleteRequest.remove('goes');
  DeleteRequest.put('comes', requestBody());
  DeleteRequest.isSilent = false;
  DeleteRequest.endWatches(new Gone('too old'));
  await clock.advance(799);
  expect(news()).toEqual([]);
  await clock.advance(1);
  expect(news()).toEqual(['changed changes', 'added comes', 'gone goes']);
  DeleteRequest.put('comes', requestBody());
  await idle();
  expect(news()).toEqual(['changed comes']);
});

it('tells of an object that was made anew while nobody looked', async () => {
  const { DeleteRequest } = home.shelves;
  const { metadata } = DeleteRequest.put('a', requestBody());
  const reflector = build();
  const uids: string[] = [];
  reflector.listen({
    sighted(sighting) {
      if (sighting.saw === 'changed') uids.push(sighting.before.metadata.uid, sighting.after.metadata.uid);
    },
  });
  await start(reflector);
  DeleteRequest.isSilent = true;
  DeleteRequest.remove('a');
  DeleteRequest.put('a', requestBody());
  DeleteRequest.isSilent = false;
  DeleteRequest.endWatches(new Gone('too old'));
  await clock.advance(800);
  expect(uids).toEqual([metadata.uid, 'uid-2']);
});

it('goes on from where a watch ended by itself, without listing', async () => {
  const { DeleteRequest } = home.shelves;
  await start(build());
  await clock.advance(5000);
  DeleteRequest.endWatches();
  await idle();
  DeleteRequest.put('a', requestBody());
  await idle();
  expect(news()).toEqual(['added a']);
  expect([DeleteRequest.lists, DeleteRequest.watches]).toEqual([1, 2]);
});

it('does not go round where watches end as soon as they begin', async () => {
  const { DeleteRequest } = home.shelves;
  await start(build());
  for (let second = 0; second < 60; second += 1) {
    DeleteRequest.endWatches();
    await clock.advance(1000 * 0.1);
    DeleteRequest.endWatches();
    await clock.advance(1000 * 0.9);
  }
  expect(DeleteRequest.watches).toBeLessThan(10);
});

it('tries a list that fails again, each time later, up to half a minute and as much again by chance', async () => {
  const { DeleteRequest } = home.shelves;
  const at: number[] = [];
  const list = home.list.bind(home);
  home.list = async (kind) => {
    at.push(clock.mono());
    return list(kind);
  };
  DeleteRequest.failures.push(...Array.from({ length: 9 }, () => new Error('connect ECONNREFUSED')));
  const reflector = build({ random: () => 0.5 });
  await start(reflector);
  await clock.advance(130_000);
  expect(reflector.isSynced).toBe(false);
  await clock.advance(170_000);
  expect(at.slice(1).map((moment, nth) => moment - (at[nth] ?? 0))).toEqual([
    ...[1200, 2400, 4800, 9600, 19_200, 38_400],
    ...[45_000, 45_000, 45_000],
  ]);
  expect(reflector.isSynced).toBe(true);
});

it('owes a change that a listener did not take, and keeps it from no other listener and no other object', async () => {
  const { DeleteRequest } = home.shelves;
  DeleteRequest.put('bad', requestBody());
  DeleteRequest.put('good', requestBody());
  const taken: string[] = [];
  let isUp = false;
  const reflector = build();
  reflector.listen({
    async sighted(sighting) {
      if (sighting.saw === 'gone') return;
      const { name } = sighting.after.metadata;
      if (name === 'bad' && !isUp) throw new Error('the other kind cannot be listed');
      taken.push(name);
    },
  });
  await start(reflector);
  expect(news()).toEqual(['added bad', 'added good']);
  expect(taken).toEqual(['good']);
  expect(reflector.isSynced).toBe(true);
  isUp = true;
  await clock.advance(800);
  expect(taken).toEqual(['good', 'bad']);
  expect(news()).toEqual(['added bad']);
});

it('brings every object back every so often, if it is to', async () => {
  const { DeleteRequest } = home.shelves;
  DeleteRequest.put('a', requestBody());
  await start(build({ resyncMs: 60_000 }));
  news();
  await clock.advance(120_000);
  expect(news()).toEqual(['again a', 'again a']);
});

it('finds by a list what a watch kept back, tells it, counts it, and puts it on the shelf', async () => {
  const { DeleteRequest } = home.shelves;
  for (const name of ['stays', 'changes', 'goes']) DeleteRequest.put(name, requestBody());
  const shelf = new Shelf<'DeleteRequest'>();
  const missed: string[] = [];
  await start(build({ relistMs: 60_000, random: () => 0.5, onMissed: (kind) => missed.push(kind) }, shelf));
  news();
  DeleteRequest.isSilent = true;
  DeleteRequest.put('changes', requestBody());
  DeleteRequest.remove('goes');
  DeleteRequest.put('comes', requestBody());
  DeleteRequest.isSilent = false;
  DeleteRequest.put('stays', requestBody());
  await idle();
  expect([news(), DeleteRequest.lists]).toEqual([['changed stays'], 1]);
  await clock.advance(60_000);
  // Listed before the next change is told; and what this one may still bring is not missed yet.
  DeleteRequest.put('stays', requestBody());
  await idle();
  expect([news(), missed, DeleteRequest.lists]).toEqual([['changed stays'], [], 2]);
  DeleteRequest.put('late', requestBody());
  await idle();
  expect(news()).toEqual(['changed changes', 'added comes', 'gone goes', 'added late']);
  expect(missed).toEqual(['DeleteRequest', 'DeleteRequest', 'DeleteRequest']);
  expect(shelf.all().map((object) => keyOf(object).name)).toEqual(['stays', 'changes', 'comes', 'late']);
  DeleteRequest.put('later', requestBody());
  await idle();
  expect([news(), missed.length]).toEqual([['added later'], 3]);
});

it('finds it by a bookmark, too, where nothing else changes', async () => {
  const { DeleteRequest } = home.shelves;
  DeleteRequest.put('a', requestBody());
  const missed: string[] = [];
  await start(build({ relistMs: 60_000, onMissed: (kind) => missed.push(kind) }));
  DeleteRequest.isSilent = true;
  DeleteRequest.put('b', requestBody());
  DeleteRequest.isSilent = false;
  news();
  await clock.advance(60_000);
  DeleteRequest.bookmark();
  await idle();
  expect([news(), missed]).toEqual([['added b'], ['DeleteRequest']]);
});

it('takes nothing for missed that the watch brings, however often it looks', async () => {
  const { DeleteRequest } = home.shelves;
  const missed: string[] = [];
  await start(build({ relistMs: 1000, onMissed: (kind) => missed.push(kind) }));
  for (let round = 0; round < 20; round += 1) {
    DeleteRequest.put('a', requestBody());
    DeleteRequest.put('b', requestBody());
    await clock.advance(1000);
    DeleteRequest.remove('b');
    DeleteRequest.put('c', requestBody());
    DeleteRequest.bookmark();
    await idle();
    DeleteRequest.remove('c');
  }
  expect(missed).toEqual([]);
  expect(DeleteRequest.lists).toBeGreaterThan(10);
});

it('goes on from a new list where the one to compare with cannot be had', async () => {
  const { DeleteRequest } = home.shelves;
  await start(build({ relistMs: 60_000 }));
  DeleteRequest.isSilent = true;
  DeleteRequest.put('a', requestBody());
  DeleteRequest.isSilent = false;
  DeleteRequest.failures.push(new Error('the API server is away'));
  await clock.advance(60_000);
  DeleteRequest.put('b', requestBody());
  await clock.advance(800);
  expect(news()).toEqual(['added a', 'added b']);
});

it('has on its shelf what it tells', async () => {
  const { DeleteRequest } = home.shelves;
  DeleteRequest.put('a', requestBody());
  const shelf = new Shelf<'DeleteRequest'>();
  const reflector = build({}, shelf);
  const stood: boolean[] = [];
  reflector.listen({
    sighted(sighting) {
      if (sighting.saw === 'gone') stood.push(shelf.get(keyOf(sighting.before)) === undefined);
      else stood.push(shelf.get(keyOf(sighting.after)) === sighting.after);
    },
  });
  await start(reflector);
  DeleteRequest.put('a', requestBody());
  DeleteRequest.put('b', requestBody());
  DeleteRequest.remove('a');
  await idle();
  expect(stood).toEqual([true, true, true, true]);
});
