import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Reflector } from '../runtime/reflector.ts';
import { systemTimers } from '../runtime/timers.ts';
import { Conflict, type Draft, type Kind, keyOf, type Resource } from './home.ts';
import { emptyShelves, type Shelves } from './shelf.ts';
import { confirm, ShelvedHome } from './shelvedHome.ts';
import { describeHome, type HomeUnderTest, requestDraft } from './testing/homeSuite.ts';
import { MemoryHome } from './testing/memoryHome.ts';

const { signal } = new AbortController();
const key = { namespace: 'default', name: 'a' };

/** A home and the shelves of it, which a reflector keeps. */
function followed(memory: MemoryHome, shelves: Shelves): () => Promise<void> {
  const stop = new AbortController();
  const ports = { home: memory, timers: systemTimers, mono: () => performance.now(), random: () => 0 };
  const log = pino({ enabled: false });
  const reflectors = [
    new Reflector('Registry', { ...ports, log }, shelves.Registry),
    new Reflector('DeleteRequest', { ...ports, log }, shelves.DeleteRequest),
    new Reflector('CollectionRun', { ...ports, log }, shelves.CollectionRun),
  ];
  const running = reflectors.map(async (reflector) => reflector.run(stop.signal));
  return async () => {
    stop.abort();
    await Promise.all(running);
  };
}

async function make(): Promise<HomeUnderTest> {
  const memory = new MemoryHome({ refuses: true });
  const shelves = emptyShelves();
  const end = followed(memory, shelves);
  /** What a user does is done when a look tells so. */
  const told = async (kind: Kind, name: string): Promise<void> => {
    const versionNow = async (): Promise<string | undefined> =>
      (await memory.get(kind, { namespace: 'default', name }, signal))?.metadata.resourceVersion;
    const version = await versionNow();
    await expect
      .poll(() => shelves[kind].get({ namespace: 'default', name })?.metadata.resourceVersion, { interval: 1 })
      .toBe(version);
  };
  return {
    home: new ShelvedHome(memory, shelves),
    apply: async (draft: Draft<'DeleteRequest'> | Draft<'Registry'>) => {
      await memory.apply(draft);
      await told(draft.kind, draft.metadata.name);
    },
    remove: async (kind, name) => {
      await memory.remove(kind, name);
      await told(kind, name);
    },
    events: async (name) => memory.events(name).map(({ reason, count }) => `${reason} x${count}`),
    goneVersions: (earlier) => {
      memory.forgetHistory();
      return [earlier, '999999999999', 'x', ''];
    },
    endWatches: () => {
      memory.endWatches();
    },
    close: end,
  };
}

describeHome('shelved home', make);

describe('a home behind shelves that hear nothing more', () => {
  let memory: MemoryHome;
  let shelves: Shelves;
  let home: ShelvedHome;
  let first: Resource<'DeleteRequest'>;
  let asked: number;
  beforeEach(async () => {
    memory = new MemoryHome();
    shelves = emptyShelves();
    home = new ShelvedHome(memory, shelves);
    first = await memory.apply(requestDraft('a'));
    shelves.DeleteRequest.fill(await memory.list('DeleteRequest', signal));
    asked = 0;
    const get = memory.get.bind(memory);
    memory.get = async (...given) => {
      asked += 1;
      return get(...given);
    };
  });
  afterEach(() => {
    expect(shelves.Registry.isFilled).toBe(false);
  });

  const version = async (): Promise<string | undefined> =>
    (await home.get('DeleteRequest', key, signal))?.metadata.resourceVersion;

  it('asks nobody for what stands there, and lists all of it', async () => {
    expect(await home.get('DeleteRequest', key, signal)).toBe(first);
    expect((await home.list('DeleteRequest', signal)).items).toEqual([first]);
    expect(await home.listReferring('DeleteRequest', { namespace: 'default', name: 'main' }, signal)).toEqual([first]);
    expect(asked).toBe(0);
  });

  it('takes nothing for absent that is only new, nor a kind for empty that was not listed', async () => {
    await memory.apply(requestDraft('b'));
    expect(await home.get('DeleteRequest', { ...key, name: 'b' }, signal)).toBeDefined();
    await memory.apply({ kind: 'Registry', metadata: { name: 'main' }, spec: {} });
    expect((await home.list('Registry', signal)).items).toHaveLength(1);
  });

  it('reads what it wrote itself', async () => {
    const second = await home.applyStatus(first, { observedGeneration: 1 }, signal);
    const third = await home.setFinalizers(second, ['coppice.dev/run'], signal);
    expect(await home.get('DeleteRequest', key, signal)).toBe(third);
    expect(asked).toBe(0);
  });

  it('reads anew what met a conflict, once', async () => {
    const second = await memory.applyStatus(first, { observedGeneration: 1 }, signal);
    expect(await version()).toBe(first.metadata.resourceVersion);
    await expect(home.applyStatus(first, { observedGeneration: 7 }, signal)).rejects.toThrow(Conflict);
    expect(await version()).toBe(second.metadata.resourceVersion);
    expect(await version()).toBe(second.metadata.resourceVersion);
    expect(asked).toBe(1);
  });

  it('confirms the version that stands, and no other; what was found out is read from then on', async () => {
    expect(await confirm(home, first, signal)).toEqual(first);
    const second = await memory.applyStatus(first, { observedGeneration: 1 }, signal);
    await expect(confirm(home, first, signal)).rejects.toThrow(Conflict);
    expect(await version()).toBe(second.metadata.resourceVersion);
    const anyVersion = (): boolean => true;
    expect(await confirm(home, first, signal, anyVersion)).toEqual(second);
  });

  it('takes for gone, and for another, what is so, although no watch tells it', async () => {
    await memory.remove('DeleteRequest', 'a');
    await expect(confirm(home, first, signal, () => true)).rejects.toThrow(Conflict);
    expect(await home.get('DeleteRequest', key, signal)).toBeUndefined();
    const anew = await memory.apply(requestDraft('a'));
    expect((await home.get('DeleteRequest', key, signal))?.metadata.uid).toBe(anew.metadata.uid);
    await expect(confirm(home, first, signal, () => true)).rejects.toThrow(Conflict);
    shelves.DeleteRequest.take({ type: 'DELETED', object: first });
    shelves.DeleteRequest.take({ type: 'ADDED', object: anew });
    asked = 0;
    await version();
    await version();
    expect([await home.get('DeleteRequest', keyOf(anew), signal), asked]).toEqual([anew, 1]);
  });
});
